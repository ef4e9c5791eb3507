/*
 * SPDX-License-Identifier: MIT
 */
#include "options.h"

#include "exit_code.h"
#include "http_listen.h"
#include "http_number.h"
#include "origin.h"

#include <apitoken/apitoken.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#define DEFAULT_PORT 8080
#define DEFAULT_IDLE (30 * 60)
#define DEFAULT_LIFETIME (12 * 60 * 60)
#define LONGEST_SESSION (365 * 24 * 60 * 60)

static const char usage[] =
    "usage: tax-administration --store DIR --keys FILE --data DIR [--port N] [--bind ADDR] [--origin URL]\n"
    "                          [--idle SECONDS] [--lifetime SECONDS]\n"
    "       tax-administration user add|list|passwd|remove [NAME] --data DIR    (user --help)\n"
    "\n"
    "Serves the page on which users make, copy and revoke their API tokens.\n"
    "\n"
    "  --store DIR         the token store\n"
    "  --keys FILE         its full keyring\n"
    "  --data DIR          where accounts are kept; made if it is missing\n"
    "  --port N            TCP port, 0 takes a free one (8080)\n"
    "  --bind ADDR         numeric IPv4 or IPv6 address (127.0.0.1); put a TLS proxy before anything wider\n"
    "  --origin URL        address of the page as browsers see it, such as https://tax.example; needed behind a proxy\n"
    "  --idle SECONDS      a session ends after so long without a request (1800)\n"
    "  --lifetime SECONDS  and after so long in any case (43200)\n"
    "  --help, --version\n"
    "\n"
    "SIGTERM finishes requests under way. Exit: 0 done, 1 network, 2 usage, 3 stores or keys.\n";

enum { OPT_STORE = 1, OPT_KEYS, OPT_DATA, OPT_PORT, OPT_BIND, OPT_ORIGIN, OPT_IDLE, OPT_LIFETIME, OPT_HELP, OPT_VERSION };

static const struct option table[] = {
    { "store", required_argument, NULL, OPT_STORE },
    { "keys", required_argument, NULL, OPT_KEYS },
    { "data", required_argument, NULL, OPT_DATA },
    { "port", required_argument, NULL, OPT_PORT },
    { "bind", required_argument, NULL, OPT_BIND },
    { "origin", required_argument, NULL, OPT_ORIGIN },
    { "idle", required_argument, NULL, OPT_IDLE },
    { "lifetime", required_argument, NULL, OPT_LIFETIME },
    { "help", no_argument, NULL, OPT_HELP },
    { "version", no_argument, NULL, OPT_VERSION },
    { NULL, 0, NULL, 0 },
};

static bool number(const char *option, uint64_t min, uint64_t max, uint64_t *ret) {
    if (http_number(optarg, min, max, ret)) return true;
    fprintf(stderr, "tax-administration: %s takes a number from %llu to %llu\n", option, (unsigned long long)min,
            (unsigned long long)max);
    return false;
}

static bool is_address(const char *address) {
    if (http_is_numeric_address(address)) return true;
    fprintf(stderr, "tax-administration: --bind takes a numeric IPv4 or IPv6 address\n");
    return false;
}

static bool is_origin(const char *text) {
    if (origin_is_valid(text)) return true;
    fprintf(stderr,
            "tax-administration: --origin takes http:// or https://, a host in lower case and, if it is not the usual one, "
            "a port; no path\n");
    return false;
}

static bool take(int option, struct options *options) {
    uint64_t port = 0;

    switch (option) {
    case OPT_STORE: options->store = optarg; return true;
    case OPT_KEYS: options->keys = optarg; return true;
    case OPT_DATA: options->data = optarg; return true;
    case OPT_BIND: options->bind = optarg; return is_address(optarg);
    case OPT_ORIGIN: options->origin = optarg; return is_origin(optarg);
    case OPT_PORT:
        if (!number("--port", 0, UINT16_MAX, &port)) return false;
        options->port = (uint16_t)port;
        return true;
    case OPT_IDLE: return number("--idle", 1, LONGEST_SESSION, &options->idle_s);
    case OPT_LIFETIME: return number("--lifetime", 1, LONGEST_SESSION, &options->lifetime_s);
    default: return false; /* getopt_long() has said what is wrong */
    }
}

static bool is_complete(const struct options *options) {
    const char *missing = !options->store || !*options->store ? "--store"
                          : !options->keys || !*options->keys ? "--keys"
                          : !options->data || !*options->data ? "--data"
                                                              : NULL;

    if (missing) fprintf(stderr, "tax-administration: %s is missing\n", missing);
    return !missing;
}

int options_parse(int argc, char **argv, struct options *ret) {
    struct options options = {
        .bind = HTTP_LOOPBACK, .port = DEFAULT_PORT, .idle_s = DEFAULT_IDLE, .lifetime_s = DEFAULT_LIFETIME
    };
    int option;

    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (option == OPT_HELP) return fputs(usage, stdout) < 0 ? EXIT_REFUSED : EXIT_DONE;
        if (option == OPT_VERSION)
            return printf("tax-administration (libapitoken %s)\n", apitoken_version_string()) < 0 ? EXIT_REFUSED : EXIT_DONE;
        if (!take(option, &options)) return EXIT_USAGE;
    }
    if (optind < argc) {
        fprintf(stderr, "tax-administration: what is '%s'? See --help\n", argv[optind]);
        return EXIT_USAGE;
    }
    if (!is_complete(&options)) return EXIT_USAGE;
    *ret = options;
    return -1;
}
