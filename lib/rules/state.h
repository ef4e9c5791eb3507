/* SPDX-License-Identifier: MIT */
/*
 * What a token is at an instant. The only place of the library that compares times, so what a list
 * shows is what is enforced.
 */
#ifndef APITOKEN_RULES_STATE_H
#define APITOKEN_RULES_STATE_H

#include <stdint.h>

#include "base/limits.h"

/* APITOKEN_STATE_: revoked wins over expired; valid while now < end. */
static inline int atk_state(int is_revoked, int64_t end_ms, int64_t now_ms) {
    if (is_revoked) return APITOKEN_STATE_REVOKED;
    return now_ms < end_ms ? APITOKEN_STATE_VALID : APITOKEN_STATE_EXPIRED;
}

/* 1 if a token that ends at end_ms would be dead at once. */
static inline int atk_is_past(int64_t end_ms, int64_t now_ms) { return end_ms <= now_ms; }

/* 1 if an instant lies within the years 1970..9999. */
static inline int atk_ms_is_valid(int64_t ms) { return ms >= 0 && ms <= ATK_MS_MAX; }

/*
 * An end within the years 1970..9999: what lies outside can make no difference, as such a clock
 * denies.
 */
int64_t atk_state_cap_end(int64_t end_ms);

/* 1 if a zone's beginning of a day is plausible beside that of UTC. */
int atk_zone_start_is_plausible(int64_t start_ms, int64_t utc_start_ms);

#endif
