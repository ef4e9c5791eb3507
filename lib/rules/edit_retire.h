/* SPDX-License-Identifier: MIT */
/* Retiring a key: what becomes of the tokens that were made with it. */
#ifndef APITOKEN_RULES_EDIT_RETIRE_H
#define APITOKEN_RULES_EDIT_RETIRE_H

#include "rules/edit_revoke.h"

struct atk_retirement {
    uint32_t key_id, active_id;
    bool ends_live;                   /* also tokens and secrets that are still valid */
    struct atk_revocation revocation; /* of the tokens that end: a final one */
};

/* What of a token needs a key. */
enum atk_key_need {
    ATK_KEY_NOT_NEEDED,
    ATK_KEY_NEEDED_BY_OLDER, /* only its older secret */
    ATK_KEY_NEEDED_BY_TOKEN
};
enum atk_key_need atk_key_need_of(const struct atk_hot *hot, uint32_t key_id);

/* Whether it needs the key, and is live with that. */
bool atk_key_need_is_live(const struct atk_hot *hot, uint32_t key_id, int64_t now_ms);

/*
 * An atk_edit_fn; the context is a struct atk_retirement. A token of the key is revoked, if it is
 * not already, and for good: no secret fits it any more. Of another one an older secret of the key
 * ends. APITOKEN_E_KEY_USED: that is still valid, and is not to end.
 */
int atk_edit_retire(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                    struct atk_row *row, apitoken_error *err);

#endif
