/* SPDX-License-Identifier: MIT */
#include "token_store.h"

#include <string.h>

#include "exit_code.h"
#include "http_log.h"

static void log_library(int level, int code, const char *text, void *ctx) {
    (void)level;
    (void)ctx;
    http_log("token store: %s%s%s", code ? apitoken_error_name(code) : "", code ? ": " : "", text);
}

static int open_with(const char *store, const char *keys, const apitoken_keyring *keyring,
                     uint32_t flags, apitoken_store **ret_store) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_error err = APITOKEN_ERROR_INIT;
    if (apitoken_keyring_is_verify_only(keyring)) {
        http_log("keys %s: this keyring can only verify; a full keyring is needed to create tokens",
                 keys);
        return EXIT_STORES;
    }
    opts.mode = APITOKEN_MODE_READ_WRITE;
    opts.flags = flags;
    opts.log = log_library;
    if (apitoken_store_open(store, keyring, &opts, ret_store, &err) == 0) return EXIT_DONE;
    http_log("token store %s with keys %s: %s: %s%s%s", store, keys, apitoken_error_name(err.code),
             err.text, err.os_code > 0 ? ": " : "", err.os_code > 0 ? strerror(err.os_code) : "");
    return EXIT_STORES;
}

int token_store_open(const char *store, const char *keys, uint32_t flags,
                     apitoken_store **ret_store) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_keyring *keyring = NULL;
    if (apitoken_keyring_load(keys, NULL, &keyring, &err) != 0) {
        http_log("keys %s: %s: %s", keys, apitoken_error_name(err.code), err.text);
        return EXIT_STORES;
    }
    int code = open_with(store, keys, keyring, flags, ret_store);
    apitoken_keyring_free(keyring); /* the store has its own copy */
    return code;
}
