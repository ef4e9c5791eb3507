/* SPDX-License-Identifier: MIT */
/* Sessions, and the delay after wrong passwords. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs these first */
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "accounts/sessions.h"
#include "accounts/sign_in_delay.h"
#include "cases.h"

#define IDLE 100
#define LIFETIME 1000
#define NOW 5000
#define COOKIE_CAP (SESSION_COOKIE_LEN + 1)
#define BASE64URL "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/* ---- the clock of the delay: linked with --wrap=clock_gettime -------------------------------- */

/* The time, if it is not 0. A thread that waited until a time on it would use the real clock. */
static int64_t fixed_ms;

int __real_clock_gettime(clockid_t clock, struct timespec *ret_time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time) {
    if (fixed_ms == 0) return __real_clock_gettime(clock, ret_time);
    *ret_time = (struct timespec){ .tv_sec = (time_t)(fixed_ms / 1000),
                                   .tv_nsec = (long)(fixed_ms % 1000) * 1000000 };
    return 0;
}

static int64_t real_ms(void) {
    struct timespec now = { 0, 0 };
    (void)__real_clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- sessions -------------------------------------------------------------------------------- */

static int setup(void **state) {
    *state = sessions_new(IDLE, LIFETIME);
    return *state ? 0 : -1;
}

static int teardown(void **state) {
    sessions_free(*state);
    return 0;
}

static struct account account_of(const char *name, unsigned number) {
    struct account account = { .state = ACCOUNT_ACTIVE, .password_version = 3 };
    (void)snprintf(account.name, sizeof account.name, "%s", name);
    (void)snprintf(account.id, sizeof account.id, "%032x", number);
    return account;
}

static void begin(struct sessions *sessions, unsigned number, int64_t now_s,
                  char ret_cookie[COOKIE_CAP]) {
    struct account account = account_of("alice", number);
    sessions_begin(sessions, &account, now_s, ret_cookie);
}

static bool is_there(struct sessions *sessions, const char *cookie, int64_t now_s) {
    struct session session;
    return sessions_find(sessions, cookie, strlen(cookie), now_s, &session);
}

static void begin_and_find(void **state) {
    struct account alice = account_of("alice", 1), bob = account_of("bob", 2);
    struct session of_alice, of_bob;
    char one[COOKIE_CAP], other[COOKIE_CAP];
    sessions_begin(*state, &alice, NOW, one);
    sessions_begin(*state, &bob, NOW, other);
    assert_int_equal(strlen(one), SESSION_COOKIE_LEN);
    assert_int_equal(strspn(one, BASE64URL), SESSION_COOKIE_LEN);
    assert_string_not_equal(one, other);
    assert_true(sessions_find(*state, one, SESSION_COOKIE_LEN, NOW, &of_alice));
    assert_true(sessions_find(*state, other, SESSION_COOKIE_LEN, NOW, &of_bob));
    assert_string_equal(of_alice.account, alice.id);
    assert_string_equal(of_alice.name, "alice");
    assert_int_equal(of_alice.password_version, 3);
    assert_string_equal(of_bob.account, bob.id);
    assert_string_equal(of_bob.name, "bob");
    assert_int_equal(strlen(of_alice.csrf), SESSION_CSRF_LEN);
    assert_int_equal(strspn(of_alice.csrf, BASE64URL), SESSION_CSRF_LEN);
    assert_string_not_equal(of_alice.csrf, of_bob.csrf);
    assert_string_not_equal(of_alice.csrf, one);
}

static void foreign_cookies(void **state) {
    struct session session = { .password_version = 77 };
    char cookie[COOKIE_CAP + 1], changed[COOKIE_CAP];
    begin(*state, 1, NOW, cookie);
    memcpy(changed, cookie, sizeof changed);
    changed[20] = changed[20] == 'A' ? 'B' : 'A';
    assert_false(sessions_find(*state, changed, SESSION_COOKIE_LEN, NOW, &session));
    assert_false(sessions_find(*state, "", 0, NOW, &session));
    assert_false(sessions_find(*state, cookie, SESSION_COOKIE_LEN - 1, NOW, &session));
    assert_false(sessions_find(*state, cookie, SESSION_COOKIE_LEN + 1, NOW, &session));
    sessions_end(*state, changed, SESSION_COOKIE_LEN);
    sessions_end(*state, "", 0);
    assert_int_equal(session.password_version, 77);
    assert_true(sessions_find(*state, cookie, SESSION_COOKIE_LEN, NOW, &session));
}

static void cookie_of_another_table(void **state) {
    struct sessions *other = sessions_new(IDLE, LIFETIME);
    char cookie[COOKIE_CAP];
    assert_non_null(other);
    begin(*state, 1, NOW, cookie);
    assert_false(is_there(other, cookie, NOW));
    sessions_free(other);
}

static void ends_when_unused(void **state) {
    char cookie[COOKIE_CAP];
    begin(*state, 1, NOW, cookie);
    assert_true(is_there(*state, cookie, NOW + IDLE - 1));
    assert_true(is_there(*state, cookie, NOW + 2 * IDLE - 2)); /* each use counts */
    assert_false(is_there(*state, cookie, NOW + 3 * IDLE - 2));
    assert_false(is_there(*state, cookie, NOW)); /* it has been deleted */
}

static void ends_after_its_lifetime(void **state) {
    char cookie[COOKIE_CAP];
    begin(*state, 1, NOW, cookie);
    for (int64_t s = 0; s < LIFETIME; s += IDLE / 2) assert_true(is_there(*state, cookie, NOW + s));
    assert_true(is_there(*state, cookie, NOW + LIFETIME - 1));
    assert_false(is_there(*state, cookie, NOW + LIFETIME));
}

static void late_use_does_not_turn_time_back(void **state) {
    char cookie[COOKIE_CAP];
    begin(*state, 1, NOW, cookie);
    assert_true(is_there(*state, cookie, NOW + 50));
    assert_true(is_there(*state, cookie, NOW + 40));
    assert_true(is_there(*state, cookie, NOW + 50 + IDLE - 1));
}

static void sign_out(void **state) {
    char one[COOKIE_CAP], other[COOKIE_CAP];
    begin(*state, 1, NOW, one);
    begin(*state, 1, NOW, other);
    for (int i = 0; i < 2; i++) sessions_end(*state, one, SESSION_COOKIE_LEN);
    assert_false(is_there(*state, one, NOW));
    assert_true(is_there(*state, other, NOW));
}

static void too_many_sessions_of_an_account(void **state) {
    char of_bob[COOKIE_CAP], cookies[17][COOKIE_CAP];
    begin(*state, 2, NOW, of_bob);
    for (int i = 0; i < 16; i++) begin(*state, 1, NOW + 1, cookies[i]);
    assert_true(is_there(*state, cookies[0], NOW + 2));
    for (int i = 2; i < 16; i++) assert_true(is_there(*state, cookies[i], NOW + 2));
    begin(*state, 1, NOW + 2, cookies[16]);
    assert_false(is_there(*state, cookies[1], NOW + 2)); /* the least recently used one */
    for (int i = 0; i < 17; i++) assert_int_equal(is_there(*state, cookies[i], NOW + 2), i != 1);
    assert_true(is_there(*state, of_bob, NOW + 2));
}

static void table_full(void **state) {
    char first[COOKIE_CAP], second[COOKIE_CAP], cookie[COOKIE_CAP];
    begin(*state, 1, NOW, first);
    begin(*state, 2, NOW, second);
    for (unsigned i = 2; i < 4096; i++) begin(*state, 1 + i, NOW + 1, cookie);
    assert_true(is_there(*state, first, NOW + 2));
    begin(*state, 9999, NOW + 2, cookie);
    assert_true(is_there(*state, cookie, NOW + 2));
    assert_true(is_there(*state, first, NOW + 2));
    assert_false(is_there(*state, second, NOW + 2));
}

/* An expired session makes room, even if it was used last. */
static void expired_sessions_make_room(void **state) {
    char first[COOKIE_CAP], cookies[16][COOKIE_CAP];
    begin(*state, 1, NOW, first);
    for (int64_t s = 0; s < LIFETIME; s += IDLE / 2) assert_true(is_there(*state, first, NOW + s));
    for (int i = 0; i < 15; i++) begin(*state, 1, NOW + LIFETIME - IDLE / 2 - 1, cookies[i]);
    assert_true(is_there(*state, first, NOW + LIFETIME - 1));
    begin(*state, 1, NOW + LIFETIME, cookies[15]);
    for (int i = 0; i < 16; i++) assert_true(is_there(*state, cookies[i], NOW + LIFETIME));
}

static void csrf(void **state) {
    struct session session;
    char cookie[COOKIE_CAP], given[SESSION_CSRF_LEN + 2];
    begin(*state, 1, NOW, cookie);
    assert_true(sessions_find(*state, cookie, SESSION_COOKIE_LEN, NOW, &session));
    (void)snprintf(given, sizeof given, "%s", session.csrf);
    assert_true(session_csrf_is(&session, given));
    given[SESSION_CSRF_LEN - 1] ^= 1;
    assert_false(session_csrf_is(&session, given));
    given[SESSION_CSRF_LEN - 1] = '\0';
    assert_false(session_csrf_is(&session, given));
    (void)snprintf(given, sizeof given, "%sA", session.csrf);
    assert_false(session_csrf_is(&session, given));
    assert_false(session_csrf_is(&session, ""));
    assert_false(session_csrf_is(&session, NULL));
    assert_false(session_csrf_is(&session, cookie));
}

static void *use_sessions(void *ctx) {
    char cookie[COOKIE_CAP];
    uintptr_t failed = 0;
    for (unsigned i = 0; i < 200; i++) {
        begin(ctx, 1 + i % 50, NOW, cookie);
        failed += !is_there(ctx, cookie, NOW);
        sessions_end(ctx, cookie, SESSION_COOKIE_LEN);
        failed += is_there(ctx, cookie, NOW);
    }
    return (void *)failed;
}

static void sessions_in_many_threads(void **state) {
    pthread_t threads[8];
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_sessions, *state), 0);
    for (size_t i = 0; i < 8; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
}

