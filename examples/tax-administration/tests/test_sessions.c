/* SPDX-License-Identifier: MIT */
/* Sessions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs these first */
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "accounts/sessions.h"
#include "cases.h"

#define IDLE 100
#define LIFETIME 1000
#define NOW 5000
#define COOKIE_CAP (SESSION_COOKIE_LEN + 1)
#define BASE64URL "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

static const struct session_origin nowhere = { .address = "" };

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
    sessions_begin(sessions, &account, &nowhere, now_s, ret_cookie);
}

static bool is_there(struct sessions *sessions, const char *cookie, int64_t now_s) {
    struct session session;
    return sessions_find(sessions, cookie, strlen(cookie), now_s, &session);
}

static void begin_and_find(void **state) {
    struct account alice = account_of("alice", 1), bob = account_of("bob", 2);
    struct session of_alice, of_bob;
    char one[COOKIE_CAP], other[COOKIE_CAP];
    sessions_begin(*state, &alice, &nowhere, NOW, one);
    sessions_begin(*state, &bob, &nowhere, NOW, other);
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

static struct session found(struct sessions *sessions, const char *cookie, int64_t now_s) {
    struct session session;
    assert_true(sessions_find(sessions, cookie, strlen(cookie), now_s, &session));
    return session;
}

static void list_of_an_account(void **state) {
    struct session_facts facts[SESSIONS_OF_ACCOUNT_MAX];
    struct session_origin home = { "192.0.2.1", "Browser/1.0" };
    struct account alice = account_of("alice", 1);
    char one[COOKIE_CAP], other[COOKIE_CAP], of_bob[COOKIE_CAP];
    assert_int_equal(sessions_list(*state, alice.id, NOW, facts), 0);
    sessions_begin(*state, &alice, &home, NOW, one);
    begin(*state, 1, NOW + 5, other);
    begin(*state, 2, NOW + 6, of_bob);
    assert_true(is_there(*state, one, NOW + 10));
    assert_int_equal(sessions_list(*state, alice.id, NOW + 11, facts), 2);
    assert_string_equal(facts[0].id, found(*state, one, NOW + 10).id);
    assert_int_equal(facts[0].begun_s, NOW);
    assert_int_equal(facts[0].last_s, NOW + 10); /* a look at the list is no use */
    assert_string_equal(facts[0].origin.address, "192.0.2.1");
    assert_string_equal(facts[0].origin.browser, "Browser/1.0");
    assert_string_equal(facts[1].id, found(*state, other, NOW + 5).id);
    assert_int_equal(sessions_list(*state, alice.id, NOW + 5 + IDLE, facts), 1);
    for (int i = 0; i < 20; i++) begin(*state, 1, NOW + 20, other);
    assert_int_equal(sessions_list(*state, alice.id, NOW + 20, facts), SESSIONS_OF_ACCOUNT_MAX);
}

static void end_by_id(void **state) {
    char one[COOKIE_CAP], other[COOKIE_CAP], of_bob[COOKIE_CAP];
    struct account alice = account_of("alice", 1);
    begin(*state, 1, NOW, one);
    begin(*state, 1, NOW, other);
    begin(*state, 2, NOW, of_bob);
    struct session session = found(*state, one, NOW), bobs = found(*state, of_bob, NOW);
    assert_false(sessions_end_one(*state, alice.id, bobs.id));
    assert_false(sessions_end_one(*state, alice.id, ""));
    assert_false(sessions_end_one(*state, alice.id, "0000000000000000"));
    assert_true(sessions_end_one(*state, alice.id, session.id));
    assert_false(sessions_end_one(*state, alice.id, session.id));
    assert_false(is_there(*state, one, NOW));
    assert_true(is_there(*state, other, NOW));
    assert_true(is_there(*state, of_bob, NOW));
}

static void end_the_others(void **state) {
    char own[COOKIE_CAP], others[5][COOKIE_CAP], of_bob[COOKIE_CAP];
    struct account alice = account_of("alice", 1);
    begin(*state, 2, NOW, of_bob);
    for (int i = 0; i < 5; i++) begin(*state, 1, NOW, others[i]);
    begin(*state, 1, NOW, own);
    assert_int_equal(sessions_end_others(*state, alice.id, found(*state, own, NOW).id), 5);
    for (int i = 0; i < 5; i++) assert_false(is_there(*state, others[i], NOW));
    assert_true(is_there(*state, own, NOW));
    assert_int_equal(sessions_end_others(*state, alice.id, NULL), 1);
    assert_false(is_there(*state, own, NOW));
    assert_true(is_there(*state, of_bob, NOW));
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

#define SESSION_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

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
        SESSION_TEST(list_of_an_account),
        SESSION_TEST(end_by_id),
        SESSION_TEST(end_the_others),
        SESSION_TEST(csrf),
        SESSION_TEST(sessions_in_many_threads),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
