/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <apitoken/apitoken.h>
#include <stdio.h>
#include <string.h>

#include "http_listen.h"
#include "http_number.h"

#define PROGRAM "tax-data-hub"
#define DEFAULT_PORT 8081
#define DEFAULT_MAX_BODY (UINT64_C(2) << 30)
#define LARGEST_BODY (UINT64_C(1) << 40)
/* Address space of the imports database; the file grows only as imports arrive. */
#define DEFAULT_MAP (UINT64_C(64) << 30)
#define SMALLEST_MAP (UINT64_C(16) << 20)
#define LARGEST_MAP (UINT64_C(16) << 40)

static const char usage[] =
    "usage: tax-data-hub --store DIR --keys FILE --data DIR [--port N] [--bind ADDR]\n"
    "                    [--max-body BYTES] [--map-size BYTES] [--owner-quota BYTES[,IMPORTS]]\n"
    "\n"
    "Accepts imports of tax data from external systems that send an API token.\n"
    "\n"
    "  --store DIR       the token store; the hub only validates tokens with it\n"
    "  --keys FILE       a verify-only keyring of that store (apitoken keys export-verify)\n"
    "  --data DIR        directory for the imports; created if it is missing, closed to others\n"
    "  --port N          TCP port, 0 for any free port (default 8081)\n"
    "  --bind ADDR       numeric IPv4 or IPv6 address (default 127.0.0.1);\n"
    "                    to serve other machines, put a TLS proxy in front\n"
    "  --trust-proxy ADDR[,ADDR]\n"
    "                    proxies whose Forwarded and X-Forwarded-For say who the client is\n"
    "  --max-body BYTES  largest import (default 2147483648, 2 GiB)\n"
    "  --map-size BYTES  maximum size of all imports together (default 68719476736, 64 GiB)\n"
    "  --owner-quota BYTES[,IMPORTS]\n"
    "                    maximum size, and number, of the imports of an owner (default: none)\n"
    "  --help, --version\n"
    "\n"
    "A token that is restricted to interfaces imports at these. It reads imports if one of them\n"
    "is imports:read, and deletes them if one is imports:delete. If it is restricted to networks,\n"
    "the address of the connection counts; behind a proxy that --trust-proxy names, that of the\n"
    "client.\n"
    "On SIGTERM the hub finishes the running requests and stops; on SIGHUP it loads the keyring "
    "again.\n"
    "Exit status: 0 done, 1 network error, 2 wrong usage, 3 unusable store, keys or data.\n";

enum { OPT_MAX_BODY = HTTP_OPT_OWN, OPT_MAP_SIZE, OPT_OWNER_QUOTA };

static const struct option table[] = {
    HTTP_OPTIONS,
    { "max-body", required_argument, NULL, OPT_MAX_BODY },
    { "map-size", required_argument, NULL, OPT_MAP_SIZE },
    { "owner-quota", required_argument, NULL, OPT_OWNER_QUOTA },
    { NULL, 0, NULL, 0 },
};

/* Splits optarg, which getopt_long() lets a program change, at the comma. */
static bool take_quota(struct imports_usage *ret_quota) {
    struct imports_usage quota = { 0, UINT64_MAX };
    char *imports = strchr(optarg, ',');
    if (imports) *imports++ = '\0';
    if (http_number(optarg, 1, INT64_MAX, &quota.bytes) &&
        (!imports || http_number(imports, 1, INT64_MAX, &quota.imports))) {
        *ret_quota = quota;
        return true;
    }
    fprintf(stderr, PROGRAM ": --owner-quota must be a number of bytes, such as 1073741824, or "
                            "that and a number of imports, such as 1073741824,1000\n");
    return false;
}

static bool take_option(int option, void *ctx) {
    struct options *options = ctx;
    switch (option) {
    case OPT_MAX_BODY:
        return http_option_number(PROGRAM, "--max-body", 1, LARGEST_BODY, &options->max_body);
    case OPT_MAP_SIZE:
        return http_option_number(PROGRAM, "--map-size", SMALLEST_MAP, LARGEST_MAP,
                                  &options->map_bytes);
    case OPT_OWNER_QUOTA: return take_quota(&options->owner_quota);
    default: return false;
    }
}

int options_parse(int argc, char **argv, struct options *ret) {
    struct options options = { .http = { .bind = HTTP_LOOPBACK, .port = DEFAULT_PORT },
                               .max_body = DEFAULT_MAX_BODY,
                               .map_bytes = DEFAULT_MAP,
                               .owner_quota = { UINT64_MAX, UINT64_MAX } };
    const struct http_program program = { PROGRAM, usage,       apitoken_version_string(),
                                          table,   take_option, &options };
    int code = http_options_parse(argc, argv, &program, &options.http);
    if (code < 0) *ret = options;
    return code;
}
