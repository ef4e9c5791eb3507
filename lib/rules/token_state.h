/* SPDX-License-Identifier: MIT */
/*
 * The state of a token at an instant. Times are compared here and nowhere else in the library, so
 * what a list shows is what validate enforces.
 */
#ifndef APITOKEN_RULES_TOKEN_STATE_H
#define APITOKEN_RULES_TOKEN_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/record.h"

/*
 * An APITOKEN_STATE_, from the flags of a record. A token is valid while now < end. Revoked takes
 * precedence over what only a newer version understands, and that over expired.
 */
static inline int atk_token_state(unsigned flags, bool is_newer, int64_t end_ms, int64_t now_ms) {
    if (flags & ATK_FLAG_REVOKED) return APITOKEN_STATE_REVOKED;
    if (is_newer) return APITOKEN_STATE_NEWER;
    return now_ms < end_ms ? APITOKEN_STATE_VALID : APITOKEN_STATE_EXPIRED;
}

/* Whether a token that ends at end_ms has expired. */
static inline bool atk_end_is_past(int64_t end_ms, int64_t now_ms) { return end_ms <= now_ms; }

/* Whether an instant is within the years 1970..9999. */
static inline bool atk_ms_is_valid(int64_t ms) { return ms >= 0 && ms <= ATK_MS_MAX; }

/*
 * Moves an end into the years 1970..9999. That changes no result: with a clock outside these years
 * validate fails.
 */
int64_t atk_end_cap(int64_t end_ms);

/* Whether a zone's start of a day is close enough to the start of that day in UTC. */
bool atk_zone_start_is_plausible(int64_t start_ms, int64_t utc_start_ms);

#endif
