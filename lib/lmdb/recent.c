/* SPDX-License-Identifier: MIT */
#include "lmdb/recent.h"

int atk_recent_is_alike(const struct atk_recent *recent, const char *id, const uint64_t tag[2]) {
    const uint64_t differs = (__atomic_load_n(&recent->tag[0], __ATOMIC_RELAXED) ^ tag[0]) |
                             (__atomic_load_n(&recent->tag[1], __ATOMIC_RELAXED) ^ tag[1]) |
                             (__atomic_load_n(&recent->id_tail, __ATOMIC_RELAXED) ^ atk_recent_tail(id));
    return differs == 0;
}

/* A way for a head that has none: 0 if all are of usual tokens, which are usual no longer then. */
static int make_room(struct atk_recent_set *set, uint64_t stamp, unsigned *ret_way) {
    unsigned found = ATK_RECENT_WAYS;
    for (unsigned way = ATK_RECENT_WAYS; way-- > 0;)
        if (!set->is_usual[way] && (found == ATK_RECENT_WAYS || set->stamp[way] != stamp)) found = way;
    if (found == ATK_RECENT_WAYS) memset(set->is_usual, 0, sizeof set->is_usual);
    *ret_way = found;
    return found < ATK_RECENT_WAYS;
}

void atk_recent_note(struct atk_recent_place place, const char *id, uint64_t stamp) {
    struct atk_recent_set *set = place.set;
    unsigned way = place.way;
    if (way < ATK_RECENT_WAYS) {
        set->is_usual[way] = 1;
    } else {
        if (!make_room(set, stamp, &way)) return;
        __atomic_store_n(&set->has_tag[way], 0, __ATOMIC_RELAXED);
        __atomic_store_n(&set->head[way], atk_recent_head(id), __ATOMIC_RELAXED);
    }
    set->is_kept[way] = 0;
    set->stamp[way] = stamp;
}

static struct atk_recent_record *record_of(struct atk_recent_place place) {
    return &place.table->record[place.set - place.table->set][place.way];
}

int atk_recent_renew(struct atk_recent_place place, uint64_t stamp, const void *record, size_t len) {
    if (place.way == ATK_RECENT_WAYS || !place.set->is_kept[place.way]) return 0;
    const struct atk_recent_record *kept = record_of(place);
    if (kept->len != len || memcmp(kept->bytes, record, len) != 0) return 0;
    place.set->stamp[place.way] = stamp;
    return 1;
}

void atk_recent_put_record(struct atk_recent_place place, const void *record, size_t len) {
    struct atk_recent_record *kept = record_of(place);
    kept->len = len;
    memcpy(kept->bytes, record, len);
}

void atk_recent_put_tag(struct atk_recent_place place, const char *id, const uint64_t tag[2]) {
    struct atk_recent *recent = &place.set->way[place.way];
    __atomic_store_n(&recent->tag[0], tag[0], __ATOMIC_RELAXED);
    __atomic_store_n(&recent->tag[1], tag[1], __ATOMIC_RELAXED);
    __atomic_store_n(&recent->id_tail, atk_recent_tail(id), __ATOMIC_RELAXED);
    __atomic_store_n(&place.set->has_tag[place.way], 1, __ATOMIC_RELAXED);
}
