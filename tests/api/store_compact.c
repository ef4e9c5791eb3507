/* SPDX-License-Identifier: MIT */
/*
 * apitoken_store_compact(): the store stays what it is, and nothing of what was removed stays in
 * its files.
 */
#define APITOKEN_BUILDING /* the nonnull attributes would forbid what is tested here */
#include "life.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"

#define GONE "a description that is replaced"
#define FILE_CAP ((size_t)8 << 20)

static void close_store(struct fixture *f) {
    apitoken_store_close(f->store);
    f->store = NULL;
}

static void reopen(struct fixture *f) { f->store = fixture_open_admin(f); }

static int compact(const struct fixture *f) {
    return apitoken_store_compact(f->store_path, f->keyring, FIXTURE_COMPACT, NULL);
}

static const char *old_path(const struct fixture *f) { return in_dir(f->dir, "store.compact-old"); }

/* How often a text stands in the data of a store, also on pages that are not in use. */
static size_t count_text(const char *store, const char *text) {
    char *bytes = malloc(FILE_CAP);
    char path[256];
    size_t count = 0;
    assert_non_null(bytes);
    (void)snprintf(path, sizeof path, "%s/data.mdb", store);
    const size_t len = file_read(path, bytes, FILE_CAP);
    for (const char *at = bytes; (at = memmem(at, len - (size_t)(at - bytes), text, strlen(text)));
         at++)
        count++;
    free(bytes);
    return count;
}

static void describe(const struct fixture *f, const struct made_token *token, const char *text) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    opts.mask = APITOKEN_UPDATE_DESCRIPTION;
    opts.description = text;
    opts.description_len = (uint32_t)strlen(text);
    assert_code(update_token(f->store, token, &opts, NULL), 0);
}

static off_t size_of(const struct fixture *f) {
    struct stat st;
    assert_int_equal(stat(in_dir(f->store_path, "data.mdb"), &st), 0);
    return st.st_size;
}

/* ---- what stays ------------------------------------------------------------------------------ */

static void the_store_stays_what_it_is(void **state) {
    struct fixture *f = *state;
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    apitoken_owner_info info = APITOKEN_OWNER_INFO_INIT;
    apitoken_block_opts block = APITOKEN_BLOCK_OPTS_INIT;
    apitoken_token *row = NULL;
    struct made_token good = fixture_create(f->store, "owner", "name", NULL),
                      revoked = fixture_create(f->store, "owner", "name", NULL),
                      blocked = fixture_create(f->store, "blocked", "name", NULL);
    policy.max_live = 9;
    block.actor = "admin";
    block.actor_len = 5;
    assert_code(set_policy(f->store, APITOKEN_POLICY_MAX_LIVE, &policy), 0);
    assert_code(check(f->store, &good), 0);
    assert_code(revoke_token(f->store, "owner", revoked.id), 0);
    assert_code(apitoken_owner_block(f->store, LIT("blocked"), &block, NULL), 0);
    assert_int_equal(chmod(f->store_path, 02770), 0);
    close_store(f);
    assert_code(compact(f), 0);
    assert_int_equal(mode_of(f->store_path), 02770);
    assert_int_equal(count_entries(f->dir), 3);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
    reopen(f);
    assert_code(apitoken_show(f->store, LIT("owner"), good.id, APITOKEN_ID_LEN, NULL, &row, NULL),
                0);
    assert_int_equal(apitoken_token_last_used_ms(row), FIXTURE_NOW);
    apitoken_token_free(row);
    assert_code(check(f->store, &good), 0);
    assert_code(check(f->store, &revoked), APITOKEN_E_REVOKED);
    assert_code(check(f->store, &blocked), APITOKEN_E_BLOCKED);
    assert_code(apitoken_owner_stat(f->store, LIT("blocked"), NULL, &info, NULL), 0);
    assert_code(apitoken_policy_get(f->store, NULL, &policy, NULL), 0);
    assert_int_equal(policy.max_live, 9);
    assert_code(try_create(f->store, "owner", "name", NULL), 0);
}

static void it_can_be_repeated(void **state) {
    struct fixture *f = *state;
    struct made_token good = fixture_create(f->store, "owner", "name", NULL);
    close_store(f);
    for (int i = 0; i < 3; i++) assert_code(compact(f), 0);
    reopen(f);
    assert_code(check(f->store, &good), 0);
}

/* ---- what goes ------------------------------------------------------------------------------- */

static void what_was_replaced_is_in_no_byte(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_policy none = APITOKEN_POLICY_INIT;
    /* the audit would keep it, in clear and for its time */
    assert_code(set_policy(f->store, APITOKEN_POLICY_AUDIT_RETENTION, &none), 0);
    describe(f, &token, GONE);
    describe(f, &token, "the new one");
    close_store(f);
    assert_true(count_text(f->store_path, GONE) > 0);
    assert_code(compact(f), 0);
    assert_int_equal(count_text(f->store_path, GONE), 0);
    assert_true(count_text(f->store_path, "the new one") > 0);
    assert_int_not_equal(access(old_path(f), F_OK), 0);
}

