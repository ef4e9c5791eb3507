/* SPDX-License-Identifier: MIT */
/*
 * If the host has no clock of its own, the system clock decides. Here it stands still, and fails on
 * request: the function below replaces the real one, as in faulty.c. The coarse clock gives the
 * time of its last tick, `lag_ms` ago.
 */
#include "life.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "cases.h"

#define LAST_TICK 4 /* milliseconds ago: as of a kernel that ticks 250 times a second */

/* ---- the system's clock; 0 = as it is -------------------------------------------------------- */

static struct {
    int64_t now_ms;
    int64_t lag_ms;
    int coarse_fails, exact_fails;
} system_clock;

static void tell(struct timespec *ts, int64_t ms) {
    ts->tv_sec = ms / 1000;
    ts->tv_nsec = (long)(ms % 1000) * 1000000;
}

int clock_gettime(clockid_t id, struct timespec *ts) {
    int (*real)(clockid_t, struct timespec *);
    void *found = dlsym(RTLD_NEXT, "clock_gettime");
    memcpy(&real, &found, sizeof found);
    const int is_coarse = id == CLOCK_REALTIME_COARSE;
    if (!system_clock.now_ms || (id != CLOCK_REALTIME && !is_coarse)) return real(id, ts);
    if (is_coarse ? system_clock.coarse_fails : system_clock.exact_fails) {
        errno = EINVAL;
        return -1;
    }
    tell(ts, system_clock.now_ms - (is_coarse ? system_clock.lag_ms : 0));
    return 0;
}

/* ---- a store on it --------------------------------------------------------------------------- */

static int setup(void **state) {
    memset(&system_clock, 0, sizeof system_clock);
    int rc = fixture_setup(state);
    struct fixture *f = *state;
    apitoken_store_close(f->store);
    assert_code(apitoken_store_open(f->store_path, f->keyring, NULL, &f->store, NULL), 0);
    system_clock.now_ms = FIXTURE_NOW;
    system_clock.lag_ms = LAST_TICK;
    return rc;
}

static int teardown(void **state) {
    memset(&system_clock, 0, sizeof system_clock);
    return fixture_teardown(state);
}

/*
 * The moment at which it is no longer good is that of the exact time, however coarsely it was asked
 * for at first.
 */
static void a_token_ends_to_the_millisecond(void **state) {
    const struct fixture *f = *state;
    const struct made_token token = create_until(f->store, "owner", FIXTURE_NOW + 1000);
    for (int64_t lag_ms = 0; lag_ms <= 10; lag_ms++) {
        system_clock.lag_ms = lag_ms;
        system_clock.now_ms = FIXTURE_NOW + 999;
        assert_code(check(f->store, &token), 0);
        assert_int_equal(state_of(f->store, "owner", token.id), APITOKEN_STATE_VALID);
        system_clock.now_ms = FIXTURE_NOW + 1000;
        assert_code(check(f->store, &token), APITOKEN_E_EXPIRED);
        assert_int_equal(state_of(f->store, "owner", token.id), APITOKEN_STATE_EXPIRED);
    }
}

/*
 * At first sight and when it was seen before; whose the token is may be told, as the secret was
 * right.
 */
static void without_the_exact_time_a_token_near_its_end_is_denied(void **state) {
    const struct fixture *f = *state;
    const struct made_token near = create_until(f->store, "owner", FIXTURE_NOW + 1),
                            far = create_until(f->store, "owner", FIXTURE_NOW + 3600000);
    system_clock.exact_fails = 1;
    for (int i = 0; i < 3; i++) {
        apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(apitoken_validate(f->store, near.text, near.len, NULL, &verdict, &err),
                    APITOKEN_E_CLOCK);
        assert_code(verdict.code, APITOKEN_E_CLOCK);
        assert_code(err.code, APITOKEN_E_CLOCK);
        assert_string_equal(err.id, near.id);
        assert_string_equal(verdict.owner, "owner");
        assert_code(check(f->store, &far), 0);
    }
    system_clock.exact_fails = 0;
    assert_code(check(f->store, &near), 0);
}

/* Whether its grace is over cannot be told. */
static void without_the_exact_time_an_older_secret_is_denied(void **state) {
    const struct fixture *f = *state;
    const struct made_token older = fixture_create(f->store, "owner", "name", NULL);
    const struct made_token newest = rotate_for(f->store, &older, 60000, 0);
    assert_code(check(f->store, &older), 0);
    system_clock.exact_fails = 1;
    for (int i = 0; i < 3; i++) {
        assert_code(check(f->store, &older), APITOKEN_E_CLOCK);
        assert_code(check(f->store, &newest), 0);
    }
    system_clock.exact_fails = 0;
    assert_code(check(f->store, &older), 0);
}

