/* SPDX-License-Identifier: MIT */
/*
 * Recent verdicts: tokens whose secret was right for the record that they have in the snapshot a
 * call reads. Each entry of the pool has a table, which only the thread that has taken the entry
 * may change. A table has no token text, only tags of texts under a key of the handle. Whatever
 * depends on the clock is judged again by every call. That a text has the form of a token depends
 * on nothing else, so a text that comes again is not parsed a second time, in whatever snapshot.
 *
 * A verdict is valid for one snapshot, named by its stamp: the mdb_txn_id() of the renewed
 * transaction itself. Numbers of the environment must not be used, because during a commit they run
 * ahead of what readers see.
 *
 * In another snapshot the token's record is looked up again. If it equals, byte for byte, the
 * record that the verdict was computed from, then the secret is still right and the record still
 * intact, and only these two facts are reused. A revoke, or anything else that changes a token,
 * changes its record.
 *
 * A verdict is kept when its token comes a second time under one stamp, so a token that comes once
 * costs next to nothing. Ids that are not in the store are never noted.
 */
#ifndef APITOKEN_LMDB_PROCESS_RECENT_H
#define APITOKEN_LMDB_PROCESS_RECENT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "rules/record.h"

#define ATK_RECENT_WAYS 4

struct atk_recent {
    uint64_t tag[2];  /* of the token's secret and checksum */
    uint64_t id_head; /* the first 8 characters of the id */
    int64_t end_ms;
    uint32_t id_tail; /* the other 4 */
    uint32_t slot;    /* of the last-use file */
    uint32_t mark;    /* of the secret, for that file */
    /* the minute in which a use was last noted through this table */
    uint32_t used_minute;
    char owner[ATK_RECENT_OWNER_MAX]; /* verdicts with longer owners are not kept */
};

/*
 * A set of the table, with four ways. An id is found by a mark of 16 bits; ids with the same mark
 * share a way. A token that comes once touches the first cache line only, one with a short owner
 * one line more. Zeroed memory is an empty set, because no snapshot has stamp 0. A set has an odd
 * number of cache lines, so that sets spread evenly over a cache.
 */
struct atk_recent_set {
    _Alignas(64) uint64_t marks; /* 16 bits per way, the first way lowest */
    uint64_t stamp[ATK_RECENT_WAYS];
    bool has_tag[ATK_RECENT_WAYS]; /* in whatever snapshot */
    bool is_kept[ATK_RECENT_WAYS]; /* a verdict, valid in the snapshot of the stamp */
    uint8_t owner_len[ATK_RECENT_WAYS];
    uint8_t word[ATK_RECENT_WAYS]; /* of the slot */
    uint8_t usual;                 /* a bit per way: used again since its last turn */
    uint8_t next;                  /* the way whose turn it is to be reused */
    _Alignas(64) struct atk_recent way[ATK_RECENT_WAYS];
};

/* The record that a verdict was computed from, as it is stored. */
struct atk_recent_record {
    uint64_t len;
    uint8_t bytes[ATK_RECENT_RECORD_MAX];
};

struct atk_recent_table {
    /* apart from the sets: read once per snapshot */
    struct atk_recent_record record[ATK_RECENT_SETS][ATK_RECENT_WAYS];
    struct atk_recent_set set[ATK_RECENT_SETS];
};

/* Where an id belongs in a table. */
struct atk_recent_place {
    struct atk_recent_set *set;
    unsigned way; /* ATK_RECENT_WAYS if the id is not there */
};

static inline uint64_t atk_recent_head(const char *id) {
    uint64_t head;
    memcpy(&head, id, sizeof head);
    return head;
}

static inline uint32_t atk_recent_tail(const char *id) {
    uint32_t tail;
    memcpy(&tail, id + sizeof(uint64_t), sizeof tail);
    return tail;
}

/*
 * Multiplies by the fraction of the golden ratio: ids that differ in few bits spread evenly. The
 * first characters of ids of one day are alike, so the last ones are mixed in, which are random.
 */
static inline uint64_t atk_recent_mix(const char *id) {
    return (atk_recent_head(id) ^ atk_recent_tail(id)) * UINT64_C(0x9E3779B97F4A7C15);
}

static inline uint32_t atk_recent_set_number(uint64_t mixed) {
    return (uint32_t)(mixed >> 32) % ATK_RECENT_SETS;
}

#define ATK_RECENT_MARK_BITS 16
#define ATK_RECENT_EACH UINT64_C(0x0001000100010001) /* a 1 per way */

static inline uint64_t atk_recent_mark(uint64_t mixed) {
    return mixed >> (64 - ATK_RECENT_MARK_BITS);
}

