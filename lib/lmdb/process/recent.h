/* SPDX-License-Identifier: MIT */
/*
 * Recent verdicts: tokens whose secret was found right for the record that they have in the state
 * that a call reads. A table belongs to an entry of the pool and is used by whoever has taken it.
 * No token text is kept, only a tag of it under a key of the handle; what depends on the clock is
 * judged anew by every call. That a text has the form of a token depends on nothing, so who comes
 * again is not read letter by letter a second time, whatever the state. A stamp is the mdb_txn_id()
 * of the renewed transaction itself: never a number of the environment's, which runs ahead of what
 * its readers see while a commit is under way.
 *
 * In another state the token's record is looked up anew. If it is to the byte the one that the
 * secret was right for, that it was right and that the record was sound are facts still, and only
 * they are taken over: a revoke, or anything else that changes a token, changes its record.
 *
 * A token is kept when it comes a second time under one stamp, so that one that comes once costs
 * next to nothing; and one that is not in the store leaves nothing.
 */
#ifndef APITOKEN_LMDB_PROCESS_RECENT_H
#define APITOKEN_LMDB_PROCESS_RECENT_H

#include <stdint.h>
#include <string.h>

#include "rules/record.h"

#define ATK_RECENT_WAYS 4

struct atk_recent {
    uint64_t tag[2];  /* of the token's secret and checksum */
    uint64_t id_head; /* the first 8 characters of the id */
    int64_t end_ms;
    uint32_t id_tail; /* the other 4 */
    uint32_t slot;    /* of last-use */
    /* the minute that was last noted there by way of this table */
    uint32_t used_minute;
    char owner[ATK_RECENT_OWNER_MAX]; /* longer ones are not kept */
};

/*
 * Ids that are alike for the table. An id is known by a mark: others with the same one share its
 * place. What a token that comes once needs stands in the first cache line, what one with a short
 * owner needs in one more. Zeroed memory is an empty set: no state of a store has stamp 0. That a
 * set is an odd number of lines spreads them over a cache.
 */
struct atk_recent_set {
    _Alignas(64) uint64_t marks; /* 16 bits a way, the first one lowest */
    uint64_t stamp[ATK_RECENT_WAYS];
    uint8_t has_tag[ATK_RECENT_WAYS]; /* whatever the state */
    uint8_t is_kept[ATK_RECENT_WAYS]; /* the rest, as it is in the state of the stamp */
    uint8_t owner_len[ATK_RECENT_WAYS];
    uint8_t usual; /* a bit a way: it came again since its turn */
    uint8_t next;  /* the way whose turn it is to be given up */
    _Alignas(64) struct atk_recent way[ATK_RECENT_WAYS];
};

/* The record that a verdict is of, as it is stored. */
struct atk_recent_record {
    uint64_t len;
    uint8_t bytes[ATK_HOT_FIXED + ATK_RECENT_OWNER_MAX + ATK_TAG_LEN];
};

struct atk_recent_table {
    /* apart: looked at once in each state */
    struct atk_recent_record record[ATK_RECENT_SETS][ATK_RECENT_WAYS];
    struct atk_recent_set set[ATK_RECENT_SETS];
};

