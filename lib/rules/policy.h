/* SPDX-License-Identifier: MIT */
/*
 * The policy of a store: how long its tokens may be valid, how many of them there may be, what may
 * be undone. What it allows is decided here, for every verb.
 */
#ifndef APITOKEN_RULES_POLICY_H
#define APITOKEN_RULES_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/record_row.h"

#define ATK_POLICY_NEVER_FORBIDDEN 1u /* a token without an end is refused */
#define ATK_POLICY_FLAGS_DEFINED ATK_POLICY_NEVER_FORBIDDEN

struct atk_policy {
    uint32_t flags;
    uint32_t max_live;          /* live tokens of an owner, at least 1, or ATK_ANY_NUMBER */
    int64_t max_lifetime_ms;    /* from the making of the newest secret on, or ATK_NO_LIMIT */
    int64_t default_expiry_ms;  /* where no end is given, or ATK_NO_LIMIT */
    int64_t undo_ms;            /* for how long a revoke can be undone; 0 = never */
    int64_t max_grace_ms;       /* of the older secret after a rotate */
    int64_t audit_retention_ms; /* 0 = no audit records are written; ATK_NO_LIMIT = all are kept */
};

/* That of a store in which none was set. */
struct atk_policy atk_policy_default(void);

bool atk_policy_equals(const struct atk_policy *a, const struct atk_policy *b);

enum atk_policy_value {
    ATK_POLICY_NONE,
    ATK_POLICY_FLAGS,
    ATK_POLICY_MAX_LIVE,
    ATK_POLICY_MAX_LIFETIME,
    ATK_POLICY_DEFAULT_EXPIRY,
    ATK_POLICY_UNDO,
    ATK_POLICY_MAX_GRACE,
    ATK_POLICY_AUDIT_RETENTION
};

/*
 * The first value that is outside its limits, or ATK_POLICY_NONE. A default expiry that is longer
 * than the longest lifetime is, and so is none if there is no longest lifetime and a token must not
 * be valid for ever: every create that gives no end would fail.
 */
enum atk_policy_value atk_policy_find_wrong(const struct atk_policy *policy);

/*
 * The end of a token that is made now and for which none was given: by the default expiry or the
 * longest lifetime, whichever is shorter. It may be ATK_END_NEVER.
 */
int64_t atk_policy_default_end(const struct atk_policy *policy, int64_t now_ms);

/*
 * Whether a token whose newest secret was made at `made_ms` may end at `end_ms`. A last day is held
 * against its beginning, so that a lifetime of 30 days allows the 30th day from now: for one,
 * `end_ms` is the instant at which that day begins.
 */
bool atk_policy_allows_end(const struct atk_policy *policy, int64_t end_ms, int64_t made_ms);

/*
 * Whether a token that is stored ends later than the policy allows: it was made before the policy
 * was tightened. Says nothing about whether it is still valid. Here `end_ms` is the end also for a
 * day. When that day began only its zone knows, so it is taken for as long as days can be: a token
 * that was allowed is never outside, and one that ends up to three hours too late may not be.
 */
bool atk_policy_is_outside(const struct atk_policy *policy, unsigned expiry_kind, int64_t end_ms,
                           int64_t made_ms);

/* Whether an older secret may go on for so long. */
bool atk_policy_allows_grace(const struct atk_policy *policy, int64_t grace_ms);

/*
 * Whether the revoke of this token may still be undone. Never one that is final, or whose reason is
 * that the token was exposed; nor one that only a newer version understands.
 */
bool atk_policy_allows_undo(const struct atk_policy *policy, const struct atk_row *row,
                            int64_t now_ms);

/* Whether an owner who has so many live tokens may have one more. */
bool atk_policy_allows_another(const struct atk_policy *policy, uint64_t live);

/* Whether audit records are written, and whether one of this time is to be kept. */
static inline bool atk_policy_has_audit(const struct atk_policy *policy) {
    return policy->audit_retention_ms > 0;
}
bool atk_policy_keeps_audit(const struct atk_policy *policy, int64_t at_ms, int64_t now_ms);

#endif
