/* SPDX-License-Identifier: MIT */
/* What the policy of the store and its owner make of a new token. */
#ifndef APITOKEN_RULES_EDIT_CREATE_H
#define APITOKEN_RULES_EDIT_CREATE_H

#include "rules/token_edit.h"

struct atk_creation {
    int64_t now_ms;
    bool takes_default_end; /* no expiry was given */
};

/*
 * An atk_edit_fn; the context is a struct atk_creation. Judges records that are still to be stored,
 * and gives them the store's default end. APITOKEN_E_OWNER_BLOCKED, APITOKEN_E_LIFETIME,
 * APITOKEN_E_LIVE_LIMIT.
 */
int atk_edit_create(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                    struct atk_row *row, apitoken_error *err);

#endif
