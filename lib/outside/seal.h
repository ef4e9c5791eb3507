/* SPDX-License-Identifier: MIT */
/*
 * The sealed copy of a token's text, bound to store, id, owner, key and suite so that it opens in
 * its own record alone.
 */
#ifndef APITOKEN_OUTSIDE_SEAL_H
#define APITOKEN_OUTSIDE_SEAL_H

#include "outside/crypto.h"
#include "rules/record.h"

/* Seals the text into the row under the key of the hot record. */
void atk_seal_into(struct atk_row *row, const struct atk_hot *hot, const struct atk_config *config,
                   const struct atk_key *key, const char *text, size_t len);

/*
 * 1 and the text, whose digest is checked against the verifier; 0 if the seal does not open or
 * holds another text.
 */
int atk_seal_open(const struct atk_row *row, const struct atk_hot *hot,
                  const struct atk_config *config, const struct atk_key *key,
                  char text[ATK_TOKEN_LEN_MAX], size_t *ret_len);

#endif
