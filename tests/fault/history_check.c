/* SPDX-License-Identifier: MIT */
#include "history_check.h"

static void raise_to_at_least(int64_t *at, int64_t value) {
    if (value > *at) *at = value;
}

static void lower_to_at_most(int64_t *at, int64_t value) {
    if (value < *at) *at = value;
}

void history_add(struct history *history, const struct history_op *op) {
    switch ((enum history_kind)op->kind) {
    case HISTORY_CREATE:
        raise_to_at_least(&history->valid_after, op->begin);
        lower_to_at_most(&history->valid_before, op->end);
        break;
    case HISTORY_REVOKE:
        raise_to_at_least(&history->revoked_after, op->begin);
        lower_to_at_most(&history->revoked_before, op->end);
        break;
    /* at some moment within, it was valid: created before its end, revoked after its beginning */
    case HISTORY_YES:
        lower_to_at_most(&history->valid_before, op->end);
        raise_to_at_least(&history->revoked_after, op->begin);
        break;
    case HISTORY_REVOKED: lower_to_at_most(&history->revoked_before, op->end); break;
    case HISTORY_UNKNOWN: raise_to_at_least(&history->valid_after, op->begin); break;
    }
}

int history_is_violated(const struct history *history) {
    return history->valid_after > history->valid_before ||
           history->revoked_after > history->revoked_before ||
           history->valid_after > history->revoked_before;
}
