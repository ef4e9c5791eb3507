/* SPDX-License-Identifier: MIT */
/* The files of web/, built into the program by embed_web_files.py. */
#ifndef TAX_ADMINISTRATION_STATIC_FILE_TABLE_H
#define TAX_ADMINISTRATION_STATIC_FILE_TABLE_H

#include <stddef.h>

struct static_file {
    const char *name;
    const char *path; /* at which it is served */
    const char *type;
    const char *bytes;
    size_t length;
    /* Offset of the two letters of the language, which each answer fills in; 0 = none. */
    size_t language_at;
};

extern const struct static_file static_files[];
extern const size_t static_file_count;

#endif
