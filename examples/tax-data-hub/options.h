/*
 * The command line of the Tax Data Hub.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TAX_DATA_HUB_OPTIONS_H
#define TAX_DATA_HUB_OPTIONS_H

#include <stdint.h>

/* Exit codes, the same as the tool's. */
enum { EXIT_DONE = 0, EXIT_NETWORK = 1, EXIT_USAGE = 2, EXIT_STORES = 3 };

struct options {
    const char *store;
    const char *keys;
    const char *data;
    const char *bind;
    uint16_t port;
    uint64_t max_body;
    uint64_t map_bytes;
};

/* -1 to go on, else the exit code; what is to say has been said. */
int options_parse(int argc, char **argv, struct options *ret);

#endif
