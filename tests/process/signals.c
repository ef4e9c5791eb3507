/* SPDX-License-Identifier: MIT */
/*
 * A host whose timer interrupts it a thousand times a second, with a handler that does not restart
 * system calls. Every call returns an answer, and the answer is true.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>

#include "cases.h"
#include "child.h"
#include "figure.h"
#include "fixture.h"
#include "storage.h"

enum { TURNS = 400, TURNS_LONG = 5000, TICK_US = 1000, SIGNALS_MIN = 100 };

static uint32_t ticks;

static void tick(int signal_number) {
    (void)signal_number;
    raise_by_one(&ticks);
}

static void start_timer(void) {
    const struct sigaction action = { .sa_handler = tick }; /* no SA_RESTART */
    const struct itimerval each = { { 0, TICK_US }, { 0, TICK_US } };
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &each, NULL), 0);
}

static void stop_timer(void) {
    const struct itimerval none = { { 0, 0 }, { 0, 0 } };
    assert_int_equal(setitimer(ITIMER_REAL, &none, NULL), 0);
}

static size_t rows_of(apitoken_store *store) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    assert_code(apitoken_store_stat(store, NULL, &info, NULL), 0);
    return (size_t)info.tokens;
}

static void interrupted_calls_come_to_their_answers(void **state) {
    struct fixture *f = *state;
    const uint64_t turns = figure_rounds(TURNS, TURNS_LONG); /* of two commits each */
    start_timer();
    uint64_t done = 0;
    for (; done < turns || reads(&ticks) < SIGNALS_MIN; done++) {
        errno = 7777;
        struct made_token made = fixture_create(f->store, "anna", "n", NULL);
        assert_code(apitoken_validate(f->store, made.text, made.len, NULL, NULL, NULL), 0);
        assert_code(apitoken_revoke(f->store, LIT("anna"), made.id, strlen(made.id), NULL, NULL),
                    0);
        assert_code(apitoken_validate(f->store, made.text, made.len, NULL, NULL, NULL),
                    APITOKEN_E_REVOKED);
        assert_int_equal(errno, 7777);
    }
    for (int i = 0; i < TURNS / 10; i++) {
        apitoken_store_close(f->store);
        f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    }
    stop_timer();
    assert_int_equal(rows_of(f->store), done);
    figure_at_least("signals during calls", reads(&ticks), SIGNALS_MIN);
}

/* Two that write take turns, so that each is interrupted while it waits for the other, too. */
static int write_interrupted(void *ctx) {
    struct fixture *f = ctx;
    apitoken_store *store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    start_timer();
    for (int i = 0; i < TURNS / 4; i++) (void)fixture_create(store, "anna", "n", NULL);
    stop_timer();
    apitoken_store_close(store);
    return 0;
}

static void interrupted_waits_go_on(void **state) {
    struct fixture *f = *state;
    pid_t first = child_start(write_interrupted, f), second = child_start(write_interrupted, f);
    child_join(first);
    child_join(second);
    assert_int_equal(rows_of(f->store), TURNS / 4 * 2);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(interrupted_calls_come_to_their_answers, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(interrupted_waits_go_on, fixture_setup, fixture_teardown),
    };
    storage_pace_syncs();
    return run_cases(argc, argv, tests, NULL, NULL);
}
