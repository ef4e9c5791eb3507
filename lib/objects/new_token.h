/* SPDX-License-Identifier: MIT */
/*
 * What making one token and making many have in common: what is asked for is checked, and put into
 * the token's two records.
 */
#ifndef APITOKEN_OBJECTS_NEW_TOKEN_H
#define APITOKEN_OBJECTS_NEW_TOKEN_H

#include "objects/store.h"

/* two equal ids of 71 bits never happen by chance; a second time means a broken generator */
#define ATK_ID_DRAWS_MAX 4

/* The syntax of all that is given. */
int atk_new_token_check(const char *owner, size_t owner_len, const char *name, size_t name_len,
                        const apitoken_create_opts *opts, apitoken_error *err);

/*
 * When it ends. Calls the host's zone rules. APITOKEN_E_EXPIRY_PAST, and those of
 * atk_zone_day_end().
 */
int atk_new_token_end(const apitoken_store *store, const apitoken_create_opts *opts, int64_t now_ms,
                      int64_t *ret_end_ms, apitoken_error *err);

/* Fills zeroed records, in which the row's end stands already, with what was asked for. */
void atk_new_token_describe(const apitoken_store *store, const char *owner, size_t owner_len,
                            const char *name, size_t name_len, const apitoken_create_opts *opts,
                            int64_t now_ms, struct atk_hot *hot, struct atk_row *row);

/* ... and with what follows from the drawn text: id, verifier, seal. */
void atk_new_token_bind(const apitoken_store *store, const char *id, const char *text, size_t len,
                        struct atk_hot *hot, struct atk_row *row);

#endif
