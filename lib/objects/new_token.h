/* SPDX-License-Identifier: MIT */
/* What creating one token and creating a batch have in common: the two records of a new token. */
#ifndef APITOKEN_OBJECTS_NEW_TOKEN_H
#define APITOKEN_OBJECTS_NEW_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "objects/input.h"
#include "objects/store.h"

/*
 * Two ids are equal only if two processes draw in the same tick and draw the same 4 characters, and
 * a floor that has risen is known after one refusal: more refusals mean a broken generator.
 */
#define ATK_ID_DRAWS_MAX 4

/*
 * The instant at which the token expires. APITOKEN_E_EXPIRY_PAST, and the errors of
 * atk_zone_day_end().
 */
int atk_new_token_resolve_end(struct atk_zone *zone, const apitoken_create_opts *opts,
                              int64_t now_ms, int64_t *ret_end_ms, apitoken_error *err);

/* Puts the request into the records. They must be zero but for the end of the row. */
void atk_new_token_describe(const apitoken_store *store, const struct atk_token_request *request,
                            int64_t now_ms, struct atk_hot *hot, struct atk_row *row);

/* Adds what depends on the text of the token: id, verifier and sealed copy. */
void atk_new_token_bind(const apitoken_store *store, const char *id, const char *text, size_t len,
                        struct atk_hot *hot, struct atk_row *row);

#endif