/* ---- the delay ------------------------------------------------------------------------------- */

static int delay_setup(void **state) {
    *state = sign_in_delay_new();
    return *state ? 0 : -1;
}

static int delay_teardown(void **state) {
    fixed_ms = 0;
    sign_in_delay_free(*state);
    return 0;
}

static bool enter(struct sign_in_delay *delay, const char *name) {
    unsigned retry_s = 0;
    return sign_in_delay_enter(delay, name, strlen(name), &retry_s);
}

static void leave(struct sign_in_delay *delay, const char *name, bool was_right) {
    sign_in_delay_leave(delay, name, strlen(name), was_right ? SIGN_IN_RIGHT : SIGN_IN_WRONG);
}

static int64_t pending(struct sign_in_delay *delay, const char *name) {
    return sign_in_delay_pending_ms(delay, name, strlen(name));
}

/* A wrong attempt as early as possible, on the fixed clock. */
static void try_wrong(struct sign_in_delay *delay, const char *name) {
    fixed_ms += pending(delay, name);
    assert_true(enter(delay, name));
    leave(delay, name, false);
}

static void delay_grows(void **state) {
    static const int64_t due[] = { 250, 500, 1000, 2000, 4000, 8000, 8000, 8000 };
    fixed_ms = 1000000;
    assert_int_equal(pending(*state, "alice"), 0);
    for (size_t i = 0; i < sizeof due / sizeof *due; i++) {
        try_wrong(*state, "alice");
        assert_int_equal(pending(*state, "alice"), due[i]);
    }
    assert_int_equal(pending(*state, "alicf"), 0);
    assert_int_equal(pending(*state, ""), 0);
    fixed_ms += 3000;
    assert_int_equal(pending(*state, "alice"), 5000);
}

