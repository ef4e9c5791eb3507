/* SPDX-License-Identifier: MIT */
/* The command line of the Tax Data Hub. */
#ifndef TAX_DATA_HUB_OPTIONS_H
#define TAX_DATA_HUB_OPTIONS_H

#include <stdint.h>

#include "db/imports_usage.h"
#include "http_options.h"

struct options {
    struct http_options http;
    uint64_t max_body;
    uint64_t map_bytes;
    struct imports_usage owner_quota;
};

/* Returns -1 to go on, otherwise the exit code after printing help, version or an error. */
int options_parse(int argc, char **argv, struct options *ret);

#endif
