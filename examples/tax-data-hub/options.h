/* SPDX-License-Identifier: MIT */
/*
 * The command line of the Tax Data Hub.
 */
#ifndef TAX_DATA_HUB_OPTIONS_H
#define TAX_DATA_HUB_OPTIONS_H

#include "http_options.h"

#include <stdint.h>

struct options {
    struct http_options http;
    uint64_t max_body;
    uint64_t map_bytes;
};

/* -1 to go on, else the exit code; what is to say has been said. */
int options_parse(int argc, char **argv, struct options *ret);

#endif
