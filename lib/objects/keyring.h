/* SPDX-License-Identifier: MIT */
/* A loaded keyring. */
#ifndef APITOKEN_OBJECTS_KEYRING_H
#define APITOKEN_OBJECTS_KEYRING_H

#include "outside/crypto.h"

struct apitoken_keyring {
    struct atk_keys *keys; /* guarded, read-only */
    int is_locked;
    char fingerprint[ATK_KEYS_MAX][APITOKEN_FINGERPRINT_LEN + 1];
};

/* A guarded, read-only copy of keys, for a store that outlives the keyring. */
int atk_keys_copy(const struct atk_keys *keys, struct atk_keys **ret_keys, int *ret_locked,
                  apitoken_error *err);

#endif
