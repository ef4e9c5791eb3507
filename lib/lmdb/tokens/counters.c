/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/counters.h"

#include <stdlib.h>
#include <string.h>

#include "base/attr.h"

_Static_assert(sizeof(struct atk_entry_counts) % 64 == 0, "entries share no cache line");

struct atk_counters *atk_counters_new(void) {
    struct atk_counters *counters =
        aligned_alloc(_Alignof(struct atk_counters), sizeof(struct atk_counters));
    if (!counters) return NULL;
    memset(counters, 0, sizeof *counters);
    counters->opened_us = atk_monotonic_us();
    return counters;
}

static enum atk_outcome outcome_of(int rc) {
    if (rc > APITOKEN_E_MALFORMED || rc < APITOKEN_E_HEADER) return ATK_OUTCOME_FAILED;
    return (enum atk_outcome)(ATK_OUTCOME_DENIED + APITOKEN_E_MALFORMED - rc);
}

/* Apart: what is denied has time. */
ATK_APART static void add_error(struct atk_entry_counts *counts, int rc) {
    atk_counters_add(&counts->outcome[outcome_of(rc)], 1);
    if (rc == APITOKEN_E_CLOCK) atk_counters_add(&counts->outcome[ATK_OUTCOME_CLOCK_FAILED], 1);
}

/* Several threads may use the entry by turns, or begin with the same one: so it adds atomically. */
void atk_counters_add_verdict(struct atk_counters *counters, int rc, bool is_remembered) {
    struct atk_entry_counts *counts = &counters->entry[atk_pool_hint];
    if (is_remembered) atk_counters_add(&counts->outcome[ATK_OUTCOME_REMEMBERED], 1);
    if (rc < 0)
        add_error(counts, rc);
    else
        atk_counters_add(&counts->outcome[ATK_OUTCOME_ACCEPTED], 1);
}

void atk_counters_add_wait(struct atk_counters *counters, uint64_t us) {
    atk_counters_add(&counters->lock_waits, 1);
    atk_counters_add(&counters->lock_wait_us, us);
    atk_counters_raise(&counters->longest_lock_wait_us, us);
}

static uint64_t read_count(const uint64_t *count) {
    return __atomic_load_n(count, __ATOMIC_RELAXED);
}

static void add_entry(const struct atk_entry_counts *counts, struct atk_counts *sum) {
    const uint64_t again = read_count(&counts->accepted_again);
    for (size_t i = 0; i < ATK_OUTCOMES; i++) sum->outcome[i] += read_count(&counts->outcome[i]);
    sum->outcome[ATK_OUTCOME_ACCEPTED] += again;
    sum->outcome[ATK_OUTCOME_REMEMBERED] += again;
}

void atk_counters_read(const struct atk_counters *counters, struct atk_counts *ret) {
    *ret = (struct atk_counts){
        .open_us = atk_monotonic_us() - counters->opened_us,
        .writes = read_count(&counters->writes),
        .writes_failed = read_count(&counters->writes_failed),
        .transactions = read_count(&counters->transactions),
        .tokens_changed = read_count(&counters->tokens_changed),
        .shared_writes = read_count(&counters->shared_writes),
        .largest_group = read_count(&counters->largest_group),
        .queued_writes = read_count(&counters->queued_writes),
        .lock_waits = read_count(&counters->lock_waits),
        .lock_wait_us = read_count(&counters->lock_wait_us),
        .longest_lock_wait_us = read_count(&counters->longest_lock_wait_us),
    };
    for (size_t i = 0; i < ATK_POOL_MAX; i++) add_entry(&counters->entry[i], ret);
}
