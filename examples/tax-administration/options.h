/* SPDX-License-Identifier: MIT */
/* The command line of the host, except the `user` commands. */
#ifndef TAX_ADMINISTRATION_OPTIONS_H
#define TAX_ADMINISTRATION_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "http_options.h"

#define ADMINS_MAX 32

struct options {
    struct http_options http;
    const char *origin;  /* NULL = not given */
    const char *hub_url; /* NULL = not given */
    uint64_t idle_s;
    uint64_t lifetime_s;
    const char *admins[ADMINS_MAX]; /* names of accounts */
    size_t admin_count;
};

/* Returns -1 to go on, else the exit code; help or errors have been printed. */
int options_parse(int argc, char **argv, struct options *ret);

#endif
