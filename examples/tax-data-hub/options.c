/* SPDX-License-Identifier: MIT */
/*
 */
#include "options.h"

#include "http_listen.h"

#include <apitoken/apitoken.h>

#define PROGRAM "tax-data-hub"
#define DEFAULT_PORT 8081
#define DEFAULT_MAX_BODY (UINT64_C(2) << 30)
#define LARGEST_BODY (UINT64_C(1) << 40)
/* The hub's own store: address space alone, the file grows with what is in it. */
#define DEFAULT_MAP (UINT64_C(64) << 30)
#define SMALLEST_MAP (UINT64_C(16) << 20)
#define LARGEST_MAP (UINT64_C(16) << 40)

static const char usage[] =
    "usage: tax-data-hub --store DIR --keys FILE --data DIR [--port N] [--bind ADDR] [--max-body "
    "BYTES]\n"
    "                    [--map-size BYTES]\n"
    "\n"
    "Accepts imports of tax data from external systems that carry an API token.\n"
    "\n"
    "  --store DIR       the token store; it is opened to validate tokens only\n"
    "  --keys FILE       a verify-only keyring of that store (apitoken keys export-verify)\n"
    "  --data DIR        where imports are kept; made if it is missing\n"
    "  --port N          TCP port, 0 takes a free one (8081)\n"
    "  --bind ADDR       numeric IPv4 or IPv6 address (127.0.0.1); put a TLS proxy before anything "
    "wider\n"
    "  --max-body BYTES  largest import (2147483648, 2 GiB)\n"
    "  --map-size BYTES  most that all imports together may take (68719476736, 64 GiB)\n"
    "  --help, --version\n"
    "\n"
    "SIGTERM finishes requests under way. Exit: 0 done, 1 network, 2 usage, 3 stores or keys.\n";

enum { OPT_MAX_BODY = HTTP_OPT_OWN, OPT_MAP_SIZE };

static const struct option table[] = {
    HTTP_OPTIONS,
    { "max-body", required_argument, NULL, OPT_MAX_BODY },
    { "map-size", required_argument, NULL, OPT_MAP_SIZE },
    { NULL, 0, NULL, 0 },
};

static bool take(int option, void *ctx) {
    struct options *options = ctx;

    switch (option) {
    case OPT_MAX_BODY:
        return http_option_number(PROGRAM, "--max-body", 1, LARGEST_BODY, &options->max_body);
    case OPT_MAP_SIZE:
        return http_option_number(PROGRAM, "--map-size", SMALLEST_MAP, LARGEST_MAP,
                                  &options->map_bytes);
    default: return false;
    }
}

int options_parse(int argc, char **argv, struct options *ret) {
    struct options options = { .http = { .bind = HTTP_LOOPBACK, .port = DEFAULT_PORT },
                               .max_body = DEFAULT_MAX_BODY,
                               .map_bytes = DEFAULT_MAP };
    const struct http_program program = { PROGRAM, usage, apitoken_version_string(),
                                          table,   take,  &options };

    int code = http_options_parse(argc, argv, &program, &options.http);
    if (code < 0) *ret = options;
    return code;
}
