/* SPDX-License-Identifier: MIT */
#include "rules/carry_secrets.h"

#include <string.h>

#include "rules/older_secret.h"
#include "rules/token_edit.h"

static int64_t earlier(int64_t a, int64_t b) { return a < b ? a : b; }

static bool is_of_secret(uint8_t type) {
    return (type & (ATK_PART_IGNORABLE - 1u)) >= ATK_SECRET_NEWEST;
}

/* Takes over the parts that belong to secrets, also those that only a newer version knows. */
static bool take_parts(const uint8_t *parts, size_t len, struct atk_parts to) {
    struct atk_reader r = atk_reader_of(parts, len);
    struct atk_part part = { 0, 0, NULL };
    while (r.left > 0 && atk_part_get(&r, part.type, &part))
        if (is_of_secret(part.type) && !atk_parts_set(to, part.type, part.value, part.len))
            return false;
    return true;
}

/* A row that was lost takes the sealed copy with it. */
static bool take_row_parts(const struct atk_row *from, struct atk_row *row) {
    row->sealed_len = 0;
    if (!from) return true;
    row->sealed_key_id = from->sealed_key_id;
    row->sealed_len = from->sealed_len;
    memcpy(row->sealed, from->sealed, from->sealed_len);
    const int64_t made_ms = atk_parts_find_ms(from->other, from->other_len, ATK_PART_SECRET_MADE),
                  used_ms = atk_parts_find_ms(from->other, from->other_len, ATK_PART_USED_BEFORE);
    return take_parts(from->other, from->other_len, atk_row_parts(row)) &&
           (made_ms == 0 || atk_parts_set_ms(atk_row_parts(row), ATK_PART_SECRET_MADE, made_ms)) &&
           (used_ms == 0 || atk_parts_set_ms(atk_row_parts(row), ATK_PART_USED_BEFORE, used_ms));
}

static bool take_secrets(const struct atk_hot *from, const struct atk_row *from_row,
                         struct atk_hot *hot, struct atk_row *row) {
    atk_parts_drop_secret(atk_hot_parts(hot), ATK_SECRETS_BOTH);
    atk_parts_drop_secret(atk_row_parts(row), ATK_SECRETS_BOTH);
    hot->key_id = from->key_id;
    memcpy(hot->verifier, from->verifier, sizeof hot->verifier);
    hot->flags = (uint8_t)((hot->flags & ~ATK_FLAG_WORD) | (from->flags & ATK_FLAG_WORD));
    return take_parts(from->parts, from->parts_len, atk_hot_parts(hot)) &&
           take_row_parts(from_row, row);
}

static void drop_older(struct atk_hot *hot, struct atk_row *row) {
    atk_parts_drop_secret(atk_hot_parts(hot), ATK_SECRET_OLDER);
    atk_parts_drop_secret(atk_row_parts(row), ATK_SECRET_OLDER);
}

/* Ends the older secret no later than the token, and than that of the replaced store says. */
static bool limit_older(int64_t until_ms, struct atk_hot *hot) {
    struct atk_older_secret older;
    if (!atk_older_secret_get(hot->parts, hot->parts_len, &older)) return false;
    const int64_t limit_ms = earlier(until_ms, hot->end_ms);
    if (older.until_ms <= limit_ms) return false;
    older.until_ms = limit_ms;
    return atk_older_secret_set(hot, &older); /* in the place that it has */
}

/* Whether two older secrets are the same one; with a row alone its mark must do. */
static bool is_same_older(const struct atk_secrets_proof *proof, const struct atk_hot *hot,
                          int64_t *ret_until_ms) {
    struct atk_older_secret own, newest, shown;
    *ret_until_ms = ATK_END_NEVER;
    if (!atk_older_secret_get(hot->parts, hot->parts_len, &own)) return false;
    if (proof->hot) {
        if (!atk_older_secret_get(proof->hot->parts, proof->hot->parts_len, &newest) ||
            memcmp(newest.verifier, own.verifier, sizeof own.verifier) != 0)
            return false;
        *ret_until_ms = newest.until_ms;
    }
    if (!proof->row) return true;
    if (!atk_older_secret_get_shown(proof->row->other, proof->row->other_len, &shown) ||
        shown.mark != own.mark)
        return false;
    *ret_until_ms = earlier(*ret_until_ms, shown.until_ms);
    return true;
}

/* The newest secret is the same: of the older one both must know. */
static enum atk_secrets_carried narrow_older(const struct atk_secrets_proof *proof,
                                             struct atk_hot *hot, struct atk_row *row) {
    struct atk_part part;
    int64_t until_ms;
    if (!atk_parts_find(hot->parts, hot->parts_len, ATK_PART_OLDER_SECRET, &part))
        return ATK_SECRETS_SAME;
    if (is_same_older(proof, hot, &until_ms))
        return limit_older(until_ms, hot) ? ATK_SECRETS_OLDER_ENDED : ATK_SECRETS_SAME;
    drop_older(hot, row);
    return ATK_SECRETS_OLDER_ENDED;
}

/* Only a row was found, and it is of another secret: that of the backup may be the older one. */
static enum atk_secrets_carried end_newest(const struct atk_row *proof, struct atk_hot *hot,
                                           struct atk_row *row) {
    struct atk_older_secret shown;
    drop_older(hot, row);
    if (!atk_older_secret_get_shown(proof->other, proof->other_len, &shown) ||
        shown.mark != atk_mark_of(hot->verifier))
        return ATK_SECRETS_DEAD;
    if (shown.until_ms < hot->end_ms) {
        const struct atk_end end = { .ms = shown.until_ms, .kind = APITOKEN_EXPIRY_INSTANT };
        (void)atk_edit_set_end(&end, hot, row);
    }
    return ATK_SECRETS_REPLACED;
}

static enum atk_secrets_carried replace_secrets(const struct atk_secrets_proof *proof,
                                                struct atk_hot *hot, struct atk_row *row) {
    int64_t until_ms;
    if (!take_secrets(proof->hot, proof->row, hot, row)) return ATK_SECRETS_NO_ROOM;
    if (is_same_older(proof, hot, &until_ms))
        (void)limit_older(until_ms, hot);
    else
        drop_older(hot, row);
    return ATK_SECRETS_REPLACED;
}

enum atk_secrets_carried atk_carry_secrets(const struct atk_secrets_proof *proof,
                                           struct atk_hot *hot, struct atk_row *row) {
    struct atk_secrets_proof newest = *proof;
    /* a hot record from before the secret was replaced */
    if (newest.hot && newest.row && atk_mark_of(newest.hot->verifier) != newest.row->mark)
        newest.hot = NULL;
    if (newest.hot)
        return memcmp(newest.hot->verifier, hot->verifier, sizeof hot->verifier) == 0
                   ? narrow_older(&newest, hot, row)
                   : replace_secrets(&newest, hot, row);
    return newest.row->mark == atk_mark_of(hot->verifier) ? narrow_older(&newest, hot, row)
                                                          : end_newest(newest.row, hot, row);
}
