/* SPDX-License-Identifier: MIT */
#include "rules/token_state.h"

int atk_denying_state(unsigned flags) {
    if (flags & ATK_FLAG_REVOKED) return APITOKEN_STATE_REVOKED;
    return flags & ATK_FLAG_BLOCKED ? APITOKEN_STATE_BLOCKED : APITOKEN_STATE_SUSPENDED;
}

bool atk_zone_start_is_plausible(int64_t start_ms, int64_t utc_start_ms) {
    return start_ms >= utc_start_ms - ATK_ZONE_SLACK_MS &&
           start_ms <= utc_start_ms + ATK_ZONE_SLACK_MS;
}

int64_t atk_end_cap(int64_t end_ms) {
    if (end_ms < 1) return 1;
    return end_ms > ATK_MS_MAX ? ATK_MS_MAX : end_ms;
}

int64_t atk_end_after(int64_t from_ms, int64_t span_ms) {
    return span_ms == ATK_NO_LIMIT ? ATK_END_NEVER : atk_end_cap(from_ms + span_ms);
}
