/* SPDX-License-Identifier: MIT */
#include "token_keys.h"

#include "http_log.h"

static void replace_keys(apitoken_store *store, const char *path, const apitoken_keyring *keyring) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    if (apitoken_store_reload_keys(store, keyring, NULL, &err) == 0)
        http_log("keys %s: loaded again, key %lu is active", path,
                 (unsigned long)apitoken_keyring_active(keyring));
    else
        http_log("keys %s: %s: %s", path, apitoken_error_name(err.code), err.text);
}

void token_keys_reload(apitoken_store *store, const char *path, bool wants_verify_only) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_keyring *keyring = NULL;
    if (apitoken_keyring_load(path, NULL, &keyring, &err) != 0) {
        http_log("keys %s: %s: %s", path, apitoken_error_name(err.code), err.text);
        return;
    }
    if (wants_verify_only && !apitoken_keyring_is_verify_only(keyring))
        http_log("keys %s: a full keyring; this host wants a verify-only one", path);
    else
        replace_keys(store, path, keyring);
    apitoken_keyring_free(keyring); /* the store has a copy */
}
