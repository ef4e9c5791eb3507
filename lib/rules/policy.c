/* SPDX-License-Identifier: MIT */
#include "rules/policy.h"

#include "rules/token_state.h"

struct atk_policy atk_policy_default(void) {
    return (struct atk_policy){ .max_live = ATK_ANY_NUMBER,
                                .max_lifetime_ms = ATK_NO_LIMIT,
                                .default_expiry_ms = ATK_NO_LIMIT,
                                .undo_ms = ATK_UNDO_DEFAULT_MS,
                                .max_grace_ms = ATK_GRACE_MAX_MS,
                                .audit_retention_ms = ATK_AUDIT_RETENTION_DEFAULT_MS };
}

bool atk_policy_equals(const struct atk_policy *a, const struct atk_policy *b) {
    return a->flags == b->flags && a->max_live == b->max_live &&
           a->max_lifetime_ms == b->max_lifetime_ms &&
           a->default_expiry_ms == b->default_expiry_ms && a->undo_ms == b->undo_ms &&
           a->max_grace_ms == b->max_grace_ms && a->audit_retention_ms == b->audit_retention_ms;
}

/* A span that may be without a limit. */
static bool is_long_span(int64_t ms) {
    return ms == ATK_NO_LIMIT || (ms >= ATK_POLICY_SPAN_MIN_MS && ms <= ATK_MS_MAX);
}

static int64_t shorter(int64_t a, int64_t b) { return a < b ? a : b; }

enum atk_policy_value atk_policy_find_wrong(const struct atk_policy *policy) {
    if (policy->flags & ~ATK_POLICY_FLAGS_DEFINED) return ATK_POLICY_FLAGS;
    if (!is_long_span(policy->max_lifetime_ms)) return ATK_POLICY_MAX_LIFETIME;
    if (!is_long_span(policy->default_expiry_ms)) return ATK_POLICY_DEFAULT_EXPIRY;
    if (policy->default_expiry_ms != ATK_NO_LIMIT &&
        policy->default_expiry_ms > policy->max_lifetime_ms)
        return ATK_POLICY_DEFAULT_EXPIRY;
    if (policy->flags & ATK_POLICY_NEVER_FORBIDDEN &&
        shorter(policy->default_expiry_ms, policy->max_lifetime_ms) == ATK_NO_LIMIT)
        return ATK_POLICY_DEFAULT_EXPIRY;
    if (policy->max_live == 0) return ATK_POLICY_MAX_LIVE;
    if (policy->undo_ms < 0 || policy->undo_ms > ATK_UNDO_MAX_MS) return ATK_POLICY_UNDO;
    if (policy->max_grace_ms < 0 || policy->max_grace_ms > ATK_GRACE_MAX_MS)
        return ATK_POLICY_MAX_GRACE;
    if (policy->audit_retention_ms != 0 && !is_long_span(policy->audit_retention_ms))
        return ATK_POLICY_AUDIT_RETENTION;
    return ATK_POLICY_NONE;
}

int64_t atk_policy_default_end(const struct atk_policy *policy, int64_t now_ms) {
    return atk_end_after(now_ms, shorter(policy->default_expiry_ms, policy->max_lifetime_ms));
}

bool atk_policy_allows_end(const struct atk_policy *policy, int64_t end_ms, int64_t made_ms) {
    if (end_ms == ATK_END_NEVER && policy->flags & ATK_POLICY_NEVER_FORBIDDEN) return false;
    return atk_ms_is_within(end_ms, made_ms, policy->max_lifetime_ms);
}

bool atk_policy_is_outside(const struct atk_policy *policy, unsigned expiry_kind, int64_t end_ms,
                           int64_t made_ms) {
    if (expiry_kind == APITOKEN_EXPIRY_DAY) end_ms -= ATK_DAY_LONGEST_MS;
    return !atk_policy_allows_end(policy, end_ms, made_ms);
}

bool atk_policy_allows_grace(const struct atk_policy *policy, int64_t grace_ms) {
    return grace_ms >= 0 && grace_ms <= policy->max_grace_ms;
}

/* A reason that is not known may be graver than those that are. */
bool atk_policy_allows_undo(const struct atk_policy *policy, const struct atk_row *row,
                            int64_t now_ms) {
    if (!(row->flags & ATK_FLAG_REVOKED) || row->is_newer) return false;
    if (row->flags & ATK_FLAG_FINAL) return false;
    if (row->reason_code == APITOKEN_REASON_EXPOSED) return false;
    if (row->reason_code > APITOKEN_REASON_ADMINISTRATOR) return false;
    return atk_ms_is_recent(row->revoked_ms, policy->undo_ms, now_ms);
}

bool atk_policy_allows_another(const struct atk_policy *policy, uint64_t live) {
    return policy->max_live == ATK_ANY_NUMBER || live < policy->max_live;
}

bool atk_policy_keeps_audit(const struct atk_policy *policy, int64_t at_ms, int64_t now_ms) {
    return !atk_ms_is_old(at_ms, policy->audit_retention_ms, now_ms);
}
