/* SPDX-License-Identifier: MIT */
#include "rules/edit_revoke.h"

#include <string.h>

#include "rules/token_state.h"

void atk_revoke_hot(struct atk_hot *hot) {
    hot->flags |= ATK_FLAG_REVOKED;
    if (hot->is_newer) hot->flags |= ATK_FLAG_FINAL; /* what goes might have restricted it */
    atk_parts_drop_secret(atk_hot_parts(hot), ATK_SECRETS_BOTH);
}

void atk_revoke_row(struct atk_row *row, const struct atk_revocation *revocation) {
    row->flags |= ATK_FLAG_REVOKED;
    row->revoked_ms = revocation->revoked_ms;
    row->undo_until_ms = revocation->undo_until_ms;
    row->reason_code = revocation->code;
    row->reason_len = (uint16_t)revocation->reason_len;
    if (revocation->reason_len) memcpy(row->reason, revocation->reason, revocation->reason_len);
    row->sealed_len = 0;
    atk_parts_drop_secret(atk_row_parts(row), ATK_SECRETS_BOTH);
}

/* True if the revocation of the row said less. One in the form of a newer version stays. */
static bool add_exposed(struct atk_row *row, const struct atk_revocation *revocation) {
    struct atk_part newer;
    if (revocation->code != APITOKEN_REASON_EXPOSED || row->reason_code == revocation->code ||
        atk_parts_find(row->other, row->other_len, ATK_PART_REVOCATION, &newer))
        return false;
    row->reason_code = revocation->code;
    return true;
}

/* It can be undone as long as the policy of this moment says, whatever it says later. */
static void revoke_row_now(struct atk_row *row, const struct atk_revocation *revocation,
                           const struct atk_policy *policy) {
    atk_revoke_row(row, revocation);
    if (policy) row->undo_until_ms = atk_end_cap(atk_end_after(row->revoked_ms, policy->undo_ms));
}

int atk_edit_revoke(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                    struct atk_row *row, apitoken_error *err) {
    const struct atk_revocation *revocation = ctx;
    (void)err;
    const uint8_t flags = hot->flags;
    bool is_changed = !atk_records_agree(hot, row);
    (void)atk_edit_end_older(facts, hot, row);
    /* a revoked row beside a hot record that is not: an old hot record was put back */
    if (row->flags & ATK_FLAG_REVOKED)
        is_changed |= add_exposed(row, revocation);
    else
        revoke_row_now(row, revocation, facts->policy);
    hot->flags |= row->flags & ATK_FLAG_FINAL;
    if (atk_revocation_is_final(revocation)) hot->flags |= ATK_FLAG_FINAL;
    atk_revoke_hot(hot);
    return is_changed || hot->flags != flags ? ATK_EDIT_CHANGED : ATK_EDIT_UNCHANGED;
}
