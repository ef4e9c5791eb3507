/* SPDX-License-Identifier: MIT */
#include "outside/clock.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "cases.h"
#include "samples.h"

#define SENTINEL 77

/* ---- a system whose clocks and sleep can be set ---------------------------------------------- */

static struct {
    int is_set, fails;
    struct timespec now; /* what every clock shows */
    int64_t slept_ns;    /* slept since `now` was set; that does not advance it */
} set;

int clock_gettime(clockid_t id, struct timespec *ts) {
    int (*real)(clockid_t, struct timespec *);
    void *found = dlsym(RTLD_NEXT, "clock_gettime");
    memcpy(&real, &found, sizeof found);
    if (!set.is_set) return real(id, ts);
    *ts = set.now;
    errno = EINVAL;
    return set.fails ? -1 : 0;
}

int nanosleep(const struct timespec *ts, struct timespec *ret_left) {
    int (*real)(const struct timespec *, struct timespec *);
    void *found = dlsym(RTLD_NEXT, "nanosleep");
    memcpy(&real, &found, sizeof found);
    if (!set.is_set) return real(ts, ret_left);
    set.slept_ns += (int64_t)ts->tv_sec * 1000000000 + ts->tv_nsec;
    return 0;
}

static void set_clock(time_t seconds, long nanoseconds) {
    memset(&set, 0, sizeof set);
    set.is_set = 1;
    set.now = (struct timespec){ seconds, nanoseconds };
}

static void unset_clock(void) { memset(&set, 0, sizeof set); }

struct host_clock {
    int64_t now_ms;
    int result;
    int calls;
};

static int host_clock(int64_t *ret_now_ms, void *ctx) {
    struct host_clock *host = ctx;
    host->calls++;
    *ret_now_ms = host->now_ms;
    return host->result;
}

static int forgetful_clock(int64_t *ret_now_ms, void *ctx) {
    (void)ret_now_ms, (void)ctx;
    return 0;
}

static void test_the_clock_of_the_host(void **state) {
    (void)state;
    static const struct {
        int64_t now_ms;
        int result, due;
    } rows[] = {
        { 0, 0, 0 },
        { FIXTURE_NOW, 0, 0 },
        { ATK_MS_MAX, 0, 0 },
        { -1, 0, APITOKEN_E_CLOCK },
        { INT64_MIN, 0, APITOKEN_E_CLOCK },
        { ATK_MS_MAX + 1, 0, APITOKEN_E_CLOCK },
        { INT64_MAX, 0, APITOKEN_E_CLOCK },
        { FIXTURE_NOW, 1, APITOKEN_E_CLOCK },
        { FIXTURE_NOW, -1, APITOKEN_E_CLOCK },
        { FIXTURE_NOW, INT32_MIN, APITOKEN_E_CLOCK },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct host_clock host = { rows[i].now_ms, rows[i].result, 0 };
        const struct atk_clock clock = { host_clock, &host };
        apitoken_error err = APITOKEN_ERROR_INIT;
        int64_t now_ms = SENTINEL;
        assert_code(atk_clock_read(&clock, &now_ms, &err), rows[i].due);
        assert_int_equal(err.code, rows[i].due);
        assert_true(now_ms == (rows[i].due == 0 ? rows[i].now_ms : SENTINEL));
        assert_int_equal(host.calls, 1);
    }
}

/* A callback that returns 0 and stores nothing must not stand for an old time. */
static void test_a_clock_that_stores_nothing_fails(void **state) {
    (void)state;
    const struct atk_clock clock = { forgetful_clock, NULL };
    int64_t now_ms = SENTINEL;
    assert_code(atk_clock_read(&clock, &now_ms, NULL), APITOKEN_E_CLOCK);
    assert_int_equal(now_ms, SENTINEL);
}