static void right_password_clears_it(void **state) {
    fixed_ms = 1000000;
    for (int i = 0; i < 5; i++) try_wrong(*state, "alice");
    fixed_ms += pending(*state, "alice");
    assert_true(enter(*state, "alice"));
    leave(*state, "alice", true);
    assert_int_equal(pending(*state, "alice"), 0);
    try_wrong(*state, "alice");
    assert_int_equal(pending(*state, "alice"), 250);
}

static void an_hour_without_attempts_clears_it(void **state) {
    fixed_ms = 1000000;
    for (int i = 0; i < 5; i++) try_wrong(*state, "alice");
    fixed_ms += 3600 * 1000 - 1;
    try_wrong(*state, "alice");
    assert_int_equal(pending(*state, "alice"), 8000);
    fixed_ms += 3600 * 1000;
    try_wrong(*state, "alice");
    assert_int_equal(pending(*state, "alice"), 250);
}

static void more_names_than_entries(void **state) {
    char name[16];
    fixed_ms = 1000000;
    for (int i = 0; i < 6; i++) try_wrong(*state, "alice");
    for (int i = 0; i < 4095; i++) {
        fixed_ms++;
        (void)snprintf(name, sizeof name, "n%d", i);
        assert_true(enter(*state, name));
        leave(*state, name, false);
    }
    assert_int_not_equal(pending(*state, "alice"), 0);
    assert_int_not_equal(pending(*state, name), 0);
    try_wrong(*state, "another");
    assert_int_equal(pending(*state, "alice"), 0); /* the least recently used one */
    assert_int_equal(pending(*state, "another"), 250);
}

