/* SPDX-License-Identifier: MIT */
/*
 * Recent verdicts: tokens whose secret was found right under the very state of the store that a call reads. A table belongs to an
 * entry of the pool and is used by whoever has taken it. No token text is kept, only a tag of it under a key of the handle; what
 * depends on the clock is judged anew by every call. A stamp is the mdb_txn_id() of the renewed transaction itself: never a
 * number of the environment's, which runs ahead of what its readers see while a commit is under way.
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
    uint8_t tag[ATK_TAG_LEN]; /* of the token's text */
    int64_t end_ms;
    uint32_t slot;   /* of last-use */
    uint8_t is_kept; /* 0: only the id was seen */
    uint8_t owner_len;
    char owner[ATK_RECENT_OWNER_MAX]; /* longer ones are not kept */
};

/*
 * Ids that are alike for the table. An id is known by its first 8 characters: others that begin so share its place, where the tag
 * tells the texts apart. Zeroed memory is an empty set: no state of a store has stamp 0.
 */
struct atk_recent_set {
    _Alignas(64) uint64_t head[ATK_RECENT_WAYS];
    uint64_t stamp[ATK_RECENT_WAYS];
    struct atk_recent way[ATK_RECENT_WAYS];
};

struct atk_recent_table {
    struct atk_recent_set set[ATK_RECENT_SETS];
};

/*
 * Notes that a call asks for an id under a stamp. What is kept of it if one did before under the same stamp, else NULL. The place
 * goes to the id that came last; the first of a set keeps its own for as long as its state lasts.
 */
static inline struct atk_recent *atk_recent_meet(struct atk_recent_table *table, const char *id, uint64_t stamp) {
    uint64_t head;
    memcpy(&head, id, sizeof head);
    uint64_t mixed = head * UINT64_C(0x9E3779B97F4A7C15); /* the golden ratio's fraction spreads what differs in few bits */
    struct atk_recent_set *set = &table->set[(mixed >> 32) % ATK_RECENT_SETS];
    unsigned way = set->head[1] == head || (set->head[0] != head && set->stamp[0] == stamp);
    if (set->head[way] == head && set->stamp[way] == stamp) return &set->way[way];
    set->head[way] = head;
    set->stamp[way] = stamp;
    set->way[way].is_kept = 0;
    return NULL;
}

#endif