static void test_without_a_callback_it_is_the_system_clock(void **state) {
    (void)state;
    const struct atk_clock clock = { NULL, NULL };
    int64_t now_ms = SENTINEL;
    int64_t before_ms = (int64_t)time(NULL) * 1000 - 1000; /* time() may lag by a tick */
    assert_code(atk_clock_read(&clock, &now_ms, NULL), 0);
    assert_true(now_ms >= before_ms && now_ms <= before_ms + 60000);
}

static void test_a_coarse_time_is_never_early(void **state) {
    (void)state;
    const struct atk_clock clock = { NULL, NULL };
    int64_t coarse_ms, exact_ms;
    bool is_coarse = false;
    for (int i = 0; i < 1000; i++) {
        assert_code(atk_clock_read_coarse(&clock, &coarse_ms, &is_coarse, NULL), 0);
        assert_code(atk_clock_read(&clock, &exact_ms, NULL), 0);
        assert_int_equal(is_coarse, 1);
        assert_true(coarse_ms <= exact_ms && exact_ms < coarse_ms + ATK_COARSE_CLOCK_MS);
    }
}

static void test_the_time_of_a_host_is_exact(void **state) {
    (void)state;
    struct host_clock host = { FIXTURE_NOW, 0, 0 };
    const struct atk_clock clock = { host_clock, &host };
    int64_t now_ms = SENTINEL;
    bool is_coarse = true;
    assert_code(atk_clock_read_coarse(&clock, &now_ms, &is_coarse, NULL), 0);
    assert_true(now_ms == FIXTURE_NOW && !is_coarse && host.calls == 1);
    host.result = 1;
    assert_code(atk_clock_read_coarse(&clock, &now_ms, &is_coarse, NULL), APITOKEN_E_CLOCK);
}

static void test_coarse_time_goes_forward(void **state) {
    (void)state;
    int64_t first = atk_coarse_ms(), second = atk_coarse_ms();
    assert_true(first > 0 && second >= first);
}

static void test_no_time_at_all_is_up_at_once(void **state) {
    (void)state;
    struct atk_deadline deadline = atk_deadline_in(0);
    assert_code(atk_deadline_pause(&deadline), APITOKEN_E_BUSY);
    assert_code(atk_deadline_pause(&deadline), APITOKEN_E_BUSY);
}

/* The first pause sets the end, later ones keep it; pauses double up to their limit. */
static void test_pauses_lengthen_until_the_time_is_up(void **state) {
    (void)state;
    struct atk_deadline deadline = atk_deadline_in(20);
    uint32_t due = ATK_POLL_MIN_US;
    int64_t end_us = 0;
    int pauses = 0;
    assert_true(deadline.at_us == 0);
    while (deadline.pause_us == due && atk_deadline_pause(&deadline) == 0) {
        if (pauses++ == 0) end_us = deadline.at_us;
        assert_true(deadline.at_us == end_us && end_us > 0);
        due = due * 2 < ATK_POLL_MAX_US ? due * 2 : ATK_POLL_MAX_US;
    }
    assert_int_equal(deadline.pause_us, due);
    assert_true(pauses >= 1 && pauses <= 6 + 20000 / ATK_POLL_MAX_US);
    assert_code(atk_deadline_pause(&deadline), APITOKEN_E_BUSY);
}

/* Whichever is called first sets the end; it is the same for both. */
static void test_the_end_is_that_of_the_pauses(void **state) {
    (void)state;
    struct atk_deadline deadline = atk_deadline_in(60000);
    struct timespec end = atk_deadline_end(&deadline), again;
    assert_code(atk_deadline_pause(&deadline), 0);
    again = atk_deadline_end(&deadline);
    assert_true(end.tv_sec == again.tv_sec && end.tv_nsec == again.tv_nsec);
    assert_true((int64_t)end.tv_sec * 1000000 + end.tv_nsec / 1000 == deadline.at_us);
    assert_in_range(end.tv_nsec, 0, 999999999);
}

static void test_the_longest_timeout_does_not_overflow(void **state) {
    (void)state;
    struct atk_deadline deadline = atk_deadline_in(UINT32_MAX);
    assert_code(atk_deadline_pause(&deadline), 0);
    assert_true(deadline.at_us > (int64_t)UINT32_MAX * 1000);
}

