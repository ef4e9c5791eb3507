/* SPDX-License-Identifier: MIT */
/* Accounts in their database, the database itself, and passwords. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "accounts/admin_db_priv.h"
#include "cases.h"
#include "temp_db.h"

static void names(void **state) {
    static const char *const good[] = { "a",  "Z", "0", "alice", "alice.b-c_d@example.org",
                                        "1.", "a@" };
    static const char *const bad[] = { "",    ".a",  "-a",       "_a",        "@a",  "a b",
                                       "a/b", "a\n", "\xc3\xa4", "a\xc3\xa4", "a:b", "a\x7f" };
    char longest[ACCOUNT_NAME_MAX + 1];
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(login_name_is_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(login_name_is_valid(bad[i], strlen(bad[i])));
    memset(longest, 'a', sizeof longest);
    assert_true(login_name_is_valid(longest, ACCOUNT_NAME_MAX));
    assert_false(login_name_is_valid(longest, ACCOUNT_NAME_MAX + 1));
    assert_false(login_name_is_valid("ab\0cd", 5));
}

static void add_and_find(void **state) {
    struct temp_db *temp = *state;
    struct account alice, bob, found;
    assert_int_equal(account_add(temp->db, "alice", VERIFIER, SOME_TIME), DB_OK);
    assert_int_equal(account_add(temp->db, "bob", VERIFIER "2", SOME_TIME + 1), DB_OK);
    assert_int_equal(account_by_name(temp->db, "alice", &alice), DB_OK);
    assert_int_equal(account_by_name(temp->db, "bob", &bob), DB_OK);
    assert_string_equal(alice.name, "alice");
    assert_string_equal(alice.verifier, VERIFIER);
    assert_string_equal(bob.verifier, VERIFIER "2");
    assert_int_equal(alice.state, ACCOUNT_ACTIVE);
    assert_int_equal(alice.created_ms, SOME_TIME);
    assert_int_equal(bob.created_ms, SOME_TIME + 1);
    assert_int_equal(strlen(alice.id), ACCOUNT_ID_LEN);
    assert_int_equal(strspn(alice.id, "0123456789abcdef"), ACCOUNT_ID_LEN);
    assert_string_not_equal(alice.id, bob.id);
    assert_int_equal(account_by_id(temp->db, bob.id, &found), DB_OK);
    assert_memory_equal(&found, &bob, sizeof bob);
}

static void find_nobody(void **state) {
    struct temp_db *temp = *state;
    struct account account = { .created_ms = -7 };
    char id[ACCOUNT_ID_LEN + 1];
    temp_db_add(temp, "alice", id);
    static const char *const none[] = { "", "alic", "alice2", "Alice", "bob", "no name" };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(account_by_name(temp->db, none[i], &account), DB_NOT_FOUND);
    id[ACCOUNT_ID_LEN - 1] = '\0';
    assert_int_equal(account_by_id(temp->db, id, &account), DB_NOT_FOUND);
    assert_int_equal(account_by_id(temp->db, "", &account), DB_NOT_FOUND);
    assert_int_equal(account_by_id(temp->db, "00000000000000000000000000000000", &account),
                     DB_NOT_FOUND);
    assert_int_equal(account.created_ms, -7);
}

static void name_taken(void **state) {
    struct temp_db *temp = *state;
    struct account before, after;
    assert_int_equal(account_add(temp->db, "alice", VERIFIER, SOME_TIME), DB_OK);
    assert_int_equal(account_by_name(temp->db, "alice", &before), DB_OK);
    assert_int_equal(account_add(temp->db, "alice", "other", SOME_TIME + 1), DB_EXISTS);
    assert_int_equal(account_by_name(temp->db, "alice", &after), DB_OK);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(account_mark_leaving(temp->db, "alice", &after), DB_OK);
    assert_int_equal(account_add(temp->db, "alice", "other", SOME_TIME + 1), DB_EXISTS);
}

static void invalid_account_is_not_added(void **state) {
    struct temp_db *temp = *state;
    struct account account;
    char longer[PASSWORD_VERIFIER_CAP + 1];
    memset(longer, 'v', PASSWORD_VERIFIER_CAP);
    longer[PASSWORD_VERIFIER_CAP] = '\0';
    assert_int_equal(account_add(temp->db, "no name", VERIFIER, SOME_TIME), DB_FAILED);
    assert_int_equal(account_add(temp->db, "alice", longer, SOME_TIME), DB_FAILED);
    assert_int_equal(account_by_name(temp->db, "alice", &account), DB_NOT_FOUND);
}

static void new_password(void **state) {
    struct temp_db *temp = *state;
    struct account before, after;
    assert_int_equal(account_add(temp->db, "alice", VERIFIER " and more", SOME_TIME), DB_OK);
    assert_int_equal(account_by_name(temp->db, "alice", &before), DB_OK);
    assert_int_equal(account_set_verifier(temp->db, "alice", "short"), DB_OK);
    assert_int_equal(account_by_name(temp->db, "alice", &after), DB_OK);
    assert_string_equal(after.verifier, "short");
    assert_int_equal(after.password_version, before.password_version + 1);
    assert_string_equal(after.id, before.id);
    assert_int_equal(after.created_ms, before.created_ms);
    assert_int_equal(account_set_verifier(temp->db, "bob", "short"), DB_NOT_FOUND);
}

static void being_removed(void **state) {
    struct temp_db *temp = *state;
    struct account account = { .created_ms = -7 };
    char id[ACCOUNT_ID_LEN + 1];
    temp_db_add(temp, "alice", id);
    assert_int_equal(account_mark_leaving(temp->db, "bob", &account), DB_NOT_FOUND);
    assert_int_equal(account.created_ms, -7);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(account_mark_leaving(temp->db, "alice", &account), DB_OK);
        assert_int_equal(account.state, ACCOUNT_LEAVING);
        assert_string_equal(account.id, id);
    }
    assert_int_equal(account_set_verifier(temp->db, "alice", "short"), DB_NOT_FOUND);
    assert_int_equal(account_by_id(temp->db, id, &account), DB_OK);
    assert_int_equal(account.state, ACCOUNT_LEAVING);
    assert_string_equal(account.verifier, VERIFIER);
}

static void blocked_and_unblocked(void **state) {
    struct temp_db *temp = *state;
    struct account account;
    char id[ACCOUNT_ID_LEN + 1];
    temp_db_add(temp, "alice", id);
    assert_int_equal(account_set_blocked(temp->db, "bob", true), DB_NOT_FOUND);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(account_set_blocked(temp->db, "alice", true), DB_OK);
        temp_db_reopen(temp);
        assert_int_equal(account_by_id(temp->db, id, &account), DB_OK);
        assert_int_equal(account.state, ACCOUNT_BLOCKED);
        assert_string_equal(account.verifier, VERIFIER);
    }
    assert_int_equal(account_set_verifier(temp->db, "alice", "short"), DB_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(account_set_blocked(temp->db, "alice", false), DB_OK);
        assert_int_equal(account_by_id(temp->db, id, &account), DB_OK);
        assert_int_equal(account.state, ACCOUNT_ACTIVE);
        assert_string_equal(account.verifier, "short");
    }
    assert_int_equal(account_mark_leaving(temp->db, "alice", &account), DB_OK);
    assert_int_equal(account_set_blocked(temp->db, "alice", false), DB_NOT_FOUND);
    assert_int_equal(account_set_blocked(temp->db, "alice", true), DB_NOT_FOUND);
    assert_int_equal(account_by_id(temp->db, id, &account), DB_OK);
    assert_int_equal(account.state, ACCOUNT_LEAVING);
}

static void changed_once(void **state) {
    struct temp_db *temp = *state;
    struct account old, new = { .created_ms = -7 };
    char id[ACCOUNT_ID_LEN + 1];
    temp_db_add(temp, "alice", id);
    assert_int_equal(account_by_id(temp->db, id, &old), DB_OK);
    assert_int_equal(account_change_verifier(temp->db, &old, "new", &new), DB_OK);
    assert_int_equal(new.password_version, old.password_version + 1);
    assert_string_equal(new.verifier, "new");
    new.created_ms = -7;
    /* whoever knew only the password before that one changes nothing */
    assert_int_equal(account_change_verifier(temp->db, &old, "other", &new), DB_NOT_FOUND);
    assert_int_equal(new.created_ms, -7);
    assert_int_equal(account_by_id(temp->db, id, &old), DB_OK);
    assert_string_equal(old.verifier, "new");
    assert_int_equal(account_set_blocked(temp->db, "alice", true), DB_OK);
    assert_int_equal(account_change_verifier(temp->db, &old, "other", &new), DB_NOT_FOUND);
}

