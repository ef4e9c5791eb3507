/* SPDX-License-Identifier: MIT */
/*
 * apitoken_store_restore(): a backup takes the place of a store, and no revoked token becomes valid
 * unnoticed.
 */
#define APITOKEN_BUILDING /* the nonnull attributes would forbid what is tested here */
#include "api.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"

static const char *backup_path(const struct fixture *f) { return in_dir(f->dir, "backup"); }
static const char *replaced_path(const struct fixture *f) {
    return in_dir(f->dir, "store.replaced");
}

static void back_up(const struct fixture *f) {
    assert_code(apitoken_store_backup(f->store, backup_path(f), NULL, NULL), 0);
}

static int restore(const struct fixture *f, uint32_t flags, apitoken_restore_result *result,
                   apitoken_error *err) {
    apitoken_restore_opts opts = FIXTURE_RESTORE_OPTS;
    opts.flags = flags;
    opts.clock = fixture_clock;
    opts.clock_ctx = (void *)(uintptr_t)f;
    return apitoken_store_restore(backup_path(f), f->store_path, f->keyring, &opts, result, err);
}

static void close_store(struct fixture *f) {
    apitoken_store_close(f->store);
    f->store = NULL;
}

static void reopen(struct fixture *f) {
    close_store(f);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
}

static void revoke_because(struct fixture *f, const char *id, const char *reason) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.reason = reason;
    opts.reason_len = (uint32_t)strlen(reason);
    assert_code(apitoken_revoke(f->store, LIT("owner"), id, APITOKEN_ID_LEN, &opts, NULL), 0);
}

/* Flips a bit wherever the text stands, also on stale pages. */
static void flip_each(const char *path, const char *text, size_t text_len) {
    static char bytes[1 << 22];
    size_t len = file_read(path, bytes, sizeof bytes), found = 0;
    for (char *at = bytes; (at = memmem(at, len - (size_t)(at - bytes), text, text_len));
         at++, found++)
        file_flip(path, (size_t)(at - bytes));
    assert_true(found > 0);
}

static void assert_revoked_because(const struct fixture *f, const struct made_token *token,
                                   int64_t at_ms, const char *reason) {
    apitoken_token *row = NULL;
    assert_code(check(f->store, token), APITOKEN_E_REVOKED);
    assert_code(apitoken_show(f->store, LIT("owner"), token->id, APITOKEN_ID_LEN, NULL, &row, NULL),
                0);
    assert_int_equal(apitoken_token_revoked_ms(row), at_ms);
    assert_string_equal(apitoken_token_reason(row), reason);
    apitoken_token_free(row);
}

