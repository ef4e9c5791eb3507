/* SPDX-License-Identifier: MIT */
/*
 * What a handle counts. Its validates count in lines of memory of which each belongs to an entry of
 * the reader pool, so that threads, which stay with their entries, share none. A line is part of
 * the handle, not of the entry: handles that share an environment count apart, and nothing is lost
 * when the entries go. All numbers are atomic and unordered.
 */
#ifndef APITOKEN_LMDB_TOKENS_COUNTERS_H
#define APITOKEN_LMDB_TOKENS_COUNTERS_H

#include "lmdb/process/pool.h"
#include "outside/backend.h"

struct atk_entry_counts {
    /* remembered verdicts that were accepted; only who has taken the entry may write it */
    _Alignas(64) uint64_t accepted_again;
    uint64_t outcome[ATK_OUTCOMES]; /* the others; any thread adds to them */
};

struct atk_counters {
    struct atk_entry_counts entry[ATK_POOL_MAX];
    int64_t opened_us; /* on CLOCK_MONOTONIC */
    uint64_t writes, writes_failed, queued_writes;
    /* only the leader of a group writes these */
    uint64_t transactions, tokens_changed, shared_writes, largest_group;
    uint64_t lock_waits, lock_wait_us, longest_lock_wait_us;
};

/* All 0. NULL: out of memory. Freed with free(). */
struct atk_counters *atk_counters_new(void);

/*
 * Counts a remembered verdict as accepted, for the thread that has taken this entry of the pool.
 * Nobody else writes the number meanwhile, so it needs no locked addition.
 */
static inline void atk_counters_accept_again(struct atk_counters *counters, size_t entry) {
    uint64_t *count = &counters->entry[entry].accepted_again;
    __atomic_store_n(count, __atomic_load_n(count, __ATOMIC_RELAXED) + 1, __ATOMIC_RELAXED);
}

static inline void atk_counters_add(uint64_t *count, uint64_t add) {
    (void)__atomic_fetch_add(count, add, __ATOMIC_RELAXED);
}

/* One thread at a time. */
static inline void atk_counters_raise(uint64_t *most, uint64_t value) {
    if (value > __atomic_load_n(most, __ATOMIC_RELAXED))
        __atomic_store_n(most, value, __ATOMIC_RELAXED);
}

/* Counts how a validate ended, in the line of the entry that this thread uses. */
void atk_counters_add_verdict(struct atk_counters *counters, int rc, bool is_remembered);

/* A wait for the write lock. For the leader. */
void atk_counters_add_wait(struct atk_counters *counters, uint64_t us);

void atk_counters_read(const struct atk_counters *counters, struct atk_counts *ret);

#endif
