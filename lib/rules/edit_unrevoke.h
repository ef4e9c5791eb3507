/* SPDX-License-Identifier: MIT */
/* Undoing a revoke. */
#ifndef APITOKEN_RULES_EDIT_UNREVOKE_H
#define APITOKEN_RULES_EDIT_UNREVOKE_H

#include "rules/token_edit.h"

struct atk_undo {
    int64_t now_ms;
    bool is_admin; /* may undo what an administrator did */
};

/*
 * An atk_edit_fn; the context is a struct atk_undo. The token is what it was, but without its older
 * secret and its sealed copy; if its owner is blocked by now, so is the token. APITOKEN_E_UNDO,
 * APITOKEN_E_ADMIN, APITOKEN_E_LIVE_LIMIT.
 */
int atk_edit_unrevoke(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                      struct atk_row *row, apitoken_error *err);

#endif
