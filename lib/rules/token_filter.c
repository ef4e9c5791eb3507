/* SPDX-License-Identifier: MIT */
#include "rules/token_filter.h"

#include <string.h>

#include "base/ascii.h"
#include "rules/token_state.h"

void atk_token_filter_set_name(struct atk_token_filter *filter, const char *text, size_t len) {
    for (size_t i = 0; i < len; i++) filter->name[i] = atk_ascii_lower(text[i]);
    filter->name_len = len;
}

const char *atk_token_filter_fault(const struct atk_token_filter *filter) {
    const int64_t from = filter->created_from_ms, before = filter->created_before_ms;
    const int64_t times[] = { filter->expires_before_ms, from, before, filter->unused_since_ms };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        if (!atk_ms_is_valid(times[i])) return "an instant is outside the years 1970 to 9999";
    if (filter->flags & APITOKEN_FILTER_NEVER_EXPIRES && filter->expires_before_ms)
        return "a token that never expires does not expire before an instant";
    if (filter->flags & APITOKEN_FILTER_NEVER_USED && filter->unused_since_ms)
        return "a token that was never used was not last used before an instant";
    if (from && before && !atk_ms_is_before(from, before))
        return "no token was created from one instant on and before an earlier or the same one";
    return NULL;
}

/* Whether the text begins with the bytes, which are in lower case. */
static bool begins_with(const char *text, const char *bytes, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (atk_ascii_lower(text[i]) != bytes[i]) return false;
    return true;
}

static bool name_contains(const struct atk_row_view *row, const char *bytes, size_t len) {
    for (size_t at = 0; at + len <= row->name_len; at++)
        if (begins_with(row->name + at, bytes, len)) return true;
    return false;
}

static bool has_state(const struct atk_token_filter *filter, const struct atk_row_view *row,
                      int64_t now_ms) {
    const int state = atk_token_state(row->flags, row->is_newer, row->end_ms, now_ms);
    return ((uint32_t)state & filter->states) != 0;
}

static bool keeps_times(const struct atk_token_filter *filter, const struct atk_row_view *row) {
    if (filter->flags & APITOKEN_FILTER_NEVER_EXPIRES && row->end_ms != ATK_END_NEVER) return false;
    if (filter->expires_before_ms && !atk_end_is_past(row->end_ms, filter->expires_before_ms))
        return false;
    if (atk_ms_is_before(row->created_ms, filter->created_from_ms)) return false;
    return !filter->created_before_ms ||
           atk_ms_is_before(row->created_ms, filter->created_before_ms);
}

static bool keeps_outside(const struct atk_token_filter *filter, const struct atk_row_view *row) {
    if (!(filter->flags & APITOKEN_FILTER_OUTSIDE_POLICY)) return true;
    const int64_t made_ms = atk_parts_find_ms(row->parts, row->parts_len, ATK_PART_SECRET_MADE);
    return atk_policy_is_outside(&filter->policy, row->expiry_kind, row->end_ms,
                                 made_ms ? made_ms : row->created_ms);
}

bool atk_token_filter_keeps_row(const struct atk_token_filter *filter,
                                const struct atk_row_view *row, int64_t now_ms) {
    return has_state(filter, row, now_ms) && keeps_times(filter, row) &&
           keeps_outside(filter, row) && name_contains(row, filter->name, filter->name_len);
}

bool atk_token_filter_keeps_use(const struct atk_token_filter *filter, int64_t last_used_ms) {
    if (filter->flags & APITOKEN_FILTER_NEVER_USED && last_used_ms != 0) return false;
    return !filter->unused_since_ms || !atk_use_may_be_since(last_used_ms, filter->unused_since_ms);
}
