/* SPDX-License-Identifier: MIT */
/* The parameters of a URL's query. */
#ifndef TAX_ADMINISTRATION_QUERY_H
#define TAX_ADMINISTRATION_QUERY_H

#include <microhttpd.h>
#include <stddef.h>

#include "http/field_errors.h"

struct parameter {
    const char *name;
    bool is_given;
    enum field_fault fault; /* the caller adds what only it can judge */
    size_t length;
    /* Unescaped, ends in NUL. Long enough for the library to see that a cursor is too long. */
    char value[APITOKEN_CURSOR_MAX + 2];
};

/* Fills in the wanted parameters; adds an error to `ret_unknown` for each other one. */
void query_read(struct MHD_Connection *connection, struct parameter *wanted, size_t count,
                struct field_errors *ret_unknown);

#endif