static int64_t last_used(const struct fixture *f, const struct made_token *token) {
    apitoken_token *row = NULL;
    assert_code(
        apitoken_show(f->store, LIT("owner"), token->id, strlen(token->id), NULL, &row, NULL), 0);
    const int64_t ms = apitoken_token_last_used_ms(row);
    apitoken_token_free(row);
    return ms;
}

/*
 * What was refused at the exact time is no use, though the rough one let it pass; what is good in
 * the same minute is one.
 */
static void a_use_in_the_minute_of_a_refusal_is_noted(void **state) {
    const struct fixture *f = *state;
    const int64_t minute = (FIXTURE_NOW / 60000 + 1) * 60000;
    const struct made_token token = create_until(f->store, "owner", minute + 1000);
    for (int i = 0; i < 3; i++) assert_code(check(f->store, &token), 0);
    system_clock.now_ms = minute + 1000;
    assert_code(check(f->store, &token), APITOKEN_E_EXPIRED);
    system_clock.exact_fails = 1;
    assert_code(check(f->store, &token), APITOKEN_E_CLOCK);
    system_clock.exact_fails = 0;
    system_clock.now_ms = minute + 900;
    assert_true(last_used(f, &token) < minute);
    assert_code(check(f->store, &token), 0);
    assert_true(last_used(f, &token) == minute);
}

static void without_any_time_nothing_is_good(void **state) {
    const struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    for (int i = 0; i < 3; i++) {
        apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
        system_clock.coarse_fails = 1;
        assert_code(apitoken_validate(f->store, token.text, token.len, NULL, &verdict, NULL),
                    APITOKEN_E_CLOCK);
        assert_string_equal(verdict.id, token.id);
        assert_string_equal(verdict.owner, "");
        system_clock.coarse_fails = 0;
        assert_code(check(f->store, &token), 0);
    }
}

/* Nor is anything made, changed or shown at a time that nobody knows. */
static void without_any_time_nothing_is_done(void **state) {
    const struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_page *page = UNTOUCHED;
    apitoken_token *row = UNTOUCHED;
    system_clock.exact_fails = system_clock.coarse_fails = 1;
    assert_code(try_create(f->store, "owner", "another", NULL), APITOKEN_E_CLOCK);
    assert_code(revoke_token(f->store, "owner", token.id), APITOKEN_E_CLOCK);
    assert_code(apitoken_list(f->store, LIT("owner"), NULL, &page, NULL), APITOKEN_E_CLOCK);
    assert_code(apitoken_show(f->store, LIT("owner"), token.id, strlen(token.id), NULL, &row, NULL),
                APITOKEN_E_CLOCK);
    assert_ptr_equal(page, UNTOUCHED);
    assert_ptr_equal(row, UNTOUCHED);
    system_clock.exact_fails = system_clock.coarse_fails = 0;
    assert_int_equal(count_rows(f->store, "owner"), 1);
    assert_int_equal(state_of(f->store, "owner", token.id), APITOKEN_STATE_VALID);
}

/* Before 1970 and after 9999, as of a machine whose battery is dead. */
static void a_time_outside_the_years_denies(void **state) {
    const struct fixture *f = *state;
    static const int64_t wrong_ms[] = { -1000, -86400000, INT64_C(253402300800000),
                                        INT64_C(253402300800000) * 1000 };
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    system_clock.lag_ms = 0;
    for (size_t i = 0; i < COUNT(wrong_ms); i++) {
        system_clock.now_ms = wrong_ms[i];
        assert_code(check(f->store, &token), APITOKEN_E_CLOCK);
        assert_code(try_create(f->store, "owner", "another", NULL), APITOKEN_E_CLOCK);
    }
    system_clock.now_ms = FIXTURE_NOW;
    assert_code(check(f->store, &token), 0);
    assert_int_equal(count_rows(f->store, "owner"), 1);
}

#define CLOCK_CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CLOCK_CASE(a_token_ends_to_the_millisecond),
        CLOCK_CASE(without_the_exact_time_a_token_near_its_end_is_denied),
        CLOCK_CASE(without_the_exact_time_an_older_secret_is_denied),
        CLOCK_CASE(a_use_in_the_minute_of_a_refusal_is_noted),
        CLOCK_CASE(without_any_time_nothing_is_good),
        CLOCK_CASE(without_any_time_nothing_is_done),
        CLOCK_CASE(a_time_outside_the_years_denies),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
