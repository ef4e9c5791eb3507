/* SPDX-License-Identifier: MIT */
/* Which token an Idempotency-Key created. */
#include <pthread.h>
#include <string.h>

#include "accounts/admin_db_priv.h"
#include "accounts/creations.h"
#include "cases.h"
#include "temp_db.h"

#define DAY_MS INT64_C(86400000)
#define ONE_ID "abcdefABCDEF"
#define OTHER_ID "ghijklGHIJKL"

static const unsigned char digest[CREATION_DIGEST_LEN] = "one request",
                           other_digest[CREATION_DIGEST_LEN] = "another request";

static struct creation begin_at(struct temp_db *temp, const char *account, const char *key,
                                int64_t now_ms) {
    struct creation creation;
    memset(&creation, 0x55, sizeof creation);
    assert_int_equal(creation_begin(temp->db, account, key, digest, now_ms, &creation), DB_OK);
    return creation;
}

static struct creation begin(struct temp_db *temp, const char *account, const char *key) {
    return begin_at(temp, account, key, SOME_TIME);
}

static void keys(void **state) {
    char longest[CREATION_KEY_MAX + 1];
    (void)state;
    memset(longest, 'k', sizeof longest);
    assert_true(creation_key_is_valid("k", 1));
    assert_true(creation_key_is_valid("aZ09-_", 6));
    assert_true(creation_key_is_valid(longest, CREATION_KEY_MAX));
    assert_false(creation_key_is_valid(longest, CREATION_KEY_MAX + 1));
    assert_false(creation_key_is_valid("", 0));
    assert_false(creation_key_is_valid("a b", 3));
    assert_false(creation_key_is_valid("a\0b", 3));
    assert_false(creation_key_is_valid("\"k\"", 3));
    assert_false(creation_key_is_valid("\xc3\xa4", 2));
}

static void created_once(void **state) {
    struct temp_db *temp = *state;
    char alice[ACCOUNT_ID_LEN + 1];
    temp_db_add(temp, "alice", alice);
    struct creation creation = begin(temp, alice, "k");
    assert_int_equal(creation.state, CREATION_NEW);
    assert_int_equal(creation.begun_ms, SOME_TIME);
    assert_string_equal(creation.id, "");
    assert_int_equal(begin(temp, alice, "k").state, CREATION_RUNNING);
    assert_int_equal(creation_set_done(temp->db, alice, "k", ONE_ID), DB_OK);
    for (int i = 0; i < 2; i++) {
        creation = begin_at(temp, alice, "k", SOME_TIME + 5);
        assert_int_equal(creation.state, CREATION_DONE);
        assert_string_equal(creation.id, ONE_ID);
        assert_int_equal(creation.begun_ms, SOME_TIME);
        temp_db_reopen(temp);
    }
}

static void different_request_with_the_key(void **state) {
    struct temp_db *temp = *state;
    struct creation creation;
    char alice[ACCOUNT_ID_LEN + 1];
    temp_db_add(temp, "alice", alice);
    (void)begin(temp, alice, "k");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(creation_begin(temp->db, alice, "k", other_digest, SOME_TIME, &creation),
                         DB_OK);
        assert_int_equal(creation.state, CREATION_OTHER);
        assert_int_equal(creation_set_done(temp->db, alice, "k", ONE_ID), DB_OK);
    }
    assert_int_equal(begin(temp, alice, "k").state, CREATION_DONE);
}

static void each_account_has_its_own_keys(void **state) {
    struct temp_db *temp = *state;
    char alice[ACCOUNT_ID_LEN + 1], bob[ACCOUNT_ID_LEN + 1];
    temp_db_add(temp, "alice", alice);
    temp_db_add(temp, "bob", bob);
    (void)begin(temp, alice, "k");
    assert_int_equal(creation_set_done(temp->db, alice, "k", ONE_ID), DB_OK);
    assert_int_equal(begin(temp, bob, "k").state, CREATION_NEW);
    assert_int_equal(creation_find_token(temp->db, alice, ONE_ID), DB_OK);
    assert_int_equal(creation_find_token(temp->db, bob, ONE_ID), DB_NOT_FOUND);
    assert_int_equal(begin(temp, alice, "kk").state, CREATION_NEW);
    assert_int_equal(begin(temp, alice, "K").state, CREATION_NEW);
}

