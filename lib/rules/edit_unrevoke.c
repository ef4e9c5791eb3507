/* SPDX-License-Identifier: MIT */
#include "rules/edit_unrevoke.h"

#include "base/error.h"
#include "rules/token_state.h"

static bool is_of_administrator(const struct atk_row *row) {
    return row->reason_code == APITOKEN_REASON_ADMINISTRATOR ||
           row->reason_code == APITOKEN_REASON_OWNER_GONE;
}

static int require_undoable(const struct atk_undo *undo, const struct atk_edit_facts *facts,
                            const struct atk_hot *hot, const struct atk_row *row,
                            apitoken_error *err) {
    if (hot->is_newer) return atk_fail(err, APITOKEN_E_SCHEMA, "the token is of a newer version");
    if (hot->flags & ATK_FLAG_FINAL)
        return atk_fail(err, APITOKEN_E_UNDO, "the revocation of the token is final");
    if (row->reason_code > APITOKEN_REASON_ADMINISTRATOR)
        return atk_fail(err, APITOKEN_E_UNDO, "the token was revoked for an unknown reason");
    if (is_of_administrator(row) && !undo->is_admin) return atk_fail(err, APITOKEN_E_ADMIN, NULL);
    if (atk_end_is_past(row->undo_until_ms, undo->now_ms) ||
        !atk_policy_allows_undo(facts->policy, row, undo->now_ms))
        return atk_fail(err, APITOKEN_E_UNDO, "the time for an undo is over");
    if (atk_end_is_past(hot->end_ms, undo->now_ms)) return 0; /* it is not live */
    return atk_edit_require_room(facts, err);
}

int atk_edit_unrevoke(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                      struct atk_row *row, apitoken_error *err) {
    const struct atk_undo *undo = ctx;
    if (!(hot->flags & ATK_FLAG_REVOKED)) return ATK_EDIT_UNCHANGED;
    ATK_TRY(require_undoable(undo, facts, hot, row, err));
    hot->flags &= (uint8_t)~ATK_FLAG_REVOKED;
    row->flags &= (uint8_t)~ATK_FLAG_REVOKED;
    /* an unblock may have passed it by, and would not come back */
    if (facts->is_owner_blocked && !facts->is_owner_unblocking) hot->flags |= ATK_FLAG_BLOCKED;
    row->revoked_ms = row->undo_until_ms = 0;
    row->reason_code = 0;
    row->reason_len = 0;
    return ATK_EDIT_CHANGED;
}
