/* SPDX-License-Identifier: MIT */
/*
 * Read transactions that are reset and renewed instead of ended and begun: taking one needs no
 * lock, allocation or system call, and a thread that exits leaves nothing behind. Each entry is one
 * reader in the store's reader table.
 */
#ifndef APITOKEN_LMDB_PROCESS_POOL_H
#define APITOKEN_LMDB_PROCESS_POOL_H

#include <lmdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "outside/clock.h"
#include "base/limits.h"
#include "lmdb/process/recent.h"

struct atk_pool_entry {
    /* atomic: enum atk_pool_state; a cache line each, so that threads do not share one */
    _Alignas(64) uint32_t state;
    MDB_txn *txn;      /* reset unless taken; belongs to the thread that took the entry */
    uint64_t snapshot; /* the number that the transaction had when it was last renewed */
    struct atk_recent_table *recent;
};

/*
 * Makes the transaction of a new entry, and resets it. Never waits: APITOKEN_E_BUSY, without a
 * detail, while another process adds a reader.
 */
typedef int (*atk_pool_make_fn)(void *ctx, MDB_txn **ret_txn, apitoken_error *err);

struct atk_pool {
    struct atk_pool_entry entry[ATK_POOL_MAX];
    atk_pool_make_fn make;
    void *make_ctx;
    uint32_t count; /* atomic: entries that have a transaction */
    pthread_mutex_t growth;
    /* changes only while all entries are taken; stamps of another generation mean nothing */
    uint64_t generation;
    struct atk_recent_table
        *recent; /* one per entry; the system gives memory to a page on first use */
};

int atk_pool_init(struct atk_pool *pool, atk_pool_make_fn make, void *make_ctx);
/* Aborts all transactions; no entry may be taken. */
void atk_pool_destroy(struct atk_pool *pool);

/* Makes a transaction, which was reset, the first entry. Before the pool is used. */
void atk_pool_add(struct atk_pool *pool, MDB_txn *txn);
/*
 * Makes entries until there are `count`. APITOKEN_E_BUSY at the deadline, or why one could not be
 * made.
 */
int atk_pool_fill(struct atk_pool *pool, uint32_t count, struct atk_deadline *deadline,
                  apitoken_error *err);
static inline bool atk_pool_is_empty(const struct atk_pool *pool) {
    return __atomic_load_n(&pool->count, __ATOMIC_RELAXED) == 0;
}

enum atk_pool_state { ATK_POOL_EMPTY = 0, ATK_POOL_FREE = 1, ATK_POOL_TAKEN = 2 };

/* The entry a thread tries first: threads spread over the entries and stay with theirs. */
extern __thread uint32_t atk_pool_hint __attribute__((tls_model("initial-exec")));

static inline bool atk_pool_claim(struct atk_pool_entry *entry, uint32_t from) {
    return __atomic_compare_exchange_n(&entry->state, &from, ATK_POOL_TAKEN, 0, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

/* The entry that this thread had before, if it is free. One atomic exchange. */
static inline struct atk_pool_entry *atk_pool_take_own(struct atk_pool *pool) {
    struct atk_pool_entry *entry = &pool->entry[atk_pool_hint];
    return atk_pool_claim(entry, ATK_POOL_FREE) ? entry : NULL;
}

/*
 * Takes an entry, and makes another one if all are taken. While none can be made it waits for one
 * to become free, until the deadline. APITOKEN_E_BUSY if there were ATK_POOL_MAX, or if another
 * process added readers all the time; else why none could be made.
 */
int atk_pool_take(struct atk_pool *pool, struct atk_deadline *deadline,
                  struct atk_pool_entry **ret_entry, apitoken_error *err);
static inline void atk_pool_give(struct atk_pool_entry *entry) {
    __atomic_store_n(&entry->state, ATK_POOL_FREE, __ATOMIC_RELEASE);
}

/*
 * Takes all entries, so that no call reads, and ends their transactions. APITOKEN_E_BUSY: the pool
 * is as it was.
 */
int atk_pool_quiesce(struct atk_pool *pool, struct atk_deadline *deadline, apitoken_error *err);
/* After atk_pool_quiesce(): the entries are empty, and may be filled and taken again. */
void atk_pool_resume(struct atk_pool *pool);

#endif
