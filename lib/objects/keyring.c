/* SPDX-License-Identifier: MIT */
#include "objects/keyring.h"

#include <stdlib.h>

#include "base/attr.h"
#include "base/error.h"
#include "objects/input.h"
#include "objects/keyring_file.h"

int apitoken_keyring_load(const char *path, const apitoken_keyring_opts *opts,
                          apitoken_keyring **ret_keyring, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_keyring_opts full;
    ATK_SCOPED(atk_keyring_file_free) struct atk_keyring_file file = { 0 };
    ATK_TRY(atk_error_check(err));
    if (!ret_keyring) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_input_path(path, err));
    ATK_TRY(atk_keyring_opts_load(opts, APITOKEN_KEYRING_REQUIRE_LOCK, &full, err));
    ATK_TRY(atk_keyring_file_load(path, &file, err));
    if ((full.flags & APITOKEN_KEYRING_REQUIRE_LOCK) && !file.is_locked)
        return atk_fail(err, APITOKEN_E_MLOCK, NULL);
    apitoken_keyring *keyring = calloc(1, sizeof *keyring);
    if (!keyring) return atk_fail(err, APITOKEN_E_NOMEM, NULL);
    for (uint32_t i = 0; i < file.keys->count; i++)
        atk_hex(file.keys->key[i].prints.digest, ATK_FP_LEN, keyring->fingerprint[i]);
    atk_guarded_read_only(file.keys);
    keyring->keys = file.keys;
    keyring->is_locked = file.is_locked;
    file.keys = NULL;
    *ret_keyring = keyring;
    return 0;
}

size_t apitoken_keyring_count(const apitoken_keyring *keyring) {
    return keyring ? keyring->keys->count : 0;
}

uint32_t apitoken_keyring_key_at(const apitoken_keyring *keyring, size_t i) {
    return keyring && i < keyring->keys->count ? keyring->keys->key[i].id : 0;
}

uint32_t apitoken_keyring_active(const apitoken_keyring *keyring) {
    return keyring ? keyring->keys->active : 0;
}

int apitoken_keyring_is_verify_only(const apitoken_keyring *keyring) {
    return keyring && keyring->keys->verify_only;
}

int apitoken_keyring_is_locked(const apitoken_keyring *keyring) {
    return keyring && keyring->is_locked;
}

const char *apitoken_keyring_fingerprint(const apitoken_keyring *keyring, uint32_t key_id) {
    if (!keyring) return NULL;
    for (uint32_t i = 0; i < keyring->keys->count; i++)
        if (keyring->keys->key[i].id == key_id) return keyring->fingerprint[i];
    return NULL;
}

void apitoken_keyring_free(apitoken_keyring *keyring) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    if (!keyring) return;
    atk_guarded_free(keyring->keys);
    free(keyring);
}
