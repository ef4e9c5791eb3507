/* SPDX-License-Identifier: MIT */
/*
 * The command line of the Tax Administration, without its `user` commands.
 */
#ifndef TAX_ADMINISTRATION_OPTIONS_H
#define TAX_ADMINISTRATION_OPTIONS_H

#include <stdint.h>

#include "http_options.h"

struct options {
    struct http_options http;
    const char *origin; /* NULL = not given */
    uint64_t idle_s;
    uint64_t lifetime_s;
};

/* -1 to go on, else the exit code; what is to say has been said. */
int options_parse(int argc, char **argv, struct options *ret);

#endif
