/* SPDX-License-Identifier: MIT */
#include "rules/edit_update.h"

#include <string.h>

#include "base/error.h"
#include "rules/older_secret.h"
#include "rules/token_state.h"

bool atk_update_is_denial(const struct atk_token_update *u) {
    return u->mask == 0 || (u->mask == APITOKEN_UPDATE_SUSPENDED && u->is_suspended);
}

static int require_editable(const struct atk_token_update *u, const struct atk_edit_facts *facts,
                            const struct atk_hot *hot, apitoken_error *err) {
    const bool is_denial = atk_update_is_denial(u);
    ATK_TRY(atk_edit_require_unrevoked(hot, err));
    ATK_TRY(atk_edit_require_revision(u->revision, hot, err));
    if (is_denial) return 0;
    ATK_TRY(atk_edit_require_known(hot, err));
    if (facts->is_owner_blocked) return atk_fail(err, APITOKEN_E_OWNER_BLOCKED, NULL);
    if (u->mask & APITOKEN_UPDATE_EXPIRY && !u->revives)
        return atk_edit_require_unexpired(hot, u->now_ms, err);
    return 0;
}

static bool set_name(const struct atk_token_update *u, struct atk_row *row) {
    if (row->name_len == u->name_len && memcmp(row->name, u->name, u->name_len) == 0) return false;
    row->name_len = (uint8_t)u->name_len;
    memcpy(row->name, u->name, u->name_len);
    return true;
}

static bool set_description(const struct atk_token_update *u, struct atk_row *row) {
    if (row->description_len == u->description_len &&
        (u->description_len == 0 ||
         memcmp(row->description, u->description, u->description_len) == 0))
        return false;
    row->description_len = (uint16_t)u->description_len;
    if (u->description_len) memcpy(row->description, u->description, u->description_len);
    return true;
}

static bool set_suspended(const struct atk_token_update *u, struct atk_hot *hot) {
    const uint8_t flags = (uint8_t)(u->is_suspended ? hot->flags | ATK_FLAG_SUSPENDED
                                                    : hot->flags & ~ATK_FLAG_SUSPENDED);
    const bool is_changed = flags != hot->flags;
    hot->flags = flags;
    return is_changed;
}

/* A part of this value, or none if the length is 0. The row takes it over from the hot record. */
static int set_part(struct atk_hot *hot, unsigned type, const uint8_t *value, size_t len,
                    bool *ret_changed, apitoken_error *err) {
    struct atk_part old = { 0, 0, NULL };
    const bool has_old = atk_parts_find(hot->parts, hot->parts_len, type, &old);
    if (has_old ? old.len == len && memcmp(old.value, value, len) == 0 : len == 0) return 0;
    *ret_changed = true;
    if (len == 0) {
        atk_parts_remove(atk_hot_parts(hot), type);
        return 0;
    }
    return atk_parts_set(atk_hot_parts(hot), type, value, len)
               ? 0
               : atk_fail(err, APITOKEN_E_SCHEMA, "what newer versions stored leaves no room");
}

static int set_parts(const struct atk_token_update *u, struct atk_hot *hot, bool *ret_changed,
                     apitoken_error *err) {
    if (u->mask & APITOKEN_UPDATE_INTERFACES)
        ATK_TRY(
            set_part(hot, ATK_PART_INTERFACES, u->interfaces, u->interfaces_len, ret_changed, err));
    if (u->mask & APITOKEN_UPDATE_NETWORKS)
        ATK_TRY(set_part(hot, ATK_PART_NETWORKS, u->networks, u->networks_len, ret_changed, err));
    if (u->mask & APITOKEN_UPDATE_DATA)
        ATK_TRY(set_part(hot, ATK_PART_DATA, u->data, u->data_len, ret_changed, err));
    return 0;
}

/* An end that is not later than before is allowed whatever the policy says by now. */
static int set_end(const struct atk_token_update *u, const struct atk_edit_facts *facts,
                   struct atk_hot *hot, struct atk_row *row, bool *ret_changed,
                   apitoken_error *err) {
    const int64_t before_ms = hot->end_ms;
    const struct atk_end end =
        u->takes_default_end ? atk_edit_default_end(facts->policy, u->now_ms) : u->end;
    if (!atk_edit_set_end(&end, hot, row)) return 0;
    *ret_changed = true;
    if (hot->end_ms <= before_ms) return 0;
    if (atk_end_is_past(before_ms, u->now_ms)) ATK_TRY(atk_edit_require_room(facts, err));
    return atk_edit_require_allowed_end(facts->policy, row, atk_row_secret_made_ms(row), err);
}

int atk_edit_update(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                    struct atk_row *row, apitoken_error *err) {
    const struct atk_token_update *u = ctx;
    bool is_changed = false;
    ATK_TRY(require_editable(u, facts, hot, err));
    if (u->mask & APITOKEN_UPDATE_NAME) is_changed |= set_name(u, row);
    if (u->mask & APITOKEN_UPDATE_DESCRIPTION) is_changed |= set_description(u, row);
    if (u->mask & APITOKEN_UPDATE_EXPIRY) ATK_TRY(set_end(u, facts, hot, row, &is_changed, err));
    if (u->mask & APITOKEN_UPDATE_SUSPENDED) is_changed |= set_suspended(u, hot);
    if (u->ends_older) is_changed |= atk_edit_end_older(facts, hot, row);
    ATK_TRY(set_parts(u, hot, &is_changed, err));
    return is_changed ? ATK_EDIT_CHANGED : ATK_EDIT_UNCHANGED;
}