static void forgotten_key_is_free(void **state) {
    struct temp_db *temp = *state;
    struct creation creation;
    char alice[ACCOUNT_ID_LEN + 1];
    temp_db_add(temp, "alice", alice);
    (void)begin(temp, alice, "k");
    for (int i = 0; i < 2; i++) assert_int_equal(creation_forget(temp->db, alice, "k"), DB_OK);
    assert_int_equal(creation_begin(temp->db, alice, "k", other_digest, SOME_TIME, &creation),
                     DB_OK);
    assert_int_equal(creation.state, CREATION_NEW);
    assert_int_equal(creation_set_maybe(temp->db, alice, "k", ONE_ID), DB_OK);
    assert_int_equal(creation_forget(temp->db, alice, "k"), DB_OK);
    assert_int_equal(creation_find_token(temp->db, alice, ONE_ID), DB_NOT_FOUND);
}

static void outcome_unknown(void **state) {
    struct temp_db *temp = *state;
    char alice[ACCOUNT_ID_LEN + 1];
    temp_db_add(temp, "alice", alice);
    (void)begin(temp, alice, "k");
    assert_int_equal(creation_set_maybe(temp->db, alice, "k", ONE_ID), DB_OK);
    assert_int_equal(creation_find_token(temp->db, alice, ONE_ID), DB_OK);
    struct creation creation = begin_at(temp, alice, "k", SOME_TIME + 5);
    assert_int_equal(creation.state, CREATION_MAYBE);
    assert_string_equal(creation.id, ONE_ID);
    assert_int_equal(creation.begun_ms, SOME_TIME);
    assert_int_equal(begin(temp, alice, "k").state,
                     CREATION_RUNNING); /* only one request finds out */
    assert_int_equal(creation_set_maybe(temp->db, alice, "k", creation.id), DB_OK);
    assert_int_equal(begin(temp, alice, "k").state, CREATION_MAYBE);
    assert_int_equal(creation_set_done(temp->db, alice, "k", creation.id), DB_OK);
    assert_int_equal(begin(temp, alice, "k").state, CREATION_DONE);
}

static void process_died_in_between(void **state) {
    struct temp_db *temp = *state;
    char alice[ACCOUNT_ID_LEN + 1];
    temp_db_add(temp, "alice", alice);
    (void)begin(temp, alice, "k");
    for (int i = 0; i < 2; i++) { /* the process that was to find out may die, too */
        temp_db_reopen(temp);
        struct creation creation = begin_at(temp, alice, "k", SOME_TIME + 5);
        assert_int_equal(creation.state, CREATION_MAYBE);
        assert_string_equal(creation.id, "");
        assert_int_equal(creation.begun_ms, SOME_TIME);
        assert_int_equal(begin(temp, alice, "k").state, CREATION_RUNNING);
    }
    assert_int_equal(creation_set_maybe(temp->db, alice, "k", ""), DB_OK);
    assert_int_equal(begin(temp, alice, "k").state, CREATION_MAYBE);
    assert_int_equal(creation_forget(temp->db, alice, "k"), DB_OK);
    assert_int_equal(begin(temp, alice, "k").state, CREATION_NEW);
}

static void outcome_with_another_id(void **state) {
    struct temp_db *temp = *state;
    char alice[ACCOUNT_ID_LEN + 1];
    temp_db_add(temp, "alice", alice);
    (void)begin(temp, alice, "k");
    assert_int_equal(creation_set_maybe(temp->db, alice, "k", "longerThanTheOther"), DB_OK);
    assert_int_equal(creation_set_done(temp->db, alice, "k", OTHER_ID), DB_OK);
    assert_string_equal(begin(temp, alice, "k").id, OTHER_ID);
    assert_int_equal(creation_find_token(temp->db, alice, "longerThanTheOther"), DB_NOT_FOUND);
    assert_int_equal(creation_find_token(temp->db, alice, OTHER_ID), DB_OK);
}

static void kept_for_a_day(void **state) {
    struct temp_db *temp = *state;
    char alice[ACCOUNT_ID_LEN + 1], bob[ACCOUNT_ID_LEN + 1];
    temp_db_add(temp, "alice", alice);
    temp_db_add(temp, "bob", bob);
    (void)begin(temp, alice, "a");
    assert_int_equal(creation_set_done(temp->db, alice, "a", ONE_ID), DB_OK);
    (void)begin_at(temp, alice, "b", SOME_TIME + 1);
    (void)begin(temp, bob, "a");
    assert_int_equal(creation_set_done(temp->db, bob, "a", OTHER_ID), DB_OK);
    assert_int_equal(begin_at(temp, alice, "a", SOME_TIME + DAY_MS - 1).state, CREATION_DONE);
    /* deletes the key a of alice, and no other */
    assert_int_equal(begin_at(temp, alice, "c", SOME_TIME + DAY_MS).state, CREATION_NEW);
    assert_int_equal(creation_find_token(temp->db, alice, ONE_ID), DB_NOT_FOUND);
    assert_int_equal(begin_at(temp, alice, "b", SOME_TIME + DAY_MS).state, CREATION_RUNNING);
    assert_int_equal(creation_find_token(temp->db, bob, OTHER_ID), DB_OK);
    assert_int_equal(begin_at(temp, alice, "a", SOME_TIME + DAY_MS).state, CREATION_NEW);
    assert_int_equal(begin_at(temp, bob, "a", SOME_TIME + DAY_MS).state, CREATION_NEW);
}

