/* SPDX-License-Identifier: MIT */
/*
 * The state of a token at an instant. Times are compared here and nowhere else in the library, so
 * what a list shows is what validate enforces.
 */
#ifndef APITOKEN_RULES_TOKEN_STATE_H
#define APITOKEN_RULES_TOKEN_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/record_hot.h"

/* The state of a token that is not to be accepted at any time: the strongest reason counts. */
int atk_denying_state(unsigned flags);

/*
 * An APITOKEN_STATE_, from the flags of a record. A token is valid while now < end. The strongest
 * state counts: revoked, newer (only a newer version understands it), blocked, suspended, expired.
 */
static inline int atk_token_state(unsigned flags, bool is_newer, int64_t end_ms, int64_t now_ms) {
    if ((flags & ATK_FLAGS_DENYING) | is_newer)
        return is_newer && !(flags & ATK_FLAG_REVOKED) ? APITOKEN_STATE_NEWER
                                                       : atk_denying_state(flags);
    return now_ms < end_ms ? APITOKEN_STATE_VALID : APITOKEN_STATE_EXPIRED;
}

/* Whether a token is neither revoked nor expired; a suspended or blocked one is live. */
static inline bool atk_token_is_live(unsigned flags, int64_t end_ms, int64_t now_ms) {
    return !(flags & ATK_FLAG_REVOKED) && now_ms < end_ms;
}

/* Whether a token or a secret that ends at end_ms has expired. */
static inline bool atk_end_is_past(int64_t end_ms, int64_t now_ms) { return end_ms <= now_ms; }

/*
 * Whether an instant is at most `span_ms` after another one. ATK_END_NEVER is so only if the span
 * is ATK_NO_LIMIT.
 */
static inline bool atk_ms_is_within(int64_t ms, int64_t from_ms, int64_t span_ms) {
    return ms - from_ms <= span_ms;
}

/*
 * Whether less than `span_ms` have passed since an instant. Not if it lies ahead: then the clock
 * was set back, and nobody knows how long ago it was.
 */
static inline bool atk_ms_is_recent(int64_t ms, int64_t span_ms, int64_t now_ms) {
    return ms <= now_ms && now_ms - ms < span_ms;
}

/* Whether `span_ms` or more have passed since an instant. Not if it lies ahead. */
static inline bool atk_ms_is_old(int64_t ms, int64_t span_ms, int64_t now_ms) {
    return ms <= now_ms && now_ms - ms >= span_ms;
}

static inline bool atk_ms_is_before(int64_t ms, int64_t limit_ms) { return ms < limit_ms; }

/*
 * Whether a token was used at or after an instant, as far as is known: its last use is noted to the
 * minute, and 0 means never.
 */
static inline bool atk_use_may_be_since(int64_t noted_ms, int64_t since_ms) {
    return noted_ms != 0 && noted_ms + ATK_MINUTE_MS > since_ms;
}

/* Whether an instant is within the years 1970..9999. */
static inline bool atk_ms_is_valid(int64_t ms) { return ms >= 0 && ms <= ATK_MS_MAX; }

/*
 * Moves an end into the years 1970..9999. That changes no result: with a clock outside these years
 * validate fails.
 */
int64_t atk_end_cap(int64_t end_ms);

/* The end of what lasts `span_ms` from an instant on; ATK_END_NEVER if that is ATK_NO_LIMIT. */
int64_t atk_end_after(int64_t from_ms, int64_t span_ms);

/* Whether a zone's start of a day is close enough to the start of that day in UTC. */
bool atk_zone_start_is_plausible(int64_t start_ms, int64_t utc_start_ms);

#endif
