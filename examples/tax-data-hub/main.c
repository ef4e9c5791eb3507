/* SPDX-License-Identifier: MIT */
/*
 * Tax Data Hub: an HTTP server that accepts imports from external systems. Each request carries an
 * API token, which libapitoken validates in this process.
 */
#include "data_directory.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "db/imports_db.h"
#include "http_exit.h"
#include "http_listen.h"
#include "http_log.h"
#include "hub.h"
#include "options.h"
#include "server.h"

/* Short, because an import validates its token a second time while other imports wait for it. */
#define TOKEN_TIMEOUT_MS 2000

static void log_library(int level, int code, const char *text, void *ctx) {
    (void)level;
    (void)ctx;
    http_log("token store: %s%s%s", code ? apitoken_error_name(code) : "", code ? ": " : "", text);
}

/* Prints a word quoted for a POSIX shell. */
static void print_quoted(const char *word, const char *suffix) {
    fputs(" '", stderr);
    for (; *word; word++) fputs(*word == '\'' ? "'\\''" : (const char[]){ *word, '\0' }, stderr);
    fprintf(stderr, "%s'", suffix);
}

/* With a full keyring this process could decrypt tokens and issue new ones: refuse it. */
static int refuse_full_keyring(const char *path) {
    fprintf(
        stderr,
        "tax-data-hub: %s is a full keyring; create a verify-only one and pass it with --keys:\n"
        "  apitoken keys export-verify",
        path);
    print_quoted(path, "");
    print_quoted(path, ".verify");
    fputc('\n', stderr);
    return EXIT_USAGE;
}

static int open_tokens(const struct options *options, struct hub *hub) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_keyring *keyring = NULL;
    int code = EXIT_DONE;
    if (apitoken_keyring_load(options->http.keys, NULL, &keyring, &err) != 0) {
        http_log("keys: %s: %s", apitoken_error_name(err.code), err.text);
        return EXIT_STORES;
    }
    opts.mode = APITOKEN_MODE_VERIFY_ONLY;
    opts.timeout_ms = TOKEN_TIMEOUT_MS;
    opts.log = log_library;
    if (!apitoken_keyring_is_verify_only(keyring)) {
        code = refuse_full_keyring(options->http.keys);
    } else if (apitoken_store_open(options->http.store, keyring, &opts, &hub->tokens, &err) != 0) {
        http_log("token store %s with keys %s: %s: %s%s%s", options->http.store, options->http.keys,
                 apitoken_error_name(err.code), err.text, err.os_code > 0 ? ": " : "",
                 err.os_code > 0 ? strerror(err.os_code) : "");
        code = EXIT_STORES;
    }
    apitoken_keyring_free(keyring); /* the store has a copy */
    return code;
}

static int open_imports(const struct options *options, struct hub *hub) {
    const char *why = "";
    /* A second hub would remove the imports that the first one is writing. */
    hub->data_fd = data_directory_open(options->http.data, &why);
    if (hub->data_fd < 0) {
        http_log("--data %s: %s", options->http.data, why);
        return EXIT_STORES;
    }
    if (imports_db_open(options->http.data, options->map_bytes, &hub->imports) != DB_OK ||
        imports_db_remove_unpublished(hub->imports) != DB_OK) {
        http_log("cannot open the imports in %s", options->http.data);
        return EXIT_STORES;
    }
    imports_db_set_quota(hub->imports, &options->owner_quota);
    return EXIT_DONE;
}

static int serve(const struct options *options, struct hub *hub) {
    struct http_host host = server_host(hub);
    int socket_fd = http_listen(options->http.bind, options->http.port);
    if (socket_fd < 0) return EXIT_NETWORK;
    return http_serve(socket_fd, &host) == 0 ? EXIT_DONE : EXIT_NETWORK;
}

int main(int argc, char **argv) {
    struct options options;
    struct hub hub = { .data_fd = -1 };
    int code = options_parse(argc, argv, &options);
    if (code >= 0) return code;
    hub.max_body = options.max_body;
    hub.keys = options.http.keys;
    http_log_open("tax-data-hub");
    http_signals_prepare();

    code = open_tokens(&options, &hub);
    if (code == EXIT_DONE) code = open_imports(&options, &hub);
    if (code == EXIT_DONE) code = serve(&options, &hub);

    imports_db_close(hub.imports);
    if (hub.data_fd >= 0) close(hub.data_fd);
    apitoken_store_close(hub.tokens);
    return code;
}
