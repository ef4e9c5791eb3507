/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/counters.h"

#include <stdlib.h>

#include "below.h"
#include "cases.h"

static int setup(void **state) {
    *state = atk_counters_new();
    return *state ? 0 : -1;
}

static int teardown(void **state) {
    free(*state);
    return 0;
}

static struct atk_counts counts_of(const struct atk_counters *counters) {
    struct atk_counts counts;
    atk_counters_read(counters, &counts);
    return counts;
}

/* The order is that of the codes, which apitoken_store_counters() relies on. */
static void test_each_denial_has_a_counter(void **state) {
    struct atk_counters *counters = *state;
    for (int i = 0; i <= APITOKEN_E_MALFORMED - APITOKEN_E_HEADER; i++) {
        for (int times = 0; times <= i; times++)
            atk_counters_add_verdict(counters, APITOKEN_E_MALFORMED - i, false);
        assert_int_equal(counts_of(counters).outcome[ATK_OUTCOME_DENIED + i], i + 1);
        assert_int_equal(counts_of(counters).outcome[ATK_OUTCOME_FAILED], 0);
        assert_int_equal(counts_of(counters).outcome[ATK_OUTCOME_ACCEPTED], 0);
    }
}

static void test_other_codes_are_failures(void **state) {
    struct atk_counters *counters = *state;
    atk_counters_add_verdict(counters, APITOKEN_E_MALFORMED + 1, false);
    atk_counters_add_verdict(counters, APITOKEN_E_HEADER - 1, false);
    atk_counters_add_verdict(counters, APITOKEN_E_ARGUMENT, false);
    assert_int_equal(counts_of(counters).outcome[ATK_OUTCOME_FAILED], 3);
    assert_int_equal(counts_of(counters).outcome[ATK_OUTCOME_CLOCK_FAILED], 0);
    atk_counters_add_verdict(counters, APITOKEN_E_CLOCK, false);
    assert_int_equal(counts_of(counters).outcome[ATK_OUTCOME_FAILED], 4);
    assert_int_equal(counts_of(counters).outcome[ATK_OUTCOME_CLOCK_FAILED], 1);
    for (int i = 0; i < ATK_OUTCOME_FAILED; i++)
        assert_int_equal(counts_of(counters).outcome[i], 0);
}

static void test_what_is_remembered_is_counted_twice(void **state) {
    struct atk_counters *counters = *state;
    atk_counters_add_verdict(counters, 0, true);
    atk_counters_add_verdict(counters, APITOKEN_E_EXPIRED, true);
    atk_counters_add_verdict(counters, 0, false);
    atk_counters_accept_again(counters, 1);
    atk_counters_accept_again(counters, ATK_POOL_MAX - 1);
    const struct atk_counts counts = counts_of(counters);
    assert_int_equal(counts.outcome[ATK_OUTCOME_REMEMBERED], 4);
    assert_int_equal(counts.outcome[ATK_OUTCOME_ACCEPTED], 4);
    assert_int_equal(counts.outcome[ATK_OUTCOME_DENIED + APITOKEN_E_MALFORMED - APITOKEN_E_EXPIRED],
                     1);
}

/* A thread counts in the line of the entry that it uses; the sum has all lines. */
static void test_threads_have_lines_of_their_own(void **state) {
    struct atk_counters *counters = *state;
    const uint32_t usual = atk_pool_hint;
    for (uint32_t i = 0; i < ATK_POOL_MAX; i++) {
        atk_pool_hint = i;
        atk_counters_add_verdict(counters, 0, false);
        assert_int_equal(counters->entry[i].outcome[ATK_OUTCOME_ACCEPTED], 1);
        assert_int_equal((uintptr_t)&counters->entry[i] % 64, 0);
    }
    atk_pool_hint = usual;
    assert_int_equal(counts_of(counters).outcome[ATK_OUTCOME_ACCEPTED], ATK_POOL_MAX);
}

static void test_the_longest_wait_stays(void **state) {
    struct atk_counters *counters = *state;
    const uint64_t waits[] = { 5, 70, 0, 7 };
    for (size_t i = 0; i < 4; i++) atk_counters_add_wait(counters, waits[i]);
    assert_int_equal(counts_of(counters).lock_waits, 4);
    assert_int_equal(counts_of(counters).lock_wait_us, 82);
    assert_int_equal(counts_of(counters).longest_lock_wait_us, 70);
}

static void test_the_age_goes_on(void **state) {
    struct atk_counters *counters = *state;
    counters->opened_us -= 5000000;
    assert_true(counts_of(counters).open_us >= 5000000);
    assert_true(counts_of(counters).open_us < 605000000);
}

static uint64_t accepted(const struct fixture *f) {
    return counts_of(engine_of(f)->counters).outcome[ATK_OUTCOME_ACCEPTED];
}

/* As after a failed write of a meta page: all read transactions are made anew. */
static void test_counts_outlive_the_entries(void **state) {
    const struct fixture *f = *state;
    struct atk_pool *pool = &engine_of(f)->env->pool;
    struct atk_deadline deadline = atk_deadline_in(1000);
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    for (int i = 0; i < 4; i++)
        assert_code(apitoken_validate(f->store, token.text, token.len, NULL, NULL, NULL), 0);
    assert_code(atk_pool_quiesce(pool, &deadline, NULL), 0);
    atk_pool_resume(pool);
    assert_int_equal(accepted(f), 4);
    assert_code(apitoken_validate(f->store, token.text, token.len, NULL, NULL, NULL), 0);
    assert_int_equal(accepted(f), 5);
}

#define COUNTERS_CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        COUNTERS_CASE(test_each_denial_has_a_counter),
        COUNTERS_CASE(test_other_codes_are_failures),
        COUNTERS_CASE(test_what_is_remembered_is_counted_twice),
        COUNTERS_CASE(test_threads_have_lines_of_their_own),
        COUNTERS_CASE(test_the_longest_wait_stays),
        COUNTERS_CASE(test_the_age_goes_on),
        cmocka_unit_test_setup_teardown(test_counts_outlive_the_entries, fixture_setup,
                                        fixture_teardown),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
