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

/*
 * Makes another entry and takes it for the caller. *ret_entry is NULL if there are ATK_POOL_MAX, or
 * if another thread is making one.
 */
static int add_entry(struct atk_pool *pool, struct atk_deadline *deadline,
                     struct atk_pool_entry **ret_entry, apitoken_error *err) {
    int rc = 0;
    *ret_entry = NULL;
    if (pthread_mutex_trylock(&pool->growth) != 0) return 0;
    for (uint32_t i = 0; i < ATK_POOL_MAX; i++) {
        struct atk_pool_entry *entry = &pool->entry[i * STRIDE % ATK_POOL_MAX];
        if (!claim_entry(entry, ATK_POOL_EMPTY)) continue;
        rc = pool->make(pool->make_ctx, deadline, &entry->txn, err);
        if (rc < 0) {
            entry->txn = NULL;
            __atomic_store_n(&entry->state, ATK_POOL_EMPTY, __ATOMIC_RELEASE);
            break;
        }
        (void)__atomic_add_fetch(&pool->count, 1, __ATOMIC_RELAXED);
        *ret_entry = entry;
        break;
    }
    (void)pthread_mutex_unlock(&pool->growth);
    return rc;
}

int atk_pool_fill(struct atk_pool *pool, uint32_t count, struct atk_deadline *deadline,
                  apitoken_error *err) {
    while (__atomic_load_n(&pool->count, __ATOMIC_RELAXED) < count) {
        struct atk_pool_entry *entry;
        ATK_TRY(add_entry(pool, deadline, &entry, err));
        if (!entry) return 0;
        atk_pool_give(entry);
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

int atk_pool_take(struct atk_pool *pool, struct atk_deadline *deadline,
                  struct atk_pool_entry **ret_entry, apitoken_error *err) {
    for (;;) {
        *ret_entry = take_free(pool);
        if (*ret_entry) return 0;
        ATK_TRY(add_entry(pool, deadline, ret_entry, err));
        if (*ret_entry) return 0;
        if (atk_deadline_pause(deadline) < 0)
            return atk_fail(err, APITOKEN_E_BUSY,
                            "all read transactions of this process are taken");
    }
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
