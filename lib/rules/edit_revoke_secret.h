/* SPDX-License-Identifier: MIT */
/*
 * Ending what a secret opens. Whoever asks has found out which of its token's secrets it is; the
 * edit looks again, since the token may have been rotated meanwhile: no other secret ends for it.
 */
#ifndef APITOKEN_RULES_EDIT_REVOKE_SECRET_H
#define APITOKEN_RULES_EDIT_REVOKE_SECRET_H

#include "rules/edit_revoke.h"

struct atk_secret_revocation {
    const struct atk_revocation *revocation;
    uint8_t verifier[ATK_VERIFIER_LEN]; /* of the secret */
    /*
     * What the edit answers, anew each time that it is made: APITOKEN_ENDED_NOTHING if the secret
     * is not the one that it was.
     */
    enum apitoken_ended *ret_ended;
};

/* Both are atk_edit_fn; the context is a struct atk_secret_revocation. */

/* Revokes the token, as atk_edit_revoke() does, if the secret is its newest one. */
int atk_edit_revoke_newest(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                           struct atk_row *row, apitoken_error *err);

/* Ends the secret alone, if it is the older one and valid. */
int atk_edit_revoke_older(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                          struct atk_row *row, apitoken_error *err);

#endif
