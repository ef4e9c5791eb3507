/*
 * SPDX-License-Identifier: MIT
 */
#include "options.h"

#include "http_listen.h"
#include "http_number.h"

#include <apitoken/apitoken.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#define DEFAULT_PORT 8081
#define DEFAULT_MAX_BODY (UINT64_C(2) << 30)
#define LARGEST_BODY (UINT64_C(1) << 40)
/* The hub's own store: address space alone, the file grows with what is in it. */
#define DEFAULT_MAP (UINT64_C(64) << 30)
#define SMALLEST_MAP (UINT64_C(16) << 20)
#define LARGEST_MAP (UINT64_C(16) << 40)

static const char usage[] =
    "usage: tax-data-hub --store DIR --keys FILE --data DIR [--port N] [--bind ADDR] [--max-body BYTES]\n"
    "                    [--map-size BYTES]\n"
    "\n"
    "Accepts imports of tax data from external systems that carry an API token.\n"
    "\n"
    "  --store DIR       the token store; it is opened to validate tokens only\n"
    "  --keys FILE       a verify-only keyring of that store (apitoken keys export-verify)\n"
    "  --data DIR        where imports are kept; made if it is missing\n"
    "  --port N          TCP port, 0 takes a free one (8081)\n"
    "  --bind ADDR       numeric IPv4 or IPv6 address (127.0.0.1); put a TLS proxy before anything wider\n"
    "  --max-body BYTES  largest import (2147483648, 2 GiB)\n"
    "  --map-size BYTES  most that all imports together may take (68719476736, 64 GiB)\n"
    "  --help, --version\n"
    "\n"
    "SIGTERM finishes requests under way. Exit: 0 done, 1 network, 2 usage, 3 stores or keys.\n";

enum { OPT_STORE = 1, OPT_KEYS, OPT_DATA, OPT_PORT, OPT_BIND, OPT_MAX_BODY, OPT_MAP_SIZE, OPT_HELP, OPT_VERSION };

static const struct option table[] = {
    { "store", required_argument, NULL, OPT_STORE },       { "keys", required_argument, NULL, OPT_KEYS },
    { "data", required_argument, NULL, OPT_DATA },         { "port", required_argument, NULL, OPT_PORT },
    { "bind", required_argument, NULL, OPT_BIND },         { "max-body", required_argument, NULL, OPT_MAX_BODY },
    { "map-size", required_argument, NULL, OPT_MAP_SIZE }, { "help", no_argument, NULL, OPT_HELP },
    { "version", no_argument, NULL, OPT_VERSION },         { NULL, 0, NULL, 0 },
};

static bool number(const char *option, uint64_t min, uint64_t max, uint64_t *ret) {
    if (http_number(optarg, min, max, ret)) return true;
    fprintf(stderr, "tax-data-hub: %s takes a number from %llu to %llu\n", option, (unsigned long long)min,
            (unsigned long long)max);
    return false;
}

static bool is_address(const char *address) {
    if (http_is_numeric_address(address)) return true;
    fprintf(stderr, "tax-data-hub: --bind takes a numeric IPv4 or IPv6 address\n");
    return false;
}

static bool take(int option, struct options *options) {
    uint64_t port = 0;

    switch (option) {
    case OPT_STORE: options->store = optarg; return true;
    case OPT_KEYS: options->keys = optarg; return true;
    case OPT_DATA: options->data = optarg; return true;
    case OPT_BIND: options->bind = optarg; return is_address(optarg);
    case OPT_PORT:
        if (!number("--port", 0, UINT16_MAX, &port)) return false;
        options->port = (uint16_t)port;
        return true;
    case OPT_MAX_BODY: return number("--max-body", 1, LARGEST_BODY, &options->max_body);
    case OPT_MAP_SIZE: return number("--map-size", SMALLEST_MAP, LARGEST_MAP, &options->map_bytes);
    default: return false; /* getopt_long() has said what is wrong */
    }
}

static bool is_complete(const struct options *options) {
    const char *missing = !options->store || !*options->store ? "--store"
                          : !options->keys || !*options->keys ? "--keys"
                          : !options->data || !*options->data ? "--data"
                                                              : NULL;

    if (missing) fprintf(stderr, "tax-data-hub: %s is missing\n", missing);
    return !missing;
}

int options_parse(int argc, char **argv, struct options *ret) {
    struct options options = {
        .bind = HTTP_LOOPBACK, .port = DEFAULT_PORT, .max_body = DEFAULT_MAX_BODY, .map_bytes = DEFAULT_MAP
    };
    int option;

    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (option == OPT_HELP) return fputs(usage, stdout) < 0 ? EXIT_NETWORK : EXIT_DONE;
        if (option == OPT_VERSION)
            return printf("tax-data-hub (libapitoken %s)\n", apitoken_version_string()) < 0 ? EXIT_NETWORK : EXIT_DONE;
        if (!take(option, &options)) return EXIT_USAGE;
    }
    if (optind < argc) {
        fprintf(stderr, "tax-data-hub: what is '%s'? See --help\n", argv[optind]);
        return EXIT_USAGE;
    }
    if (!is_complete(&options)) return EXIT_USAGE;
    *ret = options;
    return -1;
}