static void delete_needs_a_mark(void **state) {
    struct temp_db *temp = *state;
    struct account account;
    char first[ACCOUNT_ID_LEN + 1], second[ACCOUNT_ID_LEN + 1];
    temp_db_add(temp, "alice", first);
    assert_int_equal(account_delete(temp->db, first), DB_NOT_FOUND);
    assert_int_equal(account_by_id(temp->db, first, &account), DB_OK);
    assert_int_equal(account_mark_leaving(temp->db, "alice", &account), DB_OK);
    assert_int_equal(account_delete(temp->db, first), DB_OK);
    assert_int_equal(account_by_id(temp->db, first, &account), DB_NOT_FOUND);
    assert_int_equal(account_by_name(temp->db, "alice", &account), DB_NOT_FOUND);

    temp_db_add(temp, "alice", second);
    assert_string_not_equal(first, second);
    assert_int_equal(account_mark_leaving(temp->db, "alice", &account), DB_OK);
    /* a repeat does not delete the account that has the name now */
    assert_int_equal(account_delete(temp->db, first), DB_NOT_FOUND);
    assert_int_equal(account_by_name(temp->db, "alice", &account), DB_OK);
}

struct collected {
    char names[64];
    int limit;
};

static bool collect(const struct account *account, void *ctx) {
    struct collected *collected = ctx;
    size_t used = strlen(collected->names);
    (void)snprintf(collected->names + used, sizeof collected->names - used, "%s ", account->name);
    return --collected->limit > 0;
}

