/* SPDX-License-Identifier: MIT */
#include "lmdb/process/recent.h"

#include "base/attr.h"

ATK_VERDICT bool atk_recent_is_same_text(const struct atk_recent *recent, const char *id,
                                         const uint64_t tag[2]) {
    const uint64_t differs =
        (__atomic_load_n(&recent->tag[0], __ATOMIC_RELAXED) ^ tag[0]) |
        (__atomic_load_n(&recent->tag[1], __ATOMIC_RELAXED) ^ tag[1]) |
        (__atomic_load_n(&recent->id_head, __ATOMIC_RELAXED) ^ atk_recent_head(id)) |
        (__atomic_load_n(&recent->id_tail, __ATOMIC_RELAXED) ^ atk_recent_tail(id));
    return differs == 0;
}

/*
 * Finds a way for an id that has none, each way in its turn. False if that way is of a usual token,
 * which then is no longer usual.
 */
static bool take_way(struct atk_recent_set *set, unsigned *ret_way) {
    const unsigned way = set->next, bit = 1u << way;
    set->next = (uint8_t)((way + 1) % ATK_RECENT_WAYS);
    if (set->usual & bit) {
        set->usual &= (uint8_t)~bit;
        return false;
    }
    *ret_way = way;
    return true;
}

static void put_mark(struct atk_recent_set *set, unsigned way, uint64_t mixed) {
    const unsigned at = way * ATK_RECENT_MARK_BITS;
    const uint64_t others = set->marks & ~(UINT64_C(0xFFFF) << at);
    __atomic_store_n(&set->marks, others | atk_recent_mark(mixed) << at, __ATOMIC_RELAXED);
}

void atk_recent_note(struct atk_recent_place place, const char *id, uint64_t stamp) {
    struct atk_recent_set *set = place.set;
    unsigned way = place.way;
    if (way < ATK_RECENT_WAYS) {
        set->usual |= (uint8_t)(1u << way);
    } else {
        if (!take_way(set, &way)) return;
        __atomic_store_n(&set->has_tag[way], false, __ATOMIC_RELAXED);
        put_mark(set, way, atk_recent_mix(id));
    }
    set->is_kept[way] = false;
    set->stamp[way] = stamp;
}

static struct atk_recent_record *record_of(struct atk_recent_table *table,
                                           struct atk_recent_place place) {
    return &table->record[place.set - table->set][place.way];
}

bool atk_recent_renew(struct atk_recent_table *table, struct atk_recent_place place, const char *id,
                      uint64_t stamp, const void *record, size_t len) {
    const struct atk_recent *recent = &place.set->way[place.way];
    const struct atk_recent_record *kept = record_of(table, place);
    if (recent->id_head != atk_recent_head(id) || recent->id_tail != atk_recent_tail(id))
        return false;
    if (kept->len != len || memcmp(kept->bytes, record, len) != 0) return false;
    place.set->stamp[place.way] = stamp;
    return true;
}

void atk_recent_put_record(struct atk_recent_table *table, struct atk_recent_place place,
                           const void *record, size_t len) {
    struct atk_recent_record *kept = record_of(table, place);
    kept->len = len;
    memcpy(kept->bytes, record, len);
}

void atk_recent_put_tag(struct atk_recent_place place, const char *id, const uint64_t tag[2]) {
    struct atk_recent *recent = &place.set->way[place.way];
    __atomic_store_n(&recent->tag[0], tag[0], __ATOMIC_RELAXED);
    __atomic_store_n(&recent->tag[1], tag[1], __ATOMIC_RELAXED);
    __atomic_store_n(&recent->id_head, atk_recent_head(id), __ATOMIC_RELAXED);
    __atomic_store_n(&recent->id_tail, atk_recent_tail(id), __ATOMIC_RELAXED);
    __atomic_store_n(&place.set->has_tag[place.way], true, __ATOMIC_RELAXED);
}