/* Times are rounded down: never an instant in the future. */
static void test_times_of_the_system_are_cut_off(void **state) {
    (void)state;
    const struct atk_clock clock = { NULL, NULL };
    int64_t now_ms = SENTINEL, coarse_ms = SENTINEL;
    bool is_coarse;
    set_clock(4000000, 999999999);
    int code = atk_clock_read(&clock, &now_ms, NULL),
        coarse_code = atk_clock_read_coarse(&clock, &coarse_ms, &is_coarse, NULL);
    int64_t again_ms = atk_coarse_ms(), us = atk_monotonic_us();
    unset_clock();
    assert_code(code, 0);
    assert_code(coarse_code, 0);
    assert_int_equal(now_ms, 4000000999);
    assert_int_equal(coarse_ms, 4000000999);
    assert_int_equal(again_ms, 4000000999);
    assert_int_equal(us, INT64_C(4000000999999));
}

static void test_a_clock_of_the_system_that_fails(void **state) {
    (void)state;
    const struct atk_clock clock = { NULL, NULL };
    int64_t now_ms = SENTINEL;
    bool is_coarse;
    set_clock(4000000, 0);
    set.fails = 1;
    int code = atk_clock_read(&clock, &now_ms, NULL),
        coarse_code = atk_clock_read_coarse(&clock, &now_ms, &is_coarse, NULL);
    int64_t coarse_ms = atk_coarse_ms();
    unset_clock();
    assert_code(code, APITOKEN_E_CLOCK);
    assert_code(coarse_code, APITOKEN_E_CLOCK);
    assert_int_equal(now_ms, SENTINEL);
    assert_int_equal(coarse_ms, 0);
}

/* The last pause ends with the deadline, and there is one for each microsecond that is left. */
static void test_a_deadline_is_neither_early_nor_late(void **state) {
    (void)state;
    struct atk_deadline deadline = atk_deadline_in(1500);
    set_clock(4000000, 999999000);
    struct timespec end = atk_deadline_end(&deadline);
    set_clock(4000002, 499998000); /* a microsecond before */
    int before = atk_deadline_pause(&deadline);
    int64_t last_ns = set.slept_ns;
    set_clock(4000002, 499999000);
    int after = atk_deadline_pause(&deadline);
    int64_t slept_after_ns = set.slept_ns;
    struct atk_deadline fresh = atk_deadline_in(1500);
    int first = atk_deadline_pause(&fresh);
    int64_t first_ns = set.slept_ns;
    unset_clock();
    assert_true(end.tv_sec == 4000002 && end.tv_nsec == 499999000);
    assert_code(before, 0);
    assert_int_equal(last_ns, 1000);
    assert_code(after, APITOKEN_E_BUSY);
    assert_int_equal(slept_after_ns, 0);
    assert_code(first, 0);
    assert_int_equal(first_ns, ATK_POLL_MIN_US * 1000);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_clock_of_the_host),
        cmocka_unit_test(test_a_clock_that_stores_nothing_fails),
        cmocka_unit_test(test_without_a_callback_it_is_the_system_clock),
        cmocka_unit_test(test_a_coarse_time_is_never_early),
        cmocka_unit_test(test_the_time_of_a_host_is_exact),
        cmocka_unit_test(test_coarse_time_goes_forward),
        cmocka_unit_test(test_no_time_at_all_is_up_at_once),
        cmocka_unit_test(test_pauses_lengthen_until_the_time_is_up),
        cmocka_unit_test(test_the_end_is_that_of_the_pauses),
        cmocka_unit_test(test_the_longest_timeout_does_not_overflow),
        cmocka_unit_test(test_times_of_the_system_are_cut_off),
        cmocka_unit_test(test_a_clock_of_the_system_that_fails),
        cmocka_unit_test(test_a_deadline_is_neither_early_nor_late),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