/* Where an id belongs. */
struct atk_recent_place {
    struct atk_recent_set *set;
    unsigned way; /* ATK_RECENT_WAYS if it is not there */
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

/* The golden ratio's fraction spreads what differs in few bits. */
static inline uint64_t atk_recent_mix(const char *id) {
    return atk_recent_head(id) * UINT64_C(0x9E3779B97F4A7C15);
}

static inline struct atk_recent_set *atk_recent_set_of(struct atk_recent_table *table,
                                                       uint64_t mixed) {
    return &table->set[(mixed >> 32) % ATK_RECENT_SETS];
}

#define ATK_RECENT_MARK_BITS 16
#define ATK_RECENT_EACH UINT64_C(0x0001000100010001) /* 1 for each way */

static inline uint64_t atk_recent_mark(uint64_t mixed) {
    return mixed >> (64 - ATK_RECENT_MARK_BITS);
}

/*
 * Which way of a set has the mark of an id; ATK_RECENT_WAYS if none has. All at once: which one it
 * is nobody could foretell.
 */
static inline unsigned atk_recent_way_of(const struct atk_recent_set *set, uint64_t mixed) {
    const uint64_t differs =
        __atomic_load_n(&set->marks, __ATOMIC_RELAXED) ^ atk_recent_mark(mixed) * ATK_RECENT_EACH;
    /* the lowest one is right */
    const uint64_t same = (differs - ATK_RECENT_EACH) & ~differs & (ATK_RECENT_EACH << 15);
    return same ? (unsigned)__builtin_ctzll(same) / ATK_RECENT_MARK_BITS : ATK_RECENT_WAYS;
}

/*
 * Where a tag is kept for an id, else NULL: a glance at a table that another thread may be writing
 * to. Only atk_recent_is_alike() may be asked about what it gives.
 */
static inline const struct atk_recent *atk_recent_glance(struct atk_recent_table *table,
                                                         const char *id) {
    const uint64_t mixed = atk_recent_mix(id);
    const struct atk_recent_set *set = atk_recent_set_of(table, mixed);
    const unsigned way = atk_recent_way_of(set, mixed);
    return way < ATK_RECENT_WAYS && __atomic_load_n(&set->has_tag[way], __ATOMIC_RELAXED)
               ? &set->way[way]
               : NULL;
}

/*
 * Whether it is of the text of this id and tag. The halves of two tags are never taken for one:
 * that is as likely as a guess. The answer is a verdict on a secret; nothing else that depends on
 * one leaves it.
 */
int atk_recent_is_alike(const struct atk_recent *recent, const char *id, const uint64_t tag[2]);

/* ---- by who has taken the entry -------------------------------------------------------------- */

static inline struct atk_recent_place atk_recent_find(struct atk_recent_table *table,
                                                      const char *id) {
    const uint64_t mixed = atk_recent_mix(id);
    struct atk_recent_set *set = atk_recent_set_of(table, mixed);
    return (struct atk_recent_place){ set, atk_recent_way_of(set, mixed) };
}

/* Whether its id was asked for under the same stamp. */
static inline int atk_recent_is_noted(struct atk_recent_place place, uint64_t stamp) {
    return place.way < ATK_RECENT_WAYS && place.set->stamp[place.way] == stamp;
}

/* Whether a verdict is kept there, of whatever stamp. */
static inline int atk_recent_is_kept(struct atk_recent_place place) {
    return place.way < ATK_RECENT_WAYS && place.set->is_kept[place.way];
}

/* What is kept there is used. */
static inline void atk_recent_use(struct atk_recent_place place) {
    const uint8_t usual = (uint8_t)(place.set->usual | 1u << place.way);
    if (place.set->usual != usual) place.set->usual = usual; /* most often no write */
}

/*
 * Notes that a token of the store, of this id and place, was asked for under a stamp, and keeps
 * nothing of it. Places are given up in turn; that of a usual token only the second time, so that
 * those that come once do not drive out those that come again.
 */
void atk_recent_note(struct atk_recent_place place, const char *id, uint64_t stamp);

/*
 * Takes a verdict that is kept over to a stamp: 1 if it is of this very id, and `record`, which the
 * id has now, is the one that it was found for. Who writes to the files can put the record of one
 * id under another that shares its place.
 */
int atk_recent_renew(struct atk_recent_table *table, struct atk_recent_place place, const char *id,
                     uint64_t stamp, const void *record, size_t len);

/* Keeps the record that a verdict is of: a hot record whose owner is not too long. */
void atk_recent_put_record(struct atk_recent_table *table, struct atk_recent_place place,
                           const void *record, size_t len);

void atk_recent_put_tag(struct atk_recent_place place, const char *id, const uint64_t tag[2]);

#endif
