/* SPDX-License-Identifier: MIT */
#include "rules/edit_purge.h"

#include "rules/text.h"
#include "rules/token_state.h"

/* A reason that is not known may be one for which a newer version undoes a revoke. */
static bool may_be_undone(const struct atk_purging *purging, const struct atk_policy *policy,
                          const struct atk_row_view *row) {
    if (!(row->flags & ATK_FLAG_REVOKED) || row->flags & ATK_FLAG_FINAL) return false;
    if (row->reason_code == APITOKEN_REASON_EXPOSED) return false;
    if (atk_end_is_past(row->undo_until_ms, purging->now_ms)) return false;
    return !policy || atk_ms_is_recent(row->revoked_ms, policy->undo_ms, purging->now_ms);
}

/* When a revoked token ended may stand in a form of the part that only a newer version knows. */
static bool has_readable_end(const struct atk_row_view *row) {
    return !row->is_newer || (row->flags & ATK_FLAG_REVOKED && row->revoked_ms > 0);
}

static bool has_ended(const struct atk_purging *purging, const struct atk_row_view *row) {
    return atk_ms_is_before(row->end_ms, purging->ended_before_ms) ||
           (row->flags & ATK_FLAG_REVOKED &&
            atk_ms_is_before(row->revoked_ms, purging->ended_before_ms));
}

enum atk_purge_verdict atk_purge_judge(const struct atk_purging *purging,
                                       const struct atk_policy *policy,
                                       const struct atk_row_view *row) {
    if (!has_ended(purging, row)) return ATK_PURGE_NOT_ENDED;
    if (!has_readable_end(row) || may_be_undone(purging, policy, row)) return ATK_PURGE_KEPT;
    return atk_id_tick(row->id) > purging->tick_max ? ATK_PURGE_KEPT : ATK_PURGE_REMOVED;
}

int atk_edit_purge(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                   struct atk_row *row, apitoken_error *err) {
    struct atk_row_view view = atk_row_view_of(row);
    (void)err;
    view.is_newer |= hot->is_newer;
    return atk_purge_judge(ctx, facts->policy, &view) == ATK_PURGE_REMOVED ? ATK_EDIT_REMOVED
                                                                           : ATK_EDIT_UNCHANGED;
}
