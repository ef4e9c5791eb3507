/* SPDX-License-Identifier: MIT */
#include "rules/edit_retire.h"

#include "base/attr.h"
#include "base/error.h"
#include "rules/older_secret.h"
#include "rules/token_pair.h"
#include "rules/token_state.h"

/* One in the form of a newer version names no key that this version could find. */
static bool has_older_of(const struct atk_hot *hot, uint32_t key_id,
                         struct atk_older_secret *ret_older) {
    return atk_older_secret_get(hot->parts, hot->parts_len, ret_older) &&
           ret_older->key_id == key_id;
}

enum atk_key_need atk_key_need_of(const struct atk_hot *hot, uint32_t key_id) {
    struct atk_older_secret older;
    if (hot->key_id == key_id) return ATK_KEY_NEEDED_BY_TOKEN;
    return has_older_of(hot, key_id, &older) ? ATK_KEY_NEEDED_BY_OLDER : ATK_KEY_NOT_NEEDED;
}

bool atk_key_need_is_live(const struct atk_hot *hot, uint32_t key_id, int64_t now_ms) {
    struct atk_older_secret older;
    if (!atk_token_is_live(hot->flags, hot->end_ms, now_ms)) return false;
    if (hot->key_id == key_id) return true;
    return has_older_of(hot, key_id, &older) && !atk_end_is_past(older.until_ms, now_ms);
}

/* The copy goes with the revoke, so nothing is left that was made with the key. */
static int end_token(const struct atk_retirement *r, const struct atk_edit_facts *facts,
                     struct atk_hot *hot, struct atk_row *row, apitoken_error *err) {
    ATK_TRY(atk_edit_revoke(&r->revocation, facts, hot, row, err));
    hot->key_id = r->active_id;
    return ATK_EDIT_CHANGED;
}

/* Only a revoke repairs two records that do not agree. */
static int require_pair(const struct atk_hot *hot, const struct atk_row *row, apitoken_error *err) {
    if (atk_records_agree(hot, row)) return 0;
    return atk_fail(err, APITOKEN_E_DAMAGED, "the token's two records do not agree: revoke it");
}

int atk_edit_retire(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                    struct atk_row *row, apitoken_error *err) {
    const struct atk_retirement *r = ctx;
    const enum atk_key_need need = atk_key_need_of(hot, r->key_id);
    if (need == ATK_KEY_NOT_NEEDED) return ATK_EDIT_UNCHANGED;
    if (!r->ends_live && atk_key_need_is_live(hot, r->key_id, r->revocation.revoked_ms))
        return atk_fail_item(err, APITOKEN_E_KEY_USED, r->key_id, "the token needs key %lu",
                             (unsigned long)r->key_id);
    if (need == ATK_KEY_NEEDED_BY_TOKEN) return end_token(r, facts, hot, row, err);
    ATK_TRY(require_pair(hot, row, err));
    return atk_edit_end_older(facts, hot, row) ? ATK_EDIT_CHANGED : ATK_EDIT_UNCHANGED;
}
