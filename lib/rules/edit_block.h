/* SPDX-License-Identifier: MIT */
/*
 * Blocking an owner: first the record of the owner, which keeps new tokens from being made, then a
 * flag of each token, in steps. Unblocking goes the other way. A step belongs to the revision of
 * the record that its call made: a call that another one overtook stops.
 */
#ifndef APITOKEN_RULES_EDIT_BLOCK_H
#define APITOKEN_RULES_EDIT_BLOCK_H

#include "rules/token_edit.h"

struct atk_blocking {
    int64_t now_ms;
    const char *actor, *reason;
    size_t actor_len, reason_len;
};

/* Each an atk_owner_edit_fn; the context is a struct atk_blocking. */
int atk_edit_owner_block(const void *ctx, struct atk_owner_record *owner, apitoken_error *err);
int atk_edit_owner_unblock(const void *ctx, struct atk_owner_record *owner, apitoken_error *err);

/* The tokens that a step changes. */
struct atk_block_step {
    uint32_t owner_revision; /* 0: nothing is known of the owner */
    bool is_blocked;
};

/*
 * An atk_edit_fn; the context is a struct atk_block_step. APITOKEN_E_REVISION, or why the record of
 * the owner cannot be read.
 */
int atk_edit_token_blocked(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                           struct atk_row *row, apitoken_error *err);

/*
 * The end of an unblock: an atk_owner_edit_fn; the context is a struct atk_block_step.
 * APITOKEN_E_REVISION.
 */
int atk_edit_owner_unblocked(const void *ctx, struct atk_owner_record *owner, apitoken_error *err);

#endif
