/* SPDX-License-Identifier: MIT */
/* The command line options that all hosts have. */
#ifndef EXAMPLES_HTTP_OPTIONS_H
#define EXAMPLES_HTTP_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

struct http_options {
    const char *store;
    const char *keys;
    const char *data;
    const char *bind;
    uint16_t port;
};

enum {
    HTTP_OPT_STORE = 1,
    HTTP_OPT_KEYS,
    HTTP_OPT_DATA,
    HTTP_OPT_PORT,
    HTTP_OPT_BIND,
    HTTP_OPT_TRUST_PROXY,
    HTTP_OPT_HELP,
    HTTP_OPT_VERSION,
    HTTP_OPT_OWN /* the first one of a host itself */
};

/* The first rows of a host's table for getopt_long(). */
/* clang-format off */
#define HTTP_OPTIONS                                       \
    { "store", required_argument, NULL, HTTP_OPT_STORE },  \
    { "keys", required_argument, NULL, HTTP_OPT_KEYS },    \
    { "data", required_argument, NULL, HTTP_OPT_DATA },    \
    { "port", required_argument, NULL, HTTP_OPT_PORT },    \
    { "bind", required_argument, NULL, HTTP_OPT_BIND },    \
    { "trust-proxy", required_argument, NULL, HTTP_OPT_TRUST_PROXY }, \
    { "help", no_argument, NULL, HTTP_OPT_HELP },          \
    { "version", no_argument, NULL, HTTP_OPT_VERSION }
/* clang-format on */

struct http_program {
    const char *name;
    const char *usage;
    const char *version; /* of the library */
    const struct option *table;
    /* Takes an option of the host itself, its value in optarg. False after reporting an error. */
    bool (*take)(int option, void *ctx);
    void *ctx;
};

/*
 * Returns -1 to go on, otherwise the exit code after printing help, version or an error. The caller
 * sets the defaults in `options`.
 */
int http_options_parse(int argc, char **argv, const struct http_program *program,
                       struct http_options *options);

/* Parses optarg as a number. False after reporting an error. */
bool http_option_number(const char *program, const char *option, uint64_t min, uint64_t max,
                        uint64_t *ret);

#endif
