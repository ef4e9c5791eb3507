/* SPDX-License-Identifier: MIT */
/*
 * The parameters of a query.
 */
#ifndef TAX_ADMINISTRATION_QUERY_H
#define TAX_ADMINISTRATION_QUERY_H

#include <microhttpd.h>
#include <stddef.h>

#include "http/field_errors.h"

struct parameter {
    const char *name;
    bool is_given;
    enum field_fault fault; /* whoever knows what it means adds to it */
    size_t length;
    /* without its escapes, ends in NUL; long enough to see that a cursor is too long */
    char value[APITOKEN_CURSOR_MAX + 2];
};

/* Finds the parameters; adds each that is none of them to `ret_unknown`. */
void query_read(struct MHD_Connection *connection, struct parameter *wanted, size_t count,
                struct field_errors *ret_unknown);

#endif