static void too_many_attempts_in_all(void **state) {
    char name[16];
    unsigned retry_s = 0;
    fixed_ms = 1000000;
    for (int i = 0; i < 64; i++) {
        (void)snprintf(name, sizeof name, "n%d", i);
        assert_true(enter(*state, name));
    }
    assert_false(sign_in_delay_enter(*state, "alice", 5, &retry_s));
    assert_int_equal(retry_s, 1);
    leave(*state, "nobody", false); /* leaving without having entered changes nothing */
    assert_false(enter(*state, "alice"));
    leave(*state, "n7", false);
    assert_true(enter(*state, "alice"));
}

/* Threads that enter under one name; only their turns guard what they share. */
struct turns {
    struct sign_in_delay *delay;
    int inside; /* changed between enter and leave */
    int refused;
    pthread_mutex_t lock; /* guards `refused` */
};

static void *take_turns(void *ctx) {
    struct turns *turns = ctx;
    for (int i = 0; i < 100;) {
        if (enter(turns->delay, "alice")) {
            turns->inside++;
            i++;
            leave(turns->delay, "alice", true);
        } else {
            pthread_mutex_lock(&turns->lock);
            turns->refused++;
            pthread_mutex_unlock(&turns->lock);
            (void)sched_yield();
        }
    }
    return NULL;
}

static void attempts_take_turns(void **state) {
    struct turns turns = { .delay = *state, .lock = PTHREAD_MUTEX_INITIALIZER };
    pthread_t threads[6];
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_turns, &turns), 0);
    for (size_t i = 0; i < 6; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(turns.inside, 600);
}

/* Four threads enter a name at which an attempt is running: three wait, one is refused. */
struct crowd {
    struct sign_in_delay *delay;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int refused;
    unsigned retry_s; /* what the first refused thread was told */
};

static void *join_crowd(void *ctx) {
    struct crowd *crowd = ctx;
    unsigned retry_s = 0;
    if (sign_in_delay_enter(crowd->delay, "alice", 5, &retry_s)) return NULL;
    pthread_mutex_lock(&crowd->lock);
    if (crowd->refused++ == 0) crowd->retry_s = retry_s;
    pthread_cond_signal(&crowd->changed);
    pthread_mutex_unlock(&crowd->lock);
    return NULL;
}