static void clock_was_ahead(void **state) {
    struct temp_db *temp = *state;
    char alice[ACCOUNT_ID_LEN + 1];
    temp_db_add(temp, "alice", alice);
    (void)begin_at(temp, alice, "far", SOME_TIME + DAY_MS);
    (void)begin_at(temp, alice, "near", SOME_TIME + DAY_MS - 1);
    assert_int_equal(begin(temp, alice, "far").state, CREATION_NEW);
    assert_int_equal(begin(temp, alice, "near").state, CREATION_RUNNING);
}

static void many_old_keys(void **state) {
    struct temp_db *temp = *state;
    char alice[ACCOUNT_ID_LEN + 1], key[] = "k00";
    MDB_stat stat;
    MDB_txn *txn = NULL;
    temp_db_add(temp, "alice", alice);
    for (int i = 0; i < 100; i++) {
        key[1] = (char)('0' + i / 10);
        key[2] = (char)('0' + i % 10);
        (void)begin_at(temp, alice, key, i % 2 ? SOME_TIME : SOME_TIME + 5);
    }
    (void)begin_at(temp, alice, "new", SOME_TIME + DAY_MS);
    assert_int_equal(host_db_begin_read(temp->db->env, &txn), MDB_SUCCESS);
    assert_int_equal(mdb_stat(txn, temp->db->creations, &stat), MDB_SUCCESS);
    mdb_txn_abort(txn);
    assert_int_equal(stat.ms_entries, 51);
}

static void account_removed_or_being_removed(void **state) {
    struct temp_db *temp = *state;
    struct account account;
    struct creation creation = { .begun_ms = -7 };
    char alice[ACCOUNT_ID_LEN + 1], bob[ACCOUNT_ID_LEN + 1];
    temp_db_add(temp, "alice", alice);
    temp_db_add(temp, "bob", bob);
    (void)begin(temp, alice, "a");
    (void)begin(temp, alice, "b");
    (void)begin(temp, bob, "a");
    assert_int_equal(creation_set_done(temp->db, alice, "a", ONE_ID), DB_OK);
    assert_int_equal(creation_set_done(temp->db, bob, "a", OTHER_ID), DB_OK);
    assert_int_equal(account_mark_leaving(temp->db, "alice", &account), DB_OK);
    assert_int_equal(creation_begin(temp->db, alice, "a", digest, SOME_TIME, &creation),
                     DB_NOT_FOUND);
    assert_int_equal(account_delete(temp->db, alice), DB_OK);
    assert_int_equal(creation_begin(temp->db, alice, "a", digest, SOME_TIME, &creation),
                     DB_NOT_FOUND);
    assert_int_equal(creation.begun_ms, -7);
    assert_int_equal(creation_set_done(temp->db, alice, "b", ONE_ID), DB_NOT_FOUND);
    assert_int_equal(creation_set_maybe(temp->db, alice, "b", ONE_ID), DB_NOT_FOUND);
    assert_int_equal(creation_forget(temp->db, alice, "b"), DB_OK);
    assert_int_equal(creation_find_token(temp->db, alice, ONE_ID), DB_NOT_FOUND);
    assert_int_equal(creation_find_token(temp->db, bob, OTHER_ID), DB_OK);
    assert_int_equal(begin(temp, bob, "a").state, CREATION_DONE);
}

static void invalid_key_or_account(void **state) {
    struct temp_db *temp = *state;
    struct creation creation;
    char alice[ACCOUNT_ID_LEN + 1], longer[CREATION_KEY_MAX + 2];
    temp_db_add(temp, "alice", alice);
    memset(longer, 'k', CREATION_KEY_MAX + 1);
    longer[CREATION_KEY_MAX + 1] = '\0';
    assert_int_equal(creation_begin(temp->db, alice, "", digest, SOME_TIME, &creation), DB_FAILED);
    assert_int_equal(creation_begin(temp->db, alice, longer, digest, SOME_TIME, &creation),
                     DB_FAILED);
    assert_int_equal(creation_begin(temp->db, "alice", "k", digest, SOME_TIME, &creation),
                     DB_NOT_FOUND);
}

