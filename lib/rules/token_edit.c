/* SPDX-License-Identifier: MIT */
#include "rules/token_edit.h"

#include <string.h>

#include "base/error.h"
#include "rules/older_secret.h"
#include "rules/token_state.h"

int atk_edit_require_revision(uint32_t revision, const struct atk_hot *hot, apitoken_error *err) {
    if (revision == 0 || revision == hot->revision) return 0;
    return atk_fail_field(err, APITOKEN_E_REVISION, APITOKEN_FIELD_REVISION, 0,
                          "the token was changed: its revision is %lu, not %lu",
                          (unsigned long)hot->revision, (unsigned long)revision);
}

int atk_edit_require_unrevoked(const struct atk_hot *hot, apitoken_error *err) {
    return hot->flags & ATK_FLAG_REVOKED ? atk_fail(err, APITOKEN_E_CHANGE_REVOKED, NULL) : 0;
}

int atk_edit_require_known(const struct atk_hot *hot, apitoken_error *err) {
    return hot->is_newer ? atk_fail(err, APITOKEN_E_SCHEMA, "the token is of a newer version") : 0;
}

int atk_edit_require_unexpired(const struct atk_hot *hot, int64_t now_ms, apitoken_error *err) {
    return atk_end_is_past(hot->end_ms, now_ms) ? atk_fail(err, APITOKEN_E_CHANGE_EXPIRED, NULL)
                                                : 0;
}

struct atk_end atk_edit_default_end(const struct atk_policy *policy, int64_t now_ms) {
    const int64_t end_ms = atk_policy_default_end(policy, now_ms);
    const bool is_never = end_ms == ATK_END_NEVER;
    return (struct atk_end){ .ms = end_ms,
                             .kind = is_never ? APITOKEN_EXPIRY_NEVER : APITOKEN_EXPIRY_INSTANT };
}

int atk_edit_require_allowed_end(const struct atk_policy *policy, const struct atk_row *row,
                                 int64_t made_ms, apitoken_error *err) {
    if (!atk_policy_is_outside(policy, row->expiry_kind, row->end_ms, made_ms)) return 0;
    return atk_fail_field(err, APITOKEN_E_LIFETIME, APITOKEN_FIELD_EXPIRY, 0, NULL);
}

int atk_edit_require_room(const struct atk_edit_facts *facts, apitoken_error *err) {
    if (atk_policy_allows_another(facts->policy, facts->live)) return 0;
    return atk_fail(err, APITOKEN_E_LIVE_LIMIT, "the owner has %llu live tokens already",
                    (unsigned long long)facts->live);
}

bool atk_edit_end_older(const struct atk_edit_facts *facts, struct atk_hot *hot,
                        struct atk_row *row) {
    const uint16_t hot_len = hot->parts_len, row_len = row->other_len;
    atk_parts_drop_secret(atk_hot_parts(hot), ATK_SECRET_OLDER);
    atk_parts_drop_secret(atk_row_parts(row), ATK_SECRET_OLDER);
    if (hot->parts_len == hot_len && row->other_len == row_len) return false;
    /* without room, as newer versions took it: no reason to refuse a denial */
    if (facts->last_used_ms > 0)
        (void)atk_parts_set_ms(atk_row_parts(row), ATK_PART_USED_BEFORE, facts->last_used_ms);
    return true;
}

/* An older secret never outlives its token. */
static void bring_older_forward(struct atk_hot *hot, int64_t end_ms) {
    struct atk_older_secret older;
    if (!atk_older_secret_get(hot->parts, hot->parts_len, &older) || older.until_ms <= end_ms)
        return;
    older.until_ms = end_ms;
    (void)atk_older_secret_set(hot, &older); /* in the place that it has */
}

static bool has_end(const struct atk_end *end, const struct atk_hot *hot,
                    const struct atk_row *row) {
    return hot->end_ms == end->ms && row->end_ms == end->ms && row->expiry_kind == end->kind &&
           row->day == end->day && row->zone_len == end->zone_len &&
           (end->zone_len == 0 || memcmp(row->zone, end->zone, end->zone_len) == 0);
}

bool atk_edit_set_end(const struct atk_end *end, struct atk_hot *hot, struct atk_row *row) {
    if (has_end(end, hot, row)) return false;
    hot->end_ms = row->end_ms = end->ms;
    row->expiry_kind = end->kind;
    row->day = end->day;
    row->zone_len = end->zone_len;
    if (end->zone_len) memcpy(row->zone, end->zone, end->zone_len);
    bring_older_forward(hot, end->ms);
    return true;
}