/* Backup, revoke, restore: the token is refused. */
static void a_revocation_since_the_backup_is_carried_over(void **state) {
    struct fixture *f = *state;
    apitoken_restore_result result = APITOKEN_RESTORE_RESULT_INIT;
    struct made_token before = fixture_create(f->store, "owner", "name", NULL);
    struct made_token since = fixture_create(f->store, "owner", "name", NULL);
    struct made_token good = fixture_create(f->store, "owner", "name", NULL);
    revoke_because(f, before.id, "before");
    back_up(f);
    f->now_ms += 1000;
    revoke_because(f, since.id, "since");
    struct made_token later = fixture_create(f->store, "owner", "name", NULL);
    close_store(f);

    f->now_ms += 1000;
    assert_code(restore(f, 0, &result, NULL), 0);
    assert_int_equal(result.is_proven, 1);
    assert_int_equal(result.tokens, 3);
    assert_int_equal(result.revoked, 2);
    assert_int_equal(result.carried_over, 1);
    assert_int_equal(result.revoked_now, 0);
    assert_int_equal(result.gone, 1);
    reopen(f);
    assert_revoked_because(f, &before, FIXTURE_NOW, "before");
    assert_revoked_because(f, &since, FIXTURE_NOW + 1000, "since");
    assert_code(check(f->store, &good), 0);
    assert_code(check(f->store, &later), APITOKEN_E_UNKNOWN);
    assert_int_equal(info_of(f->store).revoked, 2);
    assert_code(try_create(f->store, "owner", "name", NULL), 0);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

/* The store that was there is kept, and the backup stays as it is. */
static void both_others_stay(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    back_up(f);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    close_store(f);
    assert_code(restore(f, 0, NULL, NULL), 0);
    assert_code(apitoken_store_check(replaced_path(f), f->keyring, NULL, NULL), 0);
    assert_code(apitoken_store_check(backup_path(f), f->keyring, NULL, NULL), 0);
    assert_int_equal(count_entries(f->dir), 5); /* two keyrings, three stores */
    /* store.replaced is not overwritten */
    assert_code(restore(f, 0, NULL, NULL), APITOKEN_E_EXISTS);
}

static void a_missing_store_proves_nothing(void **state) {
    struct fixture *f = *state;
    apitoken_restore_result result = APITOKEN_RESTORE_RESULT_INIT;
    apitoken_error err = APITOKEN_ERROR_INIT;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    back_up(f);
    close_store(f);
    assert_int_equal(rename(f->store_path, in_dir(f->dir, "away")), 0);
    assert_code(restore(f, 0, &result, &err), APITOKEN_E_UNPROVEN);
    assert_non_null(strstr(err.text, "no store"));
    assert_int_equal(result.tokens, 0); /* untouched */
    assert_int_not_equal(access(f->store_path, F_OK), 0);
    assert_code(restore(f, APITOKEN_RESTORE_ACCEPT_LOST, &result, NULL), 0);
    assert_int_equal(result.is_proven, 0);
    assert_int_equal(result.tokens, 1);
    reopen(f);
    assert_code(check(f->store, &token), 0);
}

/* A directory that lost its data has nothing that could be carried over. */
static void a_store_without_data_proves_nothing(void **state) {
    struct fixture *f = *state;
    apitoken_restore_result result = APITOKEN_RESTORE_RESULT_INIT;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    back_up(f);
    close_store(f);
    assert_int_equal(unlink(in_dir(f->store_path, "data.mdb")), 0);
    assert_code(restore(f, 0, &result, NULL), APITOKEN_E_UNPROVEN);
    assert_code(restore(f, APITOKEN_RESTORE_ACCEPT_LOST, &result, NULL), 0);
    assert_int_equal(result.is_proven, 0);
    assert_int_equal(result.tokens, 1);
    reopen(f);
    assert_code(check(f->store, &token), 0);
}

static void all_can_be_revoked(void **state) {
    struct fixture *f = *state;
    apitoken_restore_result result = APITOKEN_RESTORE_RESULT_INIT;
    struct made_token old = fixture_create(f->store, "owner", "name", NULL);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    revoke_because(f, old.id, "old");
    back_up(f);
    close_store(f);
    assert_int_equal(rename(f->store_path, in_dir(f->dir, "away")), 0);
    f->now_ms += 5000;
    assert_code(restore(f, APITOKEN_RESTORE_REVOKE_ALL, &result, NULL), 0);
    assert_int_equal(result.revoked, 2);
    assert_int_equal(result.revoked_now, 1);
    reopen(f);
    assert_revoked_because(f, &old, FIXTURE_NOW, "old");
    assert_revoked_because(f, &token, FIXTURE_NOW + 5000, "restored");
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

/* A store whose structure is broken still tells of the revocations that lie on its pages. */
static void a_damaged_store_tells_what_it_can(void **state) {
    struct fixture *f = *state;
    apitoken_restore_result result = APITOKEN_RESTORE_RESULT_INIT;
    struct made_token revoked[40], good[40];
    for (size_t i = 0; i < COUNT(revoked); i++) {
        revoked[i] = fixture_create(f->store, "owner", "name", NULL);
        good[i] = fixture_create(f->store, "owner", "name", NULL);
    }
    back_up(f);
    for (size_t i = 0; i < COUNT(revoked); i++) revoke_because(f, revoked[i].id, "stolen");
    close_store(f);
    /* both magics */
    for (size_t at = 0; at < 2 * 4096; at += 4096)
        file_flip(in_dir(f->store_path, "data.mdb"), at + 16);

    assert_code(restore(f, 0, &result, NULL), APITOKEN_E_UNPROVEN);
    assert_code(restore(f, APITOKEN_RESTORE_ACCEPT_LOST, &result, NULL), 0);
    assert_int_equal(result.is_proven, 0);
    assert_int_equal(result.carried_over, COUNT(revoked));
    assert_int_equal(result.gone, 0);
    reopen(f);
    for (size_t i = 0; i < COUNT(revoked); i++) {
        assert_revoked_because(f, &revoked[i], FIXTURE_NOW, "stolen");
        assert_code(check(f->store, &good[i]), 0);
    }
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

/* If the row is lost, too, time and reason are; that the token is revoked is not. */
static void a_revocation_without_its_row_is_carried_over(void **state) {
    struct fixture *f = *state;
    apitoken_restore_result result = APITOKEN_RESTORE_RESULT_INIT;
    struct made_token token = fixture_create(f->store, "owner", "a name to look for", NULL);
    struct made_token good = fixture_create(f->store, "owner", "a name to look for", NULL);
    back_up(f);
    revoke_because(f, token.id, "stolen");
    close_store(f);
    flip_each(in_dir(f->store_path, "data.mdb"), LIT("a name to look for"));
    assert_code(restore(f, 0, &result, NULL), APITOKEN_E_UNPROVEN);
    f->now_ms += 5000;
    assert_code(restore(f, APITOKEN_RESTORE_ACCEPT_LOST, &result, NULL), 0);
    assert_int_equal(result.carried_over, 1);
    reopen(f);
    assert_revoked_because(f, &token, FIXTURE_NOW + 5000, "restored");
    assert_code(check(f->store, &good), 0);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

/* Of a store that was rolled back nobody can say what it has forgotten. */
static void a_store_that_was_rolled_back_proves_nothing(void **state) {
    struct fixture *f = *state;
    const char *data = in_dir(f->store_path, "data.mdb"), *kept = in_dir(f->dir, "kept");
    apitoken_restore_result result = APITOKEN_RESTORE_RESULT_INIT;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    back_up(f);
    close_store(f);
    file_copy(data, kept);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    close_store(f);
    file_copy(kept, data);
    assert_code(restore(f, 0, NULL, NULL), APITOKEN_E_UNPROVEN);
    assert_code(restore(f, APITOKEN_RESTORE_REVOKE_ALL, &result, NULL), 0);
    assert_int_equal(result.is_proven, 0);
    assert_int_equal(result.revoked_now, 1);
    reopen(f);
    assert_code(check(f->store, &token), APITOKEN_E_REVOKED);
}

/* Not even a damaged one, while another process has it open. */
static void a_damaged_store_in_use_is_not_replaced(void **state) {
    struct fixture *f = *state;
    /* as every handle holds it */
    struct flock in_use = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 3, .l_len = 1 };
    back_up(f);
    close_store(f);
    int fd = open(in_dir(f->store_path, "writer.lock"), O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &in_use), 0);
    assert_int_equal(truncate(in_dir(f->store_path, "data.mdb"), 4096), 0);
    assert_code(restore(f, APITOKEN_RESTORE_ACCEPT_LOST, NULL, NULL), APITOKEN_E_IN_USE);
    assert_int_equal(close(fd), 0);
    assert_code(restore(f, APITOKEN_RESTORE_ACCEPT_LOST, NULL, NULL), 0);
}

/* A record that was edited proves nothing: its tag is wrong. */
static void a_forged_revocation_is_not_carried_over(void **state) {
    struct fixture *f = *state;
    apitoken_restore_result result = APITOKEN_RESTORE_RESULT_INIT;
    static char bytes[1 << 22];
    char needle[APITOKEN_ID_LEN + 2];
    const char *data = in_dir(f->store_path, "data.mdb");
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    back_up(f);
    close_store(f);
    memcpy(needle, token.id, APITOKEN_ID_LEN);
    needle[APITOKEN_ID_LEN] = 2;
    needle[APITOKEN_ID_LEN + 1] = 1;
    size_t len = file_read(data, bytes, sizeof bytes), found = 0;
    for (char *at = bytes; (at = memmem(at, len - (size_t)(at - bytes), needle, sizeof needle));
         at++, found++)
        at[APITOKEN_ID_LEN + 2] = 1; /* the flag "revoked" */
    assert_true(found > 0);
    file_write(data, bytes, len);
    assert_code(restore(f, 0, NULL, NULL), APITOKEN_E_UNPROVEN);
    assert_code(restore(f, APITOKEN_RESTORE_ACCEPT_LOST, &result, NULL), 0);
    assert_int_equal(result.carried_over, 0);
    reopen(f);
    assert_code(check(f->store, &token), 0);
}

static void a_store_in_use_is_not_replaced(void **state) {
    struct fixture *f = *state;
    back_up(f);
    assert_code(restore(f, 0, NULL, NULL), APITOKEN_E_IN_USE);
    close_store(f);
    f->store = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    assert_code(restore(f, APITOKEN_RESTORE_REVOKE_ALL, NULL, NULL), APITOKEN_E_IN_USE);
    close_store(f);
    assert_code(apitoken_store_restore(f->store_path, f->store_path, f->keyring, FIXTURE_RESTORE,
                                       NULL, NULL),
                APITOKEN_E_IN_USE);
    assert_int_equal(count_entries(f->dir), 4);
    assert_code(restore(f, 0, NULL, NULL), 0);
}

static void another_store_is_not_replaced(void **state) {
    struct fixture *f = *state;
    back_up(f);
    close_store(f);
    assert_int_equal(rename(f->store_path, in_dir(f->dir, "away")), 0);
    fixture_make_store(f, NULL);
    assert_code(restore(f, 0, NULL, NULL), APITOKEN_E_EXISTS);
    assert_code(restore(f, APITOKEN_RESTORE_ACCEPT_LOST, NULL, NULL), APITOKEN_E_EXISTS);
    assert_int_equal(count_entries(f->dir), 5);
}

/* A backup that fails its checks is not put in place. */
static void a_damaged_backup_is_refused(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "the name of a token", NULL);
    back_up(f);
    close_store(f);
    const char *data = in_dir(backup_path(f), "data.mdb");
    flip_each(data, LIT("the name of a token"));
    assert_code(restore(f, 0, NULL, NULL), APITOKEN_E_DAMAGED);
    assert_int_equal(truncate(data, 4096), 0);
    assert_code(restore(f, 0, NULL, NULL), APITOKEN_E_DAMAGED);
    assert_int_equal(count_entries(f->dir), 4);
    reopen(f);
    assert_code(check(f->store, &token), 0);
}

static void the_directory_keeps_its_mode(void **state) {
    struct fixture *f = *state;
    back_up(f);
    close_store(f);
    assert_int_equal(chmod(f->store_path, 02770), 0);
    /* two users who both manage tokens */
    assert_int_equal(chmod(in_dir(f->store_path, "data.mdb"), 0660), 0);
    assert_code(restore(f, 0, NULL, NULL), 0);
    assert_int_equal(mode_of(f->store_path), 02770);
    assert_int_equal(mode_of(in_dir(f->store_path, "data.mdb")), 0660);
    assert_int_equal(mode_of(in_dir(f->store_path, "writer.lock")), 0660);
}

static void assert_owner_is_kept(const struct fixture *f, uid_t owner, gid_t group) {
    static const char *const names[] = { "", "data.mdb", "lock.mdb", "writer.lock", "last-use" };
    struct stat st;
    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_equal(chown(in_dir(f->store_path, names[i]), owner, group), 0);
    assert_code(restore(f, 0, NULL, NULL), 0);
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_int_equal(stat(in_dir(f->store_path, names[i]), &st), 0);
        assert_int_equal(st.st_uid, owner);
        assert_int_equal(st.st_gid, group);
    }
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

/* As root a restore leaves the store to whose it was, be it only the group that is another. */
static void the_store_keeps_its_owner(void **state) {
    struct fixture *f = *state;
    if (geteuid() != 0) skip_case("only root can give a file away");
    back_up(f);
    close_store(f);
    assert_owner_is_kept(f, STRANGER, STRANGER + 1);
    assert_int_equal(rename(replaced_path(f), in_dir(f->dir, "first")), 0);
    assert_owner_is_kept(f, geteuid(), STRANGER + 1);
    assert_int_equal(rename(replaced_path(f), in_dir(f->dir, "second")), 0);
    assert_owner_is_kept(f, STRANGER, getegid());
}

static int restore_in_child(void *ctx) { return restore(ctx, 0, NULL, NULL); }

/* Who may not give the files to whose they were changes nothing. */
static void a_stranger_replaces_nothing(void **state) {
    struct fixture *f = *state;
    if (geteuid() != 0) skip_case("only root can give a file away");
    back_up(f);
    close_store(f);
    assert_int_equal(chmod(f->dir, 0777), 0);
    size_t before = count_entries(f->dir);
    assert_true(as_stranger(restore_in_child, f) != 0);
    assert_int_equal(count_entries(f->dir), before);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

/* The store that was there is kept beside the new one, not within it. */
static void slashes_at_the_end_are_no_matter(void **state) {
    struct fixture *f = *state;
    char path[128];
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    back_up(f);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    close_store(f);
    (void)snprintf(path, sizeof path, "%s//", f->store_path);
    assert_code(
        apitoken_store_restore(backup_path(f), path, f->keyring, FIXTURE_RESTORE, NULL, NULL), 0);
    assert_code(apitoken_store_check(replaced_path(f), f->keyring, NULL, NULL), 0);
    assert_int_equal(count_entries(f->dir), 5);
    reopen(f);
    assert_code(check(f->store, &token), APITOKEN_E_REVOKED);
}

/* As a revoke drops the sealed text, so does one that is carried over. */
static void a_token_revoked_since_cannot_be_copied(void **state) {
    struct fixture *f = *state;
    apitoken_token *row = NULL;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    back_up(f);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    close_store(f);
    assert_code(restore(f, 0, NULL, NULL), 0);
    reopen(f);
    assert_code(apitoken_show(f->store, LIT("owner"), token.id, APITOKEN_ID_LEN, NULL, &row, NULL),
                0);
    assert_int_equal(apitoken_token_is_copyable(row), 0);
    apitoken_token_free(row);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

static void wrong_arguments(void **state) {
    struct fixture *f = *state;
    apitoken_restore_result small = APITOKEN_RESTORE_RESULT_INIT;
    back_up(f);
    close_store(f);
    assert_code(
        apitoken_store_restore(NULL, f->store_path, f->keyring, FIXTURE_RESTORE, NULL, NULL),
        APITOKEN_E_PATH);
    assert_code(
        apitoken_store_restore(backup_path(f), NULL, f->keyring, FIXTURE_RESTORE, NULL, NULL),
        APITOKEN_E_PATH);
    assert_code(
        apitoken_store_restore(backup_path(f), f->store_path, NULL, FIXTURE_RESTORE, NULL, NULL),
        APITOKEN_E_ARGUMENT);
    assert_code(apitoken_store_restore(backup_path(f), f->store_path, f->verify_keyring,
                                       FIXTURE_RESTORE, NULL, NULL),
                APITOKEN_E_KEYS_VERIFY);
    assert_code(apitoken_store_restore(in_dir(f->dir, "none"), f->store_path, f->keyring,
                                       FIXTURE_RESTORE, NULL, NULL),
                APITOKEN_E_NO_STORE);
    assert_code(restore(f, APITOKEN_RESTORE_REVOKE_ALL | APITOKEN_RESTORE_ACCEPT_LOST, NULL, NULL),
                APITOKEN_E_ABI);
    assert_code(restore(f, 4, NULL, NULL), APITOKEN_E_ABI);
    small.size = 8;
    assert_code(restore(f, 0, &small, NULL), APITOKEN_E_ABI);
    f->now_ms = -1;
    assert_code(restore(f, 0, NULL, NULL), APITOKEN_E_CLOCK);
    assert_int_equal(count_entries(f->dir), 4);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(a_revocation_since_the_backup_is_carried_over),
        CASE(both_others_stay),
        CASE(a_missing_store_proves_nothing),
        CASE(a_store_without_data_proves_nothing),
        CASE(all_can_be_revoked),
        CASE(a_damaged_store_tells_what_it_can),
        CASE(a_revocation_without_its_row_is_carried_over),
        CASE(a_store_that_was_rolled_back_proves_nothing),
        CASE(a_damaged_store_in_use_is_not_replaced),
        CASE(a_forged_revocation_is_not_carried_over),
        CASE(a_store_in_use_is_not_replaced),
        CASE(another_store_is_not_replaced),
        CASE(a_damaged_backup_is_refused),
        CASE(the_directory_keeps_its_mode),
        CASE(the_store_keeps_its_owner),
        CASE(a_stranger_replaces_nothing),
        CASE(slashes_at_the_end_are_no_matter),
        CASE_ALWAYS(a_token_revoked_since_cannot_be_copied),
        CASE(wrong_arguments),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
