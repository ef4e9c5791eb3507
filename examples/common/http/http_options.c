/* SPDX-License-Identifier: MIT */
#include "http_options.h"

#include <stdio.h>

#include "http_exit.h"
#include "http_listen.h"
#include "http_number.h"
#include "http_peer.h"

bool http_option_number(const char *program, const char *option, uint64_t min, uint64_t max,
                        uint64_t *ret) {
    if (http_number(optarg, min, max, ret)) return true;
    fprintf(stderr, "%s: %s must be a number from %llu to %llu\n", program, option,
            (unsigned long long)min, (unsigned long long)max);
    return false;
}

static bool take_port(const char *program, struct http_options *options) {
    uint64_t port = 0;
    if (!http_option_number(program, "--port", 0, UINT16_MAX, &port)) return false;
    options->port = (uint16_t)port;
    return true;
}

static bool take_address(const char *program, struct http_options *options) {
    options->bind = optarg;
    if (http_is_numeric_address(optarg)) return true;
    fprintf(stderr, "%s: --bind must be a numeric IPv4 or IPv6 address\n", program);
    return false;
}

static bool take_proxies(const char *program) {
    if (http_peer_trust(optarg)) return true;
    fprintf(stderr,
            "%s: --trust-proxy must be 1 to %d numeric IPv4 or IPv6 addresses, with commas between "
            "them\n",
            program, HTTP_PROXIES_MAX);
    return false;
}

static bool take(int option, const struct http_program *program, struct http_options *options) {
    switch (option) {
    case HTTP_OPT_STORE: options->store = optarg; return true;
    case HTTP_OPT_KEYS: options->keys = optarg; return true;
    case HTTP_OPT_DATA: options->data = optarg; return true;
    case HTTP_OPT_PORT: return take_port(program->name, options);
    case HTTP_OPT_BIND: return take_address(program->name, options);
    case HTTP_OPT_TRUST_PROXY: return take_proxies(program->name);
    case '?': return false; /* getopt_long() has printed the error */
    default: return program->take(option, program->ctx);
    }
}

static bool is_complete(const char *program, const struct http_options *options) {
    const char *missing = !options->store || !*options->store ? "--store"
                          : !options->keys || !*options->keys ? "--keys"
                          : !options->data || !*options->data ? "--data"
                                                              : NULL;
    if (missing) fprintf(stderr, "%s: %s is missing\n", program, missing);
    return !missing;
}

static int print_version(const struct http_program *program) {
    return printf("%s (libapitoken %s)\n", program->name, program->version) < 0 ? EXIT_NETWORK
                                                                                : EXIT_DONE;
}

int http_options_parse(int argc, char **argv, const struct http_program *program,
                       struct http_options *options) {
    int option;
    while ((option = getopt_long(argc, argv, "", program->table, NULL)) != -1) {
        if (option == HTTP_OPT_HELP)
            return fputs(program->usage, stdout) < 0 ? EXIT_NETWORK : EXIT_DONE;
        if (option == HTTP_OPT_VERSION) return print_version(program);
        if (!take(option, program, options)) return EXIT_USAGE;
    }
    if (optind < argc) {
        fprintf(stderr, "%s: unexpected argument '%s'; see --help\n", program->name, argv[optind]);
        return EXIT_USAGE;
    }
    return is_complete(program->name, options) ? -1 : EXIT_USAGE;
}