static void list_in_order(void **state) {
    struct temp_db *temp = *state;
    struct collected nobody = { .limit = 9 }, all = { .limit = 9 }, two = { .limit = 2 };
    struct account account;
    char id[ACCOUNT_ID_LEN + 1];
    assert_int_equal(account_visit_all(temp->db, collect, &nobody), DB_OK);
    assert_string_equal(nobody.names, "");
    temp_db_add(temp, "carol", id);
    temp_db_add(temp, "alice", id);
    temp_db_add(temp, "bob", id);
    assert_int_equal(account_mark_leaving(temp->db, "bob", &account), DB_OK);
    assert_int_equal(account_visit_all(temp->db, collect, &all), DB_OK);
    assert_string_equal(all.names, "alice bob carol ");
    assert_int_equal(account_visit_all(temp->db, collect, &two), DB_OK);
    assert_string_equal(two.names, "alice bob ");
}

static void survives_a_restart(void **state) {
    struct temp_db *temp = *state;
    struct account before, after;
    assert_int_equal(account_add(temp->db, "alice", VERIFIER, SOME_TIME), DB_OK);
    assert_int_equal(account_by_name(temp->db, "alice", &before), DB_OK);
    temp_db_reopen(temp);
    assert_int_equal(account_by_name(temp->db, "alice", &after), DB_OK);
    assert_memory_equal(&before, &after, sizeof before);
}

