/* SPDX-License-Identifier: MIT */
/*
 * The files of the page, built into the program by page_files.py.
 */
#ifndef TAX_ADMINISTRATION_PAGE_FILES_H
#define TAX_ADMINISTRATION_PAGE_FILES_H

#include <stddef.h>

struct page_file {
    const char *name;
    const char *address; /* the path at which it is served */
    const char *type;
    const char *bytes;
    size_t length;
    /* where the two letters of the language stand that are to be filled in; 0 = nowhere */
    size_t language_at;
};

extern const struct page_file page_files[];
extern const size_t page_file_count;

#endif
