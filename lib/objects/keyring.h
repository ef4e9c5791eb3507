/* SPDX-License-Identifier: MIT */
/* The handle of a loaded keyring. */
#ifndef APITOKEN_OBJECTS_KEYRING_H
#define APITOKEN_OBJECTS_KEYRING_H

#include <stdbool.h>

#include "outside/crypto.h"

struct apitoken_keyring {
    struct atk_keys *keys; /* guarded, read-only */
    bool is_locked;
    char fingerprint[ATK_KEYS_MAX][APITOKEN_FINGERPRINT_LEN + 1];
};

#endif