/* Returns what the refused thread was told; then the host stops, and none has entered. */
static unsigned crowd_at(struct sign_in_delay *delay) {
    struct crowd crowd = { .delay = delay,
                           .lock = PTHREAD_MUTEX_INITIALIZER,
                           .changed = PTHREAD_COND_INITIALIZER };
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, join_crowd, &crowd), 0);
    pthread_mutex_lock(&crowd.lock);
    while (crowd.refused == 0) pthread_cond_wait(&crowd.changed, &crowd.lock);
    assert_int_equal(crowd.refused, 1);
    pthread_mutex_unlock(&crowd.lock);
    sign_in_delay_stop(delay);
    for (size_t i = 0; i < 4; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(crowd.refused, 4);
    return crowd.retry_s;
}

static void too_many_attempts_on_a_name(void **state) {
    assert_true(enter(*state, "alice"));
    assert_int_equal(crowd_at(*state), 1);
    assert_false(enter(*state, "bob"));
    leave(*state, "alice", true);
}

static void wrong_password_makes_the_next_wait(void **state) {
    assert_true(enter(*state, "alice"));
    leave(*state, "alice", false);
    int64_t begun = real_ms();
    assert_true(enter(*state, "bob")); /* no other name waits */
    leave(*state, "bob", true);
    int64_t due = pending(*state, "alice");
    assert_true(due <= 250);
    assert_true(enter(*state, "alice"));
    assert_true(real_ms() - begun >= due);
    leave(*state, "alice", true);
}

static void unverified_password_changes_nothing(void **state) {
    fixed_ms = 1000000;
    for (int i = 0; i < 2; i++) try_wrong(*state, "alice");
    int64_t due = pending(*state, "alice");
    assert_true(due > 0);
    fixed_ms += due;
    assert_true(enter(*state, "alice"));
    sign_in_delay_leave(*state, "alice", 5, SIGN_IN_NOT_KNOWN);
    assert_int_equal(pending(*state, "alice"), due);
}

static void tells_when_to_try_again(void **state) {
    fixed_ms = 1000000;
    for (int i = 0; i < 5; i++) try_wrong(*state, "alice");
    fixed_ms += pending(*state, "alice");
    assert_true(enter(*state, "alice"));
    assert_int_equal(crowd_at(*state), 16); /* four are ahead of it, at four seconds each */
    leave(*state, "alice", true);
}

#define SESSION_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
#define DELAY_TEST(function) cmocka_unit_test_setup_teardown(function, delay_setup, delay_teardown)

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        SESSION_TEST(begin_and_find),
        SESSION_TEST(foreign_cookies),
        SESSION_TEST(cookie_of_another_table),
        SESSION_TEST(ends_when_unused),
        SESSION_TEST(ends_after_its_lifetime),
        SESSION_TEST(late_use_does_not_turn_time_back),
        SESSION_TEST(sign_out),
        SESSION_TEST(too_many_sessions_of_an_account),
        SESSION_TEST(table_full),
        SESSION_TEST(expired_sessions_make_room),
        SESSION_TEST(csrf),
        SESSION_TEST(sessions_in_many_threads),
        DELAY_TEST(delay_grows),
        DELAY_TEST(right_password_clears_it),
        DELAY_TEST(an_hour_without_attempts_clears_it),
        DELAY_TEST(more_names_than_entries),
        DELAY_TEST(too_many_attempts_in_all),
        DELAY_TEST(attempts_take_turns),
        DELAY_TEST(too_many_attempts_on_a_name),
        DELAY_TEST(wrong_password_makes_the_next_wait),
        DELAY_TEST(unverified_password_changes_nothing),
        DELAY_TEST(tells_when_to_try_again),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
