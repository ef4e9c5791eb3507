/* SPDX-License-Identifier: MIT */
#include "lmdb/process/pool.h"

#include <string.h>
#include <sys/mman.h>

#include "base/attr.h"
#include "base/error.h"

/*
 * Transactions made in succession may share a cache line, which two threads would then take from
 * each other with every call. Threads take entries in succession, so such transactions go to
 * entries that are STRIDE apart.
 */
#define STRIDE 5

_Static_assert(ATK_POOL_MAX % STRIDE != 0 && ATK_POOL_MAX == 64, "every entry is reached");

#define RECENT_BYTES (ATK_POOL_MAX * sizeof(struct atk_recent_table))

__thread uint32_t atk_pool_hint;

/* Reads before it asks for the cache line: these loops visit the entries of other threads. */
static bool claim_entry(struct atk_pool_entry *entry, uint32_t from) {
    return __atomic_load_n(&entry->state, __ATOMIC_RELAXED) == from && atk_pool_claim(entry, from);
}

int atk_pool_init(struct atk_pool *pool, atk_pool_make_fn make, void *make_ctx) {
    memset(pool, 0, sizeof *pool);
    pool->make = make;
    pool->make_ctx = make_ctx;
    void *recent = mmap(NULL, RECENT_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (recent == MAP_FAILED) return APITOKEN_E_NOMEM;
    /* a thread needs a few pages of 4 KiB, not one of 2 MiB */
    (void)madvise(recent, RECENT_BYTES, MADV_NOHUGEPAGE);
    if (pthread_mutex_init(&pool->growth, NULL) != 0) {
        (void)munmap(recent, RECENT_BYTES);
        return APITOKEN_E_NOMEM;
    }
    pool->recent = recent;
    for (uint32_t i = 0; i < ATK_POOL_MAX; i++) pool->entry[i].recent = &pool->recent[i];
    return 0;
}

void atk_pool_destroy(struct atk_pool *pool) {
    for (uint32_t i = 0; i < ATK_POOL_MAX; i++)
        if (pool->entry[i].txn) mdb_txn_abort(pool->entry[i].txn);
    (void)pthread_mutex_destroy(&pool->growth);
    (void)munmap(pool->recent, RECENT_BYTES);
}

void atk_pool_add(struct atk_pool *pool, MDB_txn *txn) {
    pool->entry[0].txn = txn;
    pool->count = 1;
    atk_pool_give(&pool->entry[0]);
}

/* With pool->growth held: makes the transaction of an entry that the caller has taken. */
static int make_entry(struct atk_pool *pool, uint32_t at, apitoken_error *err) {
    struct atk_pool_entry *entry = &pool->entry[at];
    int rc = pool->make(pool->make_ctx, &entry->txn, err);
    if (rc < 0) {
        entry->txn = NULL;
        __atomic_store_n(&entry->state, ATK_POOL_EMPTY, __ATOMIC_RELEASE);
        return rc;
    }
    (void)__atomic_add_fetch(&pool->count, 1, __ATOMIC_RELAXED);
    atk_pool_hint = at;
    return 0;
}

/*
 * Makes another entry and takes it for the caller. APITOKEN_E_BUSY, without a detail, if there are
 * ATK_POOL_MAX, or if another thread or process is adding one.
 */
static int add_entry(struct atk_pool *pool, struct atk_pool_entry **ret_entry,
                     apitoken_error *err) {
    int rc = APITOKEN_E_BUSY;
    if (pthread_mutex_trylock(&pool->growth) != 0) return rc;
    for (uint32_t i = 0; i < ATK_POOL_MAX; i++) {
        const uint32_t at = i * STRIDE % ATK_POOL_MAX;
        if (!claim_entry(&pool->entry[at], ATK_POOL_EMPTY)) continue;
        rc = make_entry(pool, at, err);
        if (rc == 0) *ret_entry = &pool->entry[at];
        break;
    }
    (void)pthread_mutex_unlock(&pool->growth);
    return rc;
}

int atk_pool_fill(struct atk_pool *pool, uint32_t count, struct atk_deadline *deadline,
                  apitoken_error *err) {
    while (__atomic_load_n(&pool->count, __ATOMIC_RELAXED) < count) {
        struct atk_pool_entry *entry;
        int rc = add_entry(pool, &entry, err);
        if (rc == 0)
            atk_pool_give(entry);
        else if (rc != APITOKEN_E_BUSY)
            return rc;
        else if (atk_deadline_pause(deadline) < 0)
            return atk_fail(err, rc, "timed out waiting to add a reader");
    }
    return 0;
}

static struct atk_pool_entry *take_free(struct atk_pool *pool) {
    for (uint32_t i = 0; i < ATK_POOL_MAX; i++) {
        uint32_t at = (atk_pool_hint + i) % ATK_POOL_MAX;
        if (!claim_entry(&pool->entry[at], ATK_POOL_FREE)) continue;
        atk_pool_hint = at;
        return &pool->entry[at];
    }
    return NULL;
}

/*
 * Whatever keeps another entry from being made, one of those that there are becomes free within
 * microseconds.
 */
int atk_pool_take(struct atk_pool *pool, struct atk_deadline *deadline,
                  struct atk_pool_entry **ret_entry, apitoken_error *err) {
    apitoken_error why = APITOKEN_ERROR_INIT;
    int made = APITOKEN_E_BUSY;
    do {
        *ret_entry = take_free(pool);
        if (*ret_entry) return 0;
        /* a table that is full stays so for longer than calls wait, and looking takes long */
        if (made != APITOKEN_E_READERS_FULL || atk_pool_is_empty(pool))
            made = add_entry(pool, ret_entry, &why);
        if (made == 0) return 0;
    } while ((made == APITOKEN_E_BUSY || !atk_pool_is_empty(pool)) &&
             atk_deadline_pause(deadline) == 0);
    if (made == APITOKEN_E_BUSY)
        return atk_fail(err, made, "timed out waiting for a read transaction of this process");
    (void)atk_fail_as(err, &why);
    return made;
}

static int fail_timed_out(apitoken_error *err) {
    return atk_fail(err, APITOKEN_E_BUSY, "timed out waiting for calls in progress");
}

int atk_pool_quiesce(struct atk_pool *pool, struct atk_deadline *deadline, apitoken_error *err) {
    uint32_t claimed = 0;
    while (pthread_mutex_trylock(&pool->growth) != 0)
        if (atk_deadline_pause(deadline) < 0) return fail_timed_out(err);
    while (claimed < ATK_POOL_MAX) {
        struct atk_pool_entry *entry = &pool->entry[claimed];
        if (claim_entry(entry, ATK_POOL_FREE) || claim_entry(entry, ATK_POOL_EMPTY)) {
            claimed++;
            continue;
        }
        if (atk_deadline_pause(deadline) == 0) continue;
        while (claimed-- > 0)
            __atomic_store_n(&pool->entry[claimed].state,
                             pool->entry[claimed].txn ? ATK_POOL_FREE : ATK_POOL_EMPTY,
                             __ATOMIC_RELEASE);
        (void)pthread_mutex_unlock(&pool->growth);
        return fail_timed_out(err);
    }
    for (uint32_t i = 0; i < ATK_POOL_MAX; i++) {
        if (pool->entry[i].txn) mdb_txn_abort(pool->entry[i].txn);
        pool->entry[i].txn = NULL;
    }
    __atomic_store_n(&pool->count, 0, __ATOMIC_RELAXED);
    pool->generation++;
    /* fails for memory that the host has locked */
    if (madvise(pool->recent, RECENT_BYTES, MADV_DONTNEED) != 0)
        memset(pool->recent, 0, RECENT_BYTES);
    return 0;
}

void atk_pool_resume(struct atk_pool *pool) {
    for (uint32_t i = 0; i < ATK_POOL_MAX; i++)
        __atomic_store_n(&pool->entry[i].state, ATK_POOL_EMPTY, __ATOMIC_RELEASE);
    (void)pthread_mutex_unlock(&pool->growth);
}