/* Whoever has the old file open sees that it was overwritten before it was removed. */
static void the_old_file_is_overwritten(void **state) {
    struct fixture *f = *state;
    static char block[1 << 16];
    static const char zeros[1 << 16];
    ssize_t len;
    off_t at = 0;
    (void)fixture_create(f->store, "owner", "name", NULL);
    close_store(f);
    int fd = open(in_dir(f->store_path, "data.mdb"), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_code(compact(f), 0);
    for (; (len = pread(fd, block, sizeof block, at)) > 0; at += len)
        assert_memory_equal(block, zeros, (size_t)len);
    assert_true(at > 0);
    assert_int_equal(close(fd), 0);
}

static void the_file_gets_shorter(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    char text[APITOKEN_DESCRIPTION_MAX + 1];
    close_store(f);
    assert_code(compact(f), 0);
    const off_t least = size_of(f);
    reopen(f);
    for (int i = 0; i < 200; i++) {
        memset(text, 'a' + i % 26, sizeof text - 1);
        text[sizeof text - 1] = '\0';
        describe(f, &token, text);
    }
    f->now_ms += 401 * DAY; /* the audit of all that is over */
    for (int i = 0; i < 200; i++) describe(f, &token, i % 2 ? "one" : "other");
    close_store(f);
    const off_t most = size_of(f);
    assert_code(compact(f), 0);
    assert_true(size_of(f) <= most && size_of(f) < least + (1 << 18));
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void a_store_in_use_stays(void **state) {
    struct fixture *f = *state;
    struct made_token good = fixture_create(f->store, "owner", "name", NULL);
    assert_code(compact(f), APITOKEN_E_IN_USE);
    assert_code(check(f->store, &good), 0);
    close_store(f);
    f->store = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    assert_code(compact(f), APITOKEN_E_IN_USE);
    assert_int_equal(count_entries(f->dir), 3);
}

/* Its structure, a record, or an older state: nothing is replaced. */
static void a_damaged_store_stays(void **state) {
    struct fixture *f = *state;
    const char *data = in_dir(f->store_path, "data.mdb"), *kept = in_dir(f->dir, "kept");
    static char bytes[1 << 22];
    struct made_token good = fixture_create(f->store, "owner", "the name of a token", NULL);
    close_store(f);
    file_copy(data, kept);
    size_t len = file_read(data, bytes, sizeof bytes);
    for (char *at = bytes;
         (at = memmem(at, len - (size_t)(at - bytes), LIT("the name of a token"))); at++)
        file_flip(data, (size_t)(at - bytes));
    assert_code(compact(f), APITOKEN_E_DAMAGED);
    file_copy(kept, data);
    reopen(f);
    assert_code(revoke_token(f->store, "owner", good.id), 0);
    close_store(f);
    file_copy(kept, data);
    assert_code(compact(f), APITOKEN_E_ROLLED_BACK);
    assert_int_equal(count_entries(f->dir), 4);
}

/* What a compaction that was killed left; but not what belongs to somebody else. */
static void leftovers_are_removed(void **state) {
    struct fixture *f = *state;
    char path[256];
    struct made_token good = fixture_create(f->store, "owner", "name", NULL);
    assert_code(apitoken_store_backup(f->store, old_path(f), NULL, NULL), 0);
    close_store(f);
    assert_code(compact(f), 0);
    assert_int_equal(count_entries(f->dir), 3);
    assert_int_equal(mkdir(old_path(f), 0700), 0);
    assert_code(compact(f), 0);
    assert_int_equal(count_entries(f->dir), 3);
    assert_int_equal(mkdir(old_path(f), 0700), 0);
    (void)snprintf(path, sizeof path, "%s/mine", old_path(f));
    file_write(path, "mine", 4);
    assert_code(compact(f), APITOKEN_E_EXISTS);
    assert_int_equal(access(path, F_OK), 0);
    reopen(f);
    assert_code(check(f->store, &good), 0);
}

/* A link in its place leads nowhere. */
static void a_link_is_not_followed(void **state) {
    struct fixture *f = *state;
    char other[256];
    (void)snprintf(other, sizeof other, "%s", in_dir(f->dir, "other"));
    assert_code(apitoken_store_backup(f->store, other, NULL, NULL), 0);
    close_store(f);
    assert_int_equal(symlink(other, old_path(f)), 0);
    assert_true(compact(f) != 0);
    assert_code(apitoken_store_check(other, f->keyring, NULL, NULL), 0);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

static void wrong_arguments(void **state) {
    struct fixture *f = *state;
    close_store(f);
    assert_code(apitoken_store_compact(NULL, f->keyring, FIXTURE_COMPACT, NULL), APITOKEN_E_PATH);
    assert_code(apitoken_store_compact("", f->keyring, FIXTURE_COMPACT, NULL), APITOKEN_E_PATH);
    assert_code(apitoken_store_compact(f->store_path, f->verify_keyring, FIXTURE_COMPACT, NULL),
                APITOKEN_E_KEYS_VERIFY);
    assert_code(apitoken_store_compact(in_dir(f->dir, "none"), f->keyring, FIXTURE_COMPACT, NULL),
                APITOKEN_E_NO_STORE);
    assert_int_equal(count_entries(f->dir), 3);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE_ADMIN(the_store_stays_what_it_is),      CASE_ADMIN(it_can_be_repeated),
        CASE_ADMIN(what_was_replaced_is_in_no_byte), CASE_ADMIN(the_old_file_is_overwritten),
        CASE_ADMIN(the_file_gets_shorter),           CASE_ADMIN(a_store_in_use_stays),
        CASE_ADMIN(a_damaged_store_stays),           CASE_ADMIN(leftovers_are_removed),
        CASE_ADMIN(a_link_is_not_followed),          CASE_ADMIN(wrong_arguments),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
