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

/* Seals the text into the row, under this key. */
void atk_seal_row(struct atk_row *row, const struct atk_hot *hot, const struct atk_config *config,
                  const struct atk_key *key, const char *text, size_t len);

/*
 * Opens the sealed copy and compares the text with the verifier. False if the seal does not open
 * or holds another text, or if a key is missing.
 */
bool atk_seal_open(const struct atk_row *row, const struct atk_hot *hot,
                   const struct atk_config *config, const struct atk_keys *keys,
                   char text[ATK_TOKEN_LEN_MAX], size_t *ret_len);

#endif
