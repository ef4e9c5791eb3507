/* SPDX-License-Identifier: MIT */
/*
 * Recent verdicts: tokens whose secret was found right under the very state of the store that a call reads. A table belongs to an
 * entry of the pool and is used by whoever has taken it. No token text is kept, only a tag of it under a key of the handle; what
 * depends on the clock is judged anew by every call. That a text has the form of a token depends on nothing, so who comes again
 * is not read letter by letter a second time, whatever the state. A stamp is the mdb_txn_id() of the renewed transaction itself:
 * never a number of the environment's, which runs ahead of what its readers see while a commit is under way.
 *
 * A token is kept when it comes a second time under one stamp, so that one that comes once costs next to nothing.
 */
#ifndef APITOKEN_RECENT_H
#define APITOKEN_RECENT_H

#include <stdint.h>
#include <string.h>

#include "limits.h"

#define ATK_RECENT_WAYS 2

struct atk_recent {
    uint64_t tag[2]; /* of the token's secret and checksum */
    int64_t end_ms;
    uint32_t slot;    /* of last-use */
    uint32_t id_tail; /* the last 4 characters of the id */
    uint8_t has_tag;  /* whatever the state */
    uint8_t is_kept;  /* the rest, in the state of the stamp */
    uint8_t owner_len;
    char owner[ATK_RECENT_OWNER_MAX]; /* longer ones are not kept */
};

/*
 * Ids that are alike for the table. An id is known by its first 8 characters: others that begin so share its place. Zeroed memory
 * is an empty set: no state of a store has stamp 0.
 */
struct atk_recent_set {
    _Alignas(64) uint64_t head[ATK_RECENT_WAYS];
    uint64_t stamp[ATK_RECENT_WAYS];
    struct atk_recent way[ATK_RECENT_WAYS];
};

struct atk_recent_table {
    struct atk_recent_set set[ATK_RECENT_SETS];
};

static inline struct atk_recent_set *atk_recent_set_of(struct atk_recent_table *table, uint64_t head) {
    const uint64_t mixed = head * UINT64_C(0x9E3779B97F4A7C15); /* the golden ratio's fraction spreads what differs in few bits */
    return &table->set[(mixed >> 32) % ATK_RECENT_SETS];
}

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
 * Where a tag is kept for an id, else NULL: a glance at a table that another thread may be writing to. Only atk_recent_is_alike()
 * may be asked about what it gives.
 */
static inline const struct atk_recent *atk_recent_glance(struct atk_recent_table *table, const char *id) {
    const uint64_t head = atk_recent_head(id);
    const struct atk_recent_set *set = atk_recent_set_of(table, head);
    for (unsigned way = 0; way < ATK_RECENT_WAYS; way++)
        if (__atomic_load_n(&set->head[way], __ATOMIC_RELAXED) == head)
            return __atomic_load_n(&set->way[way].has_tag, __ATOMIC_RELAXED) ? &set->way[way] : NULL;
    return NULL;
}

/*
 * Whether it is of the text of this id and tag. The halves of two tags are never taken for one: that is as likely as a guess. The
 * answer is a verdict on a secret; nothing else that depends on one leaves it.
 */
int atk_recent_is_alike(const struct atk_recent *recent, const char *id, const uint64_t tag[2]);

/* By who has taken the entry. */
static inline void atk_recent_put_tag(struct atk_recent *recent, const char *id, const uint64_t tag[2]) {
    __atomic_store_n(&recent->tag[0], tag[0], __ATOMIC_RELAXED);
    __atomic_store_n(&recent->tag[1], tag[1], __ATOMIC_RELAXED);
    __atomic_store_n(&recent->id_tail, atk_recent_tail(id), __ATOMIC_RELAXED);
    __atomic_store_n(&recent->has_tag, 1, __ATOMIC_RELAXED);
}

/*
 * Notes that a call asks for an id under a stamp. What is kept of it if one did before under the same stamp, else NULL. The place
 * goes to the id that came last; the first of a set keeps its own for as long as its state lasts.
 */
static inline struct atk_recent *atk_recent_meet(struct atk_recent_table *table, const char *id, uint64_t stamp) {
    const uint64_t head = atk_recent_head(id);
    struct atk_recent_set *set = atk_recent_set_of(table, head);
    unsigned way = set->head[1] == head || (set->head[0] != head && set->stamp[0] == stamp);
    if (set->head[way] == head && set->stamp[way] == stamp) return &set->way[way];
    set->stamp[way] = stamp;
    set->way[way].is_kept = 0;
    if (set->head[way] == head) return NULL;
    __atomic_store_n(&set->way[way].has_tag, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&set->head[way], head, __ATOMIC_RELAXED);
    return NULL;
}

#endif