/*
 * The way of a set that has the mark of an id; ATK_RECENT_WAYS if none has. Branch-free: the
 * matching way is unpredictable.
 */
static inline unsigned atk_recent_way_of(const struct atk_recent_set *set, uint64_t mixed) {
    const uint64_t differs =
        __atomic_load_n(&set->marks, __ATOMIC_RELAXED) ^ atk_recent_mark(mixed) * ATK_RECENT_EACH;
    /* borrows may set bits above the lowest match, so only the lowest one counts */
    const uint64_t same = (differs - ATK_RECENT_EACH) & ~differs & (ATK_RECENT_EACH << 15);
    return same ? (unsigned)__builtin_ctzll(same) / ATK_RECENT_MARK_BITS : ATK_RECENT_WAYS;
}

/*
 * The place of an id in a table as one number: a thread may find it before it takes the entry of
 * the table. By then another thread may have given the way to another id. Whoever uses the place
 * compares the id, or does nothing worse to a wrong one than forget its verdict.
 */
#define ATK_RECENT_CELLS 8 /* numbers of one set, of which the ways and one more are used */

static inline uint32_t atk_recent_find_cell(struct atk_recent_table *table, const char *id) {
    const uint64_t mixed = atk_recent_mix(id);
    const uint32_t set = atk_recent_set_number(mixed);
    return set * ATK_RECENT_CELLS + atk_recent_way_of(&table->set[set], mixed);
}

static inline struct atk_recent_place atk_recent_place_of(struct atk_recent_table *table,
                                                          uint32_t cell) {
    return (struct atk_recent_place){ &table->set[cell / ATK_RECENT_CELLS],
                                      cell % ATK_RECENT_CELLS };
}

static inline struct atk_recent_place atk_recent_find(struct atk_recent_table *table,
                                                      const char *id) {
    return atk_recent_place_of(table, atk_recent_find_cell(table, id));
}

/*
 * The entry that may have a tag for an id, else NULL. Another thread may be writing to the table:
 * pass the result to atk_recent_is_same_text() and do nothing else with it.
 */
static inline const struct atk_recent *atk_recent_peek(struct atk_recent_place place) {
    return place.way < ATK_RECENT_WAYS &&
                   __atomic_load_n(&place.set->has_tag[place.way], __ATOMIC_RELAXED)
               ? &place.set->way[place.way]
               : NULL;
}

/*
 * Whether an entry has this id and tag. If another thread is writing the entry, the halves of two
 * tags match as rarely as a guessed tag does. The answer is a verdict on a secret, and nothing else
 * that depends on the secret leaves this function.
 */
bool atk_recent_is_same_text(const struct atk_recent *recent, const char *id,
                             const uint64_t tag[2]);

/* ---- for the thread that has taken the pool entry -------------------------------------------- */

/* Whether the id was looked up under this stamp before. */
static inline bool atk_recent_is_noted(struct atk_recent_place place, uint64_t stamp) {
    return place.way < ATK_RECENT_WAYS && place.set->stamp[place.way] == stamp;
}

/* Whether a verdict of any stamp is kept there. */
static inline bool atk_recent_is_kept(struct atk_recent_place place) {
    return place.way < ATK_RECENT_WAYS && place.set->is_kept[place.way];
}

/* Notes that the verdict kept there is used. */
static inline void atk_recent_use(struct atk_recent_place place) {
    const uint8_t usual = (uint8_t)(place.set->usual | 1u << place.way);
    if (place.set->usual != usual) place.set->usual = usual; /* usually nothing to write */
}

/*
 * Notes that a token of the store was looked up under a stamp; keeps no verdict. If the id has no
 * way yet it gets the one whose turn it is. A way that has been used again is spared once, so that
 * tokens that come once do not displace those that come again.
 */
void atk_recent_note(struct atk_recent_place place, const char *id, uint64_t stamp);

/*
 * Renews a kept verdict for a new stamp. True if it is of this very id, and if `record`, which the
 * id has now, is the one that the verdict was computed from. The id must be compared as well:
 * whoever can write to the files can store the record of one id under another that shares its way.
 */
bool atk_recent_renew(struct atk_recent_table *table, struct atk_recent_place place, const char *id,
                      uint64_t stamp, const void *record, size_t len);

/* Stores the record this verdict was computed from: at most ATK_RECENT_RECORD_MAX bytes. */
void atk_recent_put_record(struct atk_recent_table *table, struct atk_recent_place place,
                           const void *record, size_t len);

void atk_recent_put_tag(struct atk_recent_place place, const char *id, const uint64_t tag[2]);

#endif