static void file_modes(void **state) {
    struct temp_db *temp = *state;
    static const char *const files[] = { ADMIN_DB_FILE, ADMIN_DB_FILE "-lock" };
    char path[128];
    struct stat st;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", temp->dir, files[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
    }
}

static void directory_missing(void **state) {
    struct admin_db *db = NULL;
    (void)state;
    assert_int_equal(admin_db_open("/nonexistent/directory", &db), DB_FAILED);
    assert_null(db);
}

static void write_schema(struct admin_db *db, const void *bytes, size_t length) {
    char name[] = "schema";
    MDB_val key = { strlen(name), name }, value = { length, (void *)(uintptr_t)bytes };
    MDB_txn *txn = NULL;
    assert_int_equal(host_db_begin_write(db->env, &txn), MDB_SUCCESS);
    assert_int_equal(host_db_end_write(txn, mdb_put(txn, db->meta, &key, &value, 0)), MDB_SUCCESS);
}

static void newer_schema(void **state) {
    struct temp_db *temp = *state;
    uint32_t newer = ADMIN_DB_SCHEMA + 1;
    write_schema(temp->db, &newer, sizeof newer);
    admin_db_close(temp->db);
    temp->db = NULL;
    assert_int_equal(admin_db_open(temp->dir, &temp->db), DB_REFUSED);
    assert_null(temp->db);
}

static void schema_of_wrong_size(void **state) {
    struct temp_db *temp = *state;
    static const uint32_t longer[] = { ADMIN_DB_SCHEMA, 0 };
    write_schema(temp->db, longer, sizeof longer);
    admin_db_close(temp->db);
    temp->db = NULL;
    assert_int_equal(admin_db_open(temp->dir, &temp->db), DB_FAILED);
    assert_null(temp->db);
}

static void token_store_paths(void **state) {
    struct temp_db *temp = *state;
    char *store = NULL, *keys = NULL;
    assert_int_equal(admin_db_get_token_paths(temp->db, &store, &keys), DB_NOT_FOUND);
    assert_null(store);
    assert_null(keys);
    assert_int_equal(admin_db_set_token_paths(temp->db, "/a/store", "/a/keys"), DB_OK);
    assert_int_equal(admin_db_set_token_paths(temp->db, "/b", "/another/keyring"), DB_OK);
    temp_db_reopen(temp);
    assert_int_equal(admin_db_get_token_paths(temp->db, &store, &keys), DB_OK);
    assert_string_equal(store, "/b");
    assert_string_equal(keys, "/another/keyring");
    free(store);
    free(keys);
}

static void *read_and_write(void *ctx) {
    struct temp_db *temp = ctx;
    struct account account;
    uintptr_t failed = 0;
    for (int i = 0; i < 50; i++) {
        failed += account_by_name(temp->db, "alice", &account) != DB_OK;
        failed += i % 10 == 0 && account_set_verifier(temp->db, "alice", VERIFIER) != DB_OK;
    }
    return (void *)failed;
}

static void many_threads(void **state) {
    struct temp_db *temp = *state;
    struct account account;
    pthread_t threads[8];
    char id[ACCOUNT_ID_LEN + 1];
    temp_db_add(temp, "alice", id);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_and_write, temp), 0);
    for (size_t i = 0; i < 8; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(account_by_name(temp->db, "alice", &account), DB_OK);
    assert_int_equal(account.password_version, 1 + 8 * 5);
}

static bool is_right(const char *verifier, const char *password, size_t length) {
    bool has_failed = true;
    bool right = password_verify(verifier, password, length, &has_failed);
    return right && !has_failed;
}

/* Refuses memory only to Argon2id (64 MiB): a limit on the process would also stop a sanitizer. */
static bool memory_is_short;

/*
 * Replaces libc's function under both of its names: libsodium calls the first, a program with
 * 64-bit offsets the second.
 */
