/* SPDX-License-Identifier: MIT */
/* apitoken_store_counters() */
#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "base/out.h"
#include "objects/input.h"
#include "objects/store.h"

static uint64_t denied(const struct atk_counts *counts, int code) {
    return counts->outcome[ATK_OUTCOME_DENIED + APITOKEN_E_MALFORMED - code];
}

static void fill_in_verdicts(apitoken_counters *counters, const struct atk_counts *counts) {
    counters->accepted = counts->outcome[ATK_OUTCOME_ACCEPTED];
    counters->malformed = denied(counts, APITOKEN_E_MALFORMED);
    counters->unknown = denied(counts, APITOKEN_E_UNKNOWN);
    counters->expired = denied(counts, APITOKEN_E_EXPIRED);
    counters->revoked = denied(counts, APITOKEN_E_REVOKED);
    counters->no_token = denied(counts, APITOKEN_E_NO_TOKEN);
    counters->newer = denied(counts, APITOKEN_E_NEWER);
    counters->suspended = denied(counts, APITOKEN_E_SUSPENDED);
    counters->blocked = denied(counts, APITOKEN_E_BLOCKED);
    counters->wrong_network = denied(counts, APITOKEN_E_WRONG_NETWORK);
    counters->wrong_interface = denied(counts, APITOKEN_E_WRONG_INTERFACE);
    counters->bad_header = denied(counts, APITOKEN_E_HEADER);
    counters->failed = counts->outcome[ATK_OUTCOME_FAILED];
    counters->clock_failed = counts->outcome[ATK_OUTCOME_CLOCK_FAILED];
    counters->remembered = counts->outcome[ATK_OUTCOME_REMEMBERED];
}

static void fill_in_writes(apitoken_counters *counters, const struct atk_counts *counts) {
    counters->writes = counts->writes;
    counters->writes_failed = counts->writes_failed;
    counters->transactions = counts->transactions;
    counters->tokens_changed = counts->tokens_changed;
    counters->shared_writes = counts->shared_writes;
    counters->largest_group = counts->largest_group;
    counters->queued_writes = counts->queued_writes;
    counters->lock_waits = counts->lock_waits;
    counters->lock_wait_us = counts->lock_wait_us;
    counters->longest_lock_wait_us = counts->longest_lock_wait_us;
}

int apitoken_store_counters(apitoken_store *store, const apitoken_stat_opts *opts,
                            apitoken_counters *ret_counters, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    apitoken_stat_opts full;
    apitoken_counters counters = APITOKEN_COUNTERS_INIT;
    struct atk_counts counts;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    if (!ret_counters) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_out_require_size(ret_counters, ATK_SIZE_COUNTERS, err));
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_STAT_OPTS, 0, opts, err));
    ATK_TRY(atk_input_reserved(full.reserved, err));
    store->backend->ops->read_counts(store->backend, &counts);
    counters.open_ms = counts.open_us / 1000;
    fill_in_verdicts(&counters, &counts);
    fill_in_writes(&counters, &counts);
    atk_out_store(ret_counters, &counters, sizeof counters);
    return 0;
}
