/* SPDX-License-Identifier: MIT */
#include "state.h"

int atk_state(int is_revoked, int64_t end_ms, int64_t now_ms) {
    if (is_revoked) return APITOKEN_STATE_REVOKED;
    return now_ms < end_ms ? APITOKEN_STATE_VALID : APITOKEN_STATE_EXPIRED;
}

int atk_is_past(int64_t end_ms, int64_t now_ms) { return end_ms <= now_ms; }

int atk_ms_is_valid(int64_t ms) { return ms >= 0 && ms <= ATK_MS_MAX; }

int atk_zone_start_is_plausible(int64_t start_ms, int64_t utc_start_ms) {
    return start_ms >= utc_start_ms - ATK_ZONE_SLACK_MS && start_ms <= utc_start_ms + ATK_ZONE_SLACK_MS;
}

int64_t atk_state_cap_end(int64_t end_ms) {
    if (end_ms < 1) return 1;
    return end_ms > ATK_MS_MAX ? ATK_MS_MAX : end_ms;
}
