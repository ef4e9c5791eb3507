/* SPDX-License-Identifier: MIT */
/* What creating one token and creating a batch have in common: the two records of a new token. */
#ifndef APITOKEN_OBJECTS_NEW_TOKEN_H
#define APITOKEN_OBJECTS_NEW_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "objects/expiry.h"
#include "objects/input.h"
#include "objects/restrictions.h"
#include "objects/store.h"
#include "rules/edit_create.h"

/*
 * Two ids are equal only if two processes draw in the same tick and draw the same 4 characters, and
 * a floor that has risen is known after one refusal: more refusals mean a broken generator.
 */
#define ATK_ID_DRAWS_MAX 4

/* What a new token gets besides its secret. */
struct atk_new_token {
    struct atk_token_request request;
    struct atk_restrictions restrictions;
    struct atk_end end;
    int64_t now_ms;
};

/* How the engine is to judge it. */
static inline struct atk_creation atk_new_token_creation(const struct atk_new_token *token) {
    return (struct atk_creation){ .now_ms = token->now_ms,
                                  .takes_default_end =
                                      token->request.opts->expiry_kind == APITOKEN_EXPIRY_DEFAULT };
}

/* Puts it into the records, which must be zero. */
void atk_new_token_describe(const struct atk_new_token *token, struct atk_hot *hot,
                            struct atk_row *row);

/*
 * Adds what depends on the text of the token: id, verifier and sealed copy. Returns the key that
 * they were made with.
 */
const struct atk_key *atk_new_token_bind(const apitoken_store *store, const char *id,
                                         const char *text, size_t len, struct atk_hot *hot,
                                         struct atk_row *row);

#endif