void *mmap_before_libc(void *address, size_t length, int protection, int flags, int fd,
                       off_t offset) __asm__("mmap");

__attribute__((visibility("default"))) void *mmap_before_libc(void *address, size_t length,
                                                              int protection, int flags, int fd,
                                                              off_t offset) {
    if (memory_is_short && length >= 1 << 20) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}

__attribute__((visibility("default"))) void *mmap(void *address, size_t length, int protection,
                                                  int flags, int fd, off_t offset) {
    return mmap_before_libc(address, length, protection, flags, fd, offset);
}

/* Without memory, no password is reported as wrong. */
static void no_memory_is_not_a_mismatch(void **state) {
    char verifier[PASSWORD_VERIFIER_CAP];
    bool has_failed = false;
    (void)state;
    assert_true(password_hash("12345678", 8, verifier));
    assert_false(password_verify(verifier, "12345679", 8, &has_failed));
    assert_false(has_failed);
    memory_is_short = true;
    bool right = password_verify(verifier, "12345678", 8, &has_failed);
    memory_is_short = false;
    assert_false(right);
    assert_true(has_failed);
}

static void verifiers(void **state) {
    char one[PASSWORD_VERIFIER_CAP], other[PASSWORD_VERIFIER_CAP];
    (void)state;
    assert_true(password_hash("12345678", 8, one));
    assert_true(password_hash("12345678", 8, other));
    assert_int_equal(strncmp(one, "$argon2id$v=19$m=65536,t=2,p=1$", 31), 0);
    assert_string_not_equal(one, other); /* salted */
    assert_true(is_right(one, "12345678", 8));
    assert_true(is_right(other, "12345678", 8));
    assert_false(is_right(one, "12345679", 8));
    assert_false(is_right(one, "1234567", 7));
    assert_false(is_right(one, "", 0));
    assert_false(is_right("", "12345678", 8));
    assert_false(is_right("no verifier", "12345678", 8));
    assert_false(is_right(NULL, "12345678", 8));
}

static void *hash_one(void *ctx) {
    char verifier[PASSWORD_VERIFIER_CAP];
    bool is_good = password_hash("12345678", 8, verifier) && is_right(verifier, "12345678", 8);
    return is_good ? ctx : NULL;
}

/* On a stack as small as that of a connection's thread. */
static void passwords_in_many_threads(void **state) {
    pthread_t threads[6];
    pthread_attr_t attributes;
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstacksize(&attributes, 256 * 1024), 0);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(pthread_create(&threads[i], &attributes, hash_one, state), 0);
    for (size_t i = 0; i < 6; i++) {
        void *is_right = NULL;
        assert_int_equal(pthread_join(threads[i], &is_right), 0);
        assert_non_null(is_right);
    }
    (void)pthread_attr_destroy(&attributes);
}

#define DB_TEST(function) cmocka_unit_test_setup_teardown(function, temp_db_setup, temp_db_teardown)

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        DB_TEST(add_and_find),
        DB_TEST(find_nobody),
        DB_TEST(name_taken),
        DB_TEST(invalid_account_is_not_added),
        DB_TEST(new_password),
        DB_TEST(being_removed),
        DB_TEST(blocked_and_unblocked),
        DB_TEST(changed_once),
        DB_TEST(delete_needs_a_mark),
        DB_TEST(list_in_order),
        DB_TEST(survives_a_restart),
        DB_TEST(file_modes),
        cmocka_unit_test(directory_missing),
        DB_TEST(newer_schema),
        DB_TEST(schema_of_wrong_size),
        DB_TEST(token_store_paths),
        DB_TEST(many_threads),
        cmocka_unit_test(verifiers),
        cmocka_unit_test(no_memory_is_not_a_mismatch),
        cmocka_unit_test(passwords_in_many_threads),
    };
    if (!password_init()) return 1;
    return run_cases(argc, argv, tests, NULL, NULL);
}
