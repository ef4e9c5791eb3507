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

/* Seals the text into the row. `key` is the one that the hot record names. */
void atk_seal_row(struct atk_row *row, const struct atk_hot *hot, const struct atk_config *config,
                  const struct atk_key *key, const char *text, size_t len);

/*
 * Opens the sealed copy and compares the text with the verifier. False if the seal does not open
 * or holds another text.
 */
bool atk_seal_open(const struct atk_row *row, const struct atk_hot *hot,
                   const struct atk_config *config, const struct atk_key *key,
                   char text[ATK_TOKEN_LEN_MAX], size_t *ret_len);

#endif
