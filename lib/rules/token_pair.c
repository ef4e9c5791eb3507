/* SPDX-License-Identifier: MIT */
#include "rules/token_pair.h"

#include <string.h>

#include "base/attr.h"
#include "rules/older_secret.h"

/* Parts that both records have byte for byte. */
static const uint8_t shared_parts[] = { ATK_PART_INTERFACES, ATK_PART_NETWORKS, ATK_PART_DATA };

bool atk_records_agree(const struct atk_hot *hot, const struct atk_row *row) {
    for (size_t i = 0; i < ATK_LEN(shared_parts); i++)
        if (!atk_parts_same(hot->parts, hot->parts_len, row->other, row->other_len,
                            shared_parts[i]))
            return false;
    return ((hot->flags ^ row->flags) & ATK_FLAGS_COMMON) == 0 && hot->end_ms == row->end_ms &&
           hot->slot == row->slot && hot->revision == row->revision &&
           atk_mark_of(hot->verifier) == row->mark && atk_older_secret_agrees(hot, row);
}

static bool show_shared_parts(const struct atk_hot *hot, struct atk_row *row) {
    for (size_t i = 0; i < ATK_LEN(shared_parts); i++) {
        struct atk_part part;
        if (!atk_parts_find(hot->parts, hot->parts_len, shared_parts[i], &part))
            atk_parts_remove(atk_row_parts(row), shared_parts[i]);
        else if (!atk_parts_set(atk_row_parts(row), part.type, part.value, part.len))
            return false;
    }
    return true;
}

/* An end that the row does not have yet cannot be one that was typed as a day. */
static void show_end(const struct atk_hot *hot, struct atk_row *row) {
    if (row->end_ms == hot->end_ms) return;
    row->end_ms = hot->end_ms;
    row->expiry_kind =
        hot->end_ms == ATK_END_NEVER ? APITOKEN_EXPIRY_NEVER : APITOKEN_EXPIRY_INSTANT;
    row->day = row->zone_len = 0;
}

/* False: the row has no room for it. */
static bool show_hot(const struct atk_hot *hot, struct atk_row *row) {
    row->flags = (uint8_t)((row->flags & ~ATK_FLAGS_COMMON) | (hot->flags & ATK_FLAGS_COMMON));
    show_end(hot, row);
    row->slot = hot->slot;
    row->key_id = hot->key_id;
    row->mark = atk_mark_of(hot->verifier);
    row->revision = hot->revision;
    return show_shared_parts(hot, row) && atk_older_secret_show(row, hot);
}

bool atk_records_unite(struct atk_hot *hot, struct atk_row *row) {
    const uint32_t later = hot->revision > row->revision ? hot->revision : row->revision;
    hot->revision = atk_revision_after(later);
    return show_hot(hot, row);
}

void atk_row_stand_in(const struct atk_hot *hot, const char *id, struct atk_row *ret) {
    memset(ret, 0, sizeof *ret);
    memcpy(ret->id, id, sizeof ret->id);
    ret->expiry_kind = APITOKEN_EXPIRY_INSTANT; /* of the end 0, until the hot record's is shown */
    (void)show_hot(hot, ret);                   /* an empty row has room for all of it */
}

bool atk_hot_same(const struct atk_hot *a, const struct atk_hot *b) {
    uint8_t of_a[ATK_HOT_MAX], of_b[ATK_HOT_MAX];
    const size_t a_len = atk_hot_encode(a, of_a) - ATK_TAG_LEN,
                 b_len = atk_hot_encode(b, of_b) - ATK_TAG_LEN;
    return a_len == b_len && memcmp(of_a, of_b, a_len) == 0;
}