static void space_is_reserved_for_accounts(void **state) {
    struct temp_db *temp = *state;
    struct creation creation;
    char alice[ACCOUNT_ID_LEN + 1];
    temp_db_add(temp, "alice", alice);
    assert_int_equal(begin(temp, alice, "a").state, CREATION_NEW);
    temp->db->creation_pages_max = 1;
    assert_int_equal(creation_begin(temp->db, alice, "b", digest, SOME_TIME, &creation), DB_FULL);
    assert_int_equal(begin(temp, alice, "a").state, CREATION_RUNNING);
    assert_int_equal(creation_set_done(temp->db, alice, "a", ONE_ID), DB_OK);
    assert_int_equal(begin(temp, alice, "a").state, CREATION_DONE);
    /* the old key makes room */
    assert_int_equal(begin_at(temp, alice, "b", SOME_TIME + DAY_MS).state, CREATION_NEW);
}

/* The database failed in between: no request works on the key, so the next one finds out. */
static void outcome_not_written(void **state) {
    struct temp_db *temp = *state;
    char alice[ACCOUNT_ID_LEN + 1], too_long[2 * APITOKEN_ID_MAX];
    memset(too_long, 'x', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = '\0';
    temp_db_add(temp, "alice", alice);
    assert_int_equal(begin(temp, alice, "k").state, CREATION_NEW);
    assert_int_equal(begin(temp, alice, "k").state, CREATION_RUNNING);
    assert_int_equal(creation_set_done(temp->db, alice, "k", too_long), DB_FAILED);
    assert_int_equal(begin(temp, alice, "k").state, CREATION_MAYBE);
    assert_int_equal(begin(temp, alice, "k").state, CREATION_RUNNING);
    assert_int_equal(creation_forget(temp->db, alice, "k"), DB_OK);
    assert_int_equal(begin(temp, alice, "k").state, CREATION_NEW);
}

struct rush {
    struct temp_db *temp;
    const char *account;
};

static void *begin_one(void *ctx) {
    struct rush *rush = ctx;
    struct creation creation;
    if (creation_begin(rush->temp->db, rush->account, "k", digest, SOME_TIME, &creation) != DB_OK)
        return NULL;
    return (void *)(uintptr_t)(1 + (unsigned)creation.state);
}

/* Lets eight requests begin at once. Counts those in `state`; the others must be RUNNING. */
static int rush_of(struct rush *rush, enum creation_state state) {
    pthread_t threads[8];
    int count = 0;
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, begin_one, rush), 0);
    for (size_t i = 0; i < 8; i++) {
        void *told = NULL;
        assert_int_equal(pthread_join(threads[i], &told), 0);
        if ((uintptr_t)told == 1 + (unsigned)state)
            count++;
        else
            assert_int_equal((uintptr_t)told, 1 + CREATION_RUNNING);
    }
    return count;
}

static void one_of_many_requests_begins(void **state) {
    struct temp_db *temp = *state;
    char alice[ACCOUNT_ID_LEN + 1];
    struct rush rush = { temp, alice };
    temp_db_add(temp, "alice", alice);
    assert_int_equal(rush_of(&rush, CREATION_NEW), 1);
    temp_db_reopen(temp);
    assert_int_equal(rush_of(&rush, CREATION_MAYBE), 1);
}

#define DB_TEST(function) cmocka_unit_test_setup_teardown(function, temp_db_setup, temp_db_teardown)

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys),
        DB_TEST(created_once),
        DB_TEST(different_request_with_the_key),
        DB_TEST(each_account_has_its_own_keys),
        DB_TEST(forgotten_key_is_free),
        DB_TEST(outcome_unknown),
        DB_TEST(process_died_in_between),
        DB_TEST(outcome_with_another_id),
        DB_TEST(kept_for_a_day),
        DB_TEST(clock_was_ahead),
        DB_TEST(many_old_keys),
        DB_TEST(account_removed_or_being_removed),
        DB_TEST(invalid_key_or_account),
        DB_TEST(space_is_reserved_for_accounts),
        DB_TEST(outcome_not_written),
        DB_TEST(one_of_many_requests_begins),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
