/* SPDX-License-Identifier: MIT */
/*
 * Read transactions that are reset and renewed instead of begun and ended: no lock, no allocation
 * and no system call once an entry is there, and a thread that exits leaves nothing behind. Each
 * entry holds one reader slot of the store.
 */
#ifndef APITOKEN_LMDB_PROCESS_POOL_H
#define APITOKEN_LMDB_PROCESS_POOL_H

#include <lmdb.h>
#include <pthread.h>
#include <stdint.h>

#include "outside/clock.h"
#include "base/limits.h"
#include "lmdb/process/recent.h"

struct atk_pool_entry {
    /* atomic; a cache line each, so that threads do not disturb each other */
    _Alignas(64) uint32_t state;
    MDB_txn *txn; /* reset unless taken; owned by whoever took the entry */
    struct atk_recent_table *recent;
};

struct atk_pool {
    struct atk_pool_entry entry[ATK_POOL_MAX];
    uint32_t count; /* atomic: entries that have a transaction */
    pthread_mutex_t growth;
    /* changes while all entries are taken: stamps of before mean nothing after */
    uint64_t generation;
    struct atk_recent_table *recent; /* one an entry; memory is taken when a page is first used */
};

/* How a pool makes a transaction for a new entry, reset: under the register lock. */
typedef int (*atk_pool_make_fn)(void *ctx, struct atk_deadline *deadline, MDB_txn **ret_txn,
                                apitoken_error *err);

int atk_pool_init(struct atk_pool *pool);
/* aborts all transactions; nobody may hold an entry */
void atk_pool_destroy(struct atk_pool *pool);

/* Makes entries until there are `count`. */
int atk_pool_fill(struct atk_pool *pool, uint32_t count, atk_pool_make_fn make, void *ctx,
                  struct atk_deadline *deadline, apitoken_error *err);

enum atk_pool_state { ATK_POOL_EMPTY = 0, ATK_POOL_FREE = 1, ATK_POOL_TAKEN = 2 };

/* Where a thread looks first: threads spread over the entries and stay where they were. */
extern __thread uint32_t atk_pool_hint
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

static inline int atk_pool_claim(struct atk_pool_entry *entry, uint32_t from) {
    return __atomic_compare_exchange_n(&entry->state, &from, ATK_POOL_TAKEN, 0, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

/* The entry this thread had before, if it is free: one atomic exchange. */
static inline struct atk_pool_entry *atk_pool_take_own(struct atk_pool *pool) {
    struct atk_pool_entry *entry = &pool->entry[atk_pool_hint];
    return atk_pool_claim(entry, ATK_POOL_FREE) ? entry : NULL;
}

/*
 * Takes an entry; makes one if all are taken and there may be more; else waits until the deadline:
 * APITOKEN_E_BUSY.
 */
int atk_pool_take(struct atk_pool *pool, atk_pool_make_fn make, void *ctx,
                  struct atk_deadline *deadline, struct atk_pool_entry **ret_entry,
                  apitoken_error *err);
static inline void atk_pool_give(struct atk_pool_entry *entry) {
    __atomic_store_n(&entry->state, ATK_POOL_FREE, __ATOMIC_RELEASE);
}

/*
 * Waits for every entry, so that no call reads; ends their transactions. APITOKEN_E_BUSY leaves the
 * pool as it was.
 */
int atk_pool_quiesce(struct atk_pool *pool, struct atk_deadline *deadline, apitoken_error *err);
/* After quiesce: the entries are empty and may be filled and taken again. */
void atk_pool_resume(struct atk_pool *pool);

#endif
