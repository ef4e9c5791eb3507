/* SPDX-License-Identifier: MIT */
#include "rules/edit_revoke_secret.h"

#include "rules/older_secret.h"
#include "rules/token_state.h"

/* In a time that does not depend on the bytes. */
static bool is_same_verifier(const uint8_t a[ATK_VERIFIER_LEN], const uint8_t b[ATK_VERIFIER_LEN]) {
    unsigned differing = 0;
    for (size_t i = 0; i < ATK_VERIFIER_LEN; i++) differing |= (unsigned)a[i] ^ b[i];
    return differing == 0;
}

int atk_edit_revoke_newest(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                           struct atk_row *row, apitoken_error *err) {
    const struct atk_secret_revocation *r = ctx;
    *r->ret_ended = APITOKEN_ENDED_NOTHING;
    if (!is_same_verifier(hot->verifier, r->verifier)) return ATK_EDIT_UNCHANGED;
    *r->ret_ended = hot->flags & ATK_FLAG_REVOKED ? APITOKEN_ENDED_ALREADY : APITOKEN_ENDED_TOKEN;
    return atk_edit_revoke(r->revocation, facts, hot, row, err);
}

int atk_edit_revoke_older(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                          struct atk_row *row, apitoken_error *err) {
    const struct atk_secret_revocation *r = ctx;
    struct atk_older_secret older;
    (void)err;
    *r->ret_ended = APITOKEN_ENDED_NOTHING;
    if (!atk_older_secret_get(hot->parts, hot->parts_len, &older) ||
        !is_same_verifier(older.verifier, r->verifier) ||
        atk_end_is_past(older.until_ms, r->revocation->revoked_ms))
        return ATK_EDIT_UNCHANGED;
    *r->ret_ended = APITOKEN_ENDED_OLDER_SECRET;
    return atk_edit_end_older(facts, hot, row) ? ATK_EDIT_CHANGED : ATK_EDIT_UNCHANGED;
}
