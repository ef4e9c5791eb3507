/* SPDX-License-Identifier: MIT */
/*
 * The sealed copy of a token's text. It is bound to the store, id, owner, key and suite, so it only
 * opens in its own record.
 */
#ifndef APITOKEN_OUTSIDE_SEAL_H
#define APITOKEN_OUTSIDE_SEAL_H

#include <stdbool.h>
#include <stddef.h>

#include "outside/crypto.h"
#include "rules/record.h"

/* The token that a sealed copy is of. */
struct atk_sealed_for {
    const char *id; /* 12 characters */
    const char *owner;
    size_t owner_len;
};

/* Seals the text under this key. Returns how long the sealed copy is. */
uint16_t atk_seal(const struct atk_sealed_for *token, const struct atk_config *config,
                  const struct atk_key *key, const char *text, size_t len,
                  uint8_t sealed[ATK_SEALED_MAX]);

/*
 * Opens the sealed copy and compares the text with the verifier. False if the seal does not open
 * or holds another text, or if a key is missing.
 */
bool atk_seal_open(const struct atk_row *row, const struct atk_hot *hot,
                   const struct atk_config *config, const struct atk_keys *keys,
                   char text[ATK_TOKEN_LEN_MAX], size_t *ret_len);

#endif
