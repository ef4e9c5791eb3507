/* SPDX-License-Identifier: MIT */
#include "rules/edit_rotate.h"

#include <string.h>

#include "base/error.h"
#include "rules/older_secret.h"
#include "rules/token_state.h"

static int require_rotatable(const struct atk_rotation *r, const struct atk_edit_facts *facts,
                             const struct atk_hot *hot, apitoken_error *err) {
    ATK_TRY(atk_edit_require_unrevoked(hot, err));
    ATK_TRY(atk_edit_require_revision(r->revision, hot, err));
    ATK_TRY(atk_edit_require_known(hot, err));
    if (facts->is_owner_blocked) return atk_fail(err, APITOKEN_E_OWNER_BLOCKED, NULL);
    if (!atk_policy_allows_grace(facts->policy, r->grace_ms))
        return atk_fail_field(err, APITOKEN_E_GRACE, APITOKEN_FIELD_GRACE, 0,
                              "the grace is longer than the store's policy allows");
    if (r->has_end && r->flags & APITOKEN_ROTATE_REVIVE) return 0;
    return atk_edit_require_unexpired(hot, r->now_ms, err);
}

static int64_t earlier(int64_t a, int64_t b) { return a < b ? a : b; }

static bool has_valid_older(const struct atk_hot *hot, int64_t now_ms) {
    struct atk_older_secret older;
    return atk_older_secret_get(hot->parts, hot->parts_len, &older) &&
           !atk_end_is_past(older.until_ms, now_ms);
}

/*
 * The newest secret becomes the older one, until its grace or its token ends; without a grace it
 * ends with those before it. The new one will note its uses in the other word of the slot.
 */
static bool supersede_newest(const struct atk_rotation *r, struct atk_hot *hot,
                             struct atk_row *row) {
    struct atk_older_secret older = { .key_id = hot->key_id, .suite = ATK_SUITE };
    memcpy(older.verifier, hot->verifier, sizeof older.verifier);
    older.until_ms = earlier(hot->end_ms, atk_end_cap(r->now_ms + r->grace_ms));
    atk_parts_drop_secret(atk_hot_parts(hot), ATK_SECRET_OLDER);
    atk_parts_drop_secret(atk_row_parts(row), ATK_SECRET_OLDER);
    hot->flags ^= ATK_FLAG_WORD;
    return atk_end_is_past(older.until_ms, r->now_ms) || atk_older_secret_set(hot, &older);
}

static void put_new_secret(const struct atk_rotation *r, struct atk_hot *hot, struct atk_row *row) {
    atk_parts_drop_secret(atk_hot_parts(hot), ATK_SECRET_NEWEST);
    atk_parts_drop_secret(atk_row_parts(row), ATK_SECRET_NEWEST);
    hot->key_id = r->key_id;
    memcpy(hot->verifier, r->verifier, sizeof hot->verifier);
    row->sealed_key_id = r->key_id;
    row->sealed_len = r->sealed_len;
    memcpy(row->sealed, r->sealed, r->sealed_len);
}

/* When the new secret was made, and the last use of those whose word it may take. */
static bool note_times(const struct atk_rotation *r, const struct atk_edit_facts *facts,
                       struct atk_row *row) {
    return atk_parts_set_ms(atk_row_parts(row), ATK_PART_SECRET_MADE, r->now_ms) &&
           (facts->last_used_ms == 0 ||
            atk_parts_set_ms(atk_row_parts(row), ATK_PART_USED_BEFORE, facts->last_used_ms));
}

/* A token that was expired is one more live token. */
static int set_end(const struct atk_rotation *r, const struct atk_edit_facts *facts,
                   struct atk_hot *hot, struct atk_row *row, apitoken_error *err) {
    const bool was_expired = atk_end_is_past(hot->end_ms, r->now_ms);
    (void)atk_edit_set_end(&r->end, hot, row);
    return was_expired ? atk_edit_require_room(facts, err) : 0;
}

int atk_edit_rotate(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                    struct atk_row *row, apitoken_error *err) {
    const struct atk_rotation *r = ctx;
    ATK_TRY(require_rotatable(r, facts, hot, err));
    const bool has_older = has_valid_older(hot, r->now_ms),
               keeps_older = has_older && r->flags & APITOKEN_ROTATE_KEEP_OLDER;
    if (has_older && r->grace_ms > 0 &&
        !(r->flags & (APITOKEN_ROTATE_KEEP_OLDER | APITOKEN_ROTATE_DROP_OLDER)))
        return atk_fail(err, APITOKEN_E_ROTATING, NULL);
    if (!note_times(r, facts, row) || (!keeps_older && !supersede_newest(r, hot, row)))
        return atk_fail(err, APITOKEN_E_SCHEMA, "what newer versions stored leaves no room");
    put_new_secret(r, hot, row);
    if (r->has_end) ATK_TRY(set_end(r, facts, hot, row, err));
    ATK_TRY(atk_edit_require_allowed_end(facts->policy, row, r->now_ms, err));
    return ATK_EDIT_CHANGED;
}
