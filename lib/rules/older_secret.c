/* SPDX-License-Identifier: MIT */
#include "rules/older_secret.h"

#include <string.h>

#include "rules/token_state.h"

bool atk_older_secret_is_known(const uint8_t *value, size_t len, bool is_hot) {
    const size_t until_at = is_hot ? ATK_OLDER_SECRET_LEN - 8 : 0;
    if (len != (is_hot ? ATK_OLDER_SECRET_LEN : ATK_OLDER_SECRET_SHOWN_LEN)) return false;
    if (is_hot && value[ATK_VERIFIER_LEN + 4] != ATK_SUITE) return false;
    const int64_t until_ms = (int64_t)atk_le_at(value + until_at, 8);
    return until_ms > 0 && atk_ms_is_valid(until_ms);
}

bool atk_older_secret_get(const uint8_t *parts, size_t len, struct atk_older_secret *ret) {
    struct atk_part part;
    if (!atk_parts_find(parts, len, ATK_PART_OLDER_SECRET, &part) ||
        !atk_older_secret_is_known(part.value, part.len, true))
        return false;
    const uint8_t *at = part.value;
    memcpy(ret->verifier, at, sizeof ret->verifier);
    ret->mark = atk_mark_of(ret->verifier);
    ret->key_id = (uint32_t)atk_le_at(at + ATK_VERIFIER_LEN, 4);
    ret->suite = at[ATK_VERIFIER_LEN + 4];
    ret->until_ms = (int64_t)atk_le_at(at + ATK_VERIFIER_LEN + 5, 8);
    return true;
}

bool atk_older_secret_get_shown(const uint8_t *parts, size_t len, struct atk_older_secret *ret) {
    struct atk_part part;
    if (!atk_parts_find(parts, len, ATK_PART_OLDER_SECRET, &part) ||
        !atk_older_secret_is_known(part.value, part.len, false))
        return false;
    *ret = (struct atk_older_secret){ .until_ms = (int64_t)atk_le_at(part.value, 8),
                                      .mark = (uint32_t)atk_le_at(part.value + 8, 4) };
    return true;
}

bool atk_older_secret_set(struct atk_hot *hot, const struct atk_older_secret *older) {
    uint8_t value[ATK_OLDER_SECRET_LEN];
    struct atk_writer w = atk_writer_of(value, sizeof value);
    atk_put_bytes(&w, older->verifier, sizeof older->verifier);
    atk_put_uint(&w, older->key_id, 4);
    atk_put_uint(&w, older->suite, 1);
    atk_put_i64(&w, older->until_ms);
    return atk_parts_set(atk_hot_parts(hot), ATK_PART_OLDER_SECRET, value, sizeof value);
}

bool atk_older_secret_show(struct atk_row *row, const struct atk_hot *hot) {
    struct atk_older_secret older;
    uint8_t value[ATK_OLDER_SECRET_SHOWN_LEN];
    struct atk_writer w = atk_writer_of(value, sizeof value);
    if (atk_older_secret_agrees(hot, row)) return true;
    if (!atk_older_secret_get(hot->parts, hot->parts_len, &older)) {
        atk_parts_remove(atk_row_parts(row), ATK_PART_OLDER_SECRET);
        return true;
    }
    atk_put_i64(&w, older.until_ms);
    atk_put_uint(&w, older.mark, 4);
    return atk_parts_set(atk_row_parts(row), ATK_PART_OLDER_SECRET, value, sizeof value);
}

bool atk_older_secret_agrees(const struct atk_hot *hot, const struct atk_row *row) {
    struct atk_part part;
    struct atk_older_secret has, shows;
    const bool is_there = atk_parts_find(hot->parts, hot->parts_len, ATK_PART_OLDER_SECRET, &part),
               is_shown = atk_parts_find(row->other, row->other_len, ATK_PART_OLDER_SECRET, &part);
    if (!is_there || !is_shown) return is_there == is_shown;
    if (!atk_older_secret_get(hot->parts, hot->parts_len, &has) ||
        !atk_older_secret_get_shown(row->other, row->other_len, &shows))
        return true; /* only a newer version can compare them */
    return has.until_ms == shows.until_ms && has.mark == shows.mark;
}
