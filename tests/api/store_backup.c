/* SPDX-License-Identifier: MIT */
/* apitoken_store_backup(): a copy from one moment, and a store in its own right. */
#define APITOKEN_BUILDING /* the nonnull attributes would forbid what is tested here */
#include "api.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"

static const char *backup_path(const struct fixture *f) { return in_dir(f->dir, "backup"); }

static int back_up(const struct fixture *f) {
    return apitoken_store_backup(f->store, backup_path(f), NULL, NULL);
}

static apitoken_store *open_backup(const struct fixture *f, uint32_t mode) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    opts.mode = mode;
    opts.clock = fixture_clock;
    opts.clock_ctx = (void *)(uintptr_t)f;
    assert_code(apitoken_store_open(backup_path(f), f->keyring, &opts, &store, NULL), 0);
    return store;
}

static int check_backup(const struct fixture *f) {
    return apitoken_store_check(backup_path(f), f->keyring, NULL, NULL);
}

static void a_backup_is_a_store_of_its_own(void **state) {
    struct fixture *f = *state;
    struct made_token good = fixture_create(f->store, "owner", "name", NULL);
    struct made_token revoked = fixture_create(f->store, "owner", "name", NULL);
    assert_code(revoke_token(f->store, "owner", revoked.id), 0);
    assert_code(back_up(f), 0);
    /* afterwards: the copy stays as it was */
    assert_code(revoke_token(f->store, "owner", good.id), 0);
    struct made_token later = fixture_create(f->store, "owner", "name", NULL);

    assert_code(check_backup(f), 0);
    apitoken_store *copy = open_backup(f, APITOKEN_MODE_READ_WRITE);
    apitoken_store_info info = info_of(copy), original = info_of(f->store);
    assert_int_equal(info.tokens, 2);
    assert_int_equal(info.revoked, 1);
    assert_int_equal(info.created_ms, original.created_ms);
    assert_string_equal(info.store_id, original.store_id);
    assert_int_equal(info.map_bytes, original.map_bytes);
    assert_code(check(copy, &good), 0);
    assert_code(check(copy, &revoked), APITOKEN_E_REVOKED);
    assert_code(check(copy, &later), APITOKEN_E_UNKNOWN);
    assert_int_equal(count_rows(copy, "owner"), 2);
    /* and it can be written to */
    struct made_token own = fixture_create(copy, "owner", "name", NULL);
    assert_code(check(copy, &own), 0);
    assert_code(check(f->store, &own), APITOKEN_E_UNKNOWN);
    apitoken_store_close(copy);
    assert_code(check_backup(f), 0);
}

static void a_sealed_copy_comes_along(void **state) {
    struct fixture *f = *state;
    char text[APITOKEN_FORMAT_MAX];
    size_t len;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(back_up(f), 0);
    apitoken_store *copy = open_backup(f, APITOKEN_MODE_READ_WRITE);
    assert_code(apitoken_copy(copy, LIT("owner"), token.id, APITOKEN_ID_LEN, APITOKEN_FORMAT_PLAIN,
                              NULL, text, sizeof text, &len, NULL),
                0);
    assert_string_equal(text, token.text);
    apitoken_store_close(copy);
}

static void the_last_use_comes_along(void **state) {
    struct fixture *f = *state;
    apitoken_token *row = NULL;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(check(f->store, &token), 0);
    assert_code(back_up(f), 0);
    apitoken_store *copy = open_backup(f, APITOKEN_MODE_VERIFY_ONLY);
    assert_code(apitoken_show(copy, LIT("owner"), token.id, APITOKEN_ID_LEN, NULL, &row, NULL), 0);
    assert_int_equal(apitoken_token_last_used_ms(row), FIXTURE_NOW / 60000 * 60000);
    apitoken_token_free(row);
    apitoken_store_close(copy);
}

/*
 * More records than one transaction of the copy takes, of many owners and with values on overflow
 * pages.
 */
static void a_large_store_is_copied_whole(void **state) {
    struct fixture *f = *state;
    enum { TOKENS = 12000, OWNERS = 7 };
    static apitoken_batch_item item[TOKENS];
    static const apitoken_batch_item *items[TOKENS];
    static char owner[TOKENS][16];
    apitoken_batch *batch = NULL;
    for (size_t i = 0; i < TOKENS; i++) {
        item[i] = (apitoken_batch_item)APITOKEN_BATCH_ITEM_INIT;
        item[i].owner = owner[i];
        item[i].owner_len = (uint32_t)snprintf(owner[i], sizeof owner[i], "owner %zu", i % OWNERS);
        item[i].name = "name";
        item[i].name_len = 4;
        if (i % 1000 == 0) {
            item[i].description = long_text(APITOKEN_DESCRIPTION_MAX);
            item[i].description_len = APITOKEN_DESCRIPTION_MAX;
        }
        items[i] = &item[i];
    }
    assert_code(apitoken_create_batch(f->store, items, TOKENS, NULL, &batch, NULL), 0);
    assert_code(revoke_token(f->store, "owner 0", apitoken_batch_id(batch, 0)), 0);
    assert_code(back_up(f), 0);
    assert_code(check_backup(f), 0);
    apitoken_store *copy = open_backup(f, APITOKEN_MODE_VERIFY_ONLY);
    assert_int_equal(info_of(copy).tokens, TOKENS);
    assert_int_equal(info_of(copy).revoked, 1);
    /* the trees, and three times as many records as a transaction takes */
    assert_true(info_of(copy).transaction >= 4);
    for (size_t i = 0; i < TOKENS; i++) {
        char text[APITOKEN_FORMAT_MAX];
        size_t len;
        assert_code(apitoken_batch_format(batch, i, APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text,
                                          &len, NULL),
                    0);
        assert_code(apitoken_validate(copy, text, len, NULL, NULL, NULL),
                    i ? 0 : APITOKEN_E_REVOKED);
    }
    apitoken_store_close(copy);
    apitoken_batch_free(batch);
    assert_true(file_size(in_dir(backup_path(f), "data.mdb")) > 0);
}

/* What was deleted or replaced is not in the copy: its pages are new. */
static void no_stale_byte_comes_along(void **state) {
    struct fixture *f = *state;
    static char bytes[1 << 22];
    struct made_token token = fixture_create(f->store, "owner", "the name of a token", NULL);
    for (int i = 0; i < 20; i++) (void)fixture_create(f->store, "other", "name", NULL);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_code(back_up(f), 0);
    size_t len = file_read(in_dir(backup_path(f), "data.mdb"), bytes, sizeof bytes), found = 0;
    for (char *at = bytes;
         (at = memmem(at, len - (size_t)(at - bytes), LIT("the name of a token"))); at++)
        found++;
    assert_int_equal(found, 2); /* in its row, and in the audit record of the create */
}

static void a_verify_only_handle_can_back_up(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_store *v = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    assert_code(apitoken_store_backup(v, backup_path(f), NULL, NULL), 0);
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    assert_code(apitoken_store_stat(v, NULL, &info, NULL), 0);
    assert_int_equal(info.readers, 2); /* it left one for the others */
    apitoken_store_close(v);
    apitoken_store *copy = open_backup(f, APITOKEN_MODE_READ_WRITE);
    assert_code(check(copy, &token), 0);
    assert_code(revoke_token(copy, "owner", token.id), 0);
    apitoken_store_close(copy);
}

static void the_modes_are_those_of_a_store(void **state) {
    struct fixture *f = *state;
    static const struct {
        const char *name;
        mode_t mode;
    } due[] = { { "", 0750 },
                { "data.mdb", 0640 },
                { "lock.mdb", 0660 },
                { "writer.lock", 0660 },
                { "last-use", 0660 } };
    mode_t before = umask(0);
    assert_code(back_up(f), 0);
    (void)umask(before);
    for (size_t i = 0; i < COUNT(due); i++)
        assert_int_equal(mode_of(in_dir(backup_path(f), due[i].name)), due[i].mode);
}

static void nothing_is_overwritten_and_nothing_left(void **state) {
    struct fixture *f = *state;
    size_t before = count_entries(f->dir);
    assert_code(apitoken_store_backup(f->store, f->store_path, NULL, NULL), APITOKEN_E_EXISTS);
    assert_code(apitoken_store_backup(f->store, f->keys, NULL, NULL), APITOKEN_E_EXISTS);
    assert_code(apitoken_store_backup(f->store, in_dir(f->dir, "no/such/place"), NULL, NULL),
                APITOKEN_E_IO);
    assert_code(apitoken_store_backup(f->store, "", NULL, NULL), APITOKEN_E_PATH);
    assert_code(apitoken_store_backup(f->store, NULL, NULL, NULL), APITOKEN_E_PATH);
    assert_code(apitoken_store_backup(NULL, backup_path(f), NULL, NULL), APITOKEN_E_ARGUMENT);
    assert_int_equal(count_entries(f->dir), before);
}

/* A record that fails its check is not copied, and the error names the token. */
static void a_damaged_token_is_not_backed_up(void **state) {
    struct fixture *f = *state;
    static char bytes[1 << 22];
    apitoken_error err = APITOKEN_ERROR_INIT;
    const char *data = in_dir(f->store_path, "data.mdb");
    (void)fixture_create(f->store, "owner", "the name of a token", NULL);
    size_t len = file_read(data, bytes, sizeof bytes), before = count_entries(f->dir);
    for (char *at = bytes;
         (at = memmem(at, len - (size_t)(at - bytes), LIT("the name of a token"))); at++)
        file_flip(data, (size_t)(at - bytes));
    assert_code(apitoken_store_backup(f->store, backup_path(f), NULL, &err), APITOKEN_E_DAMAGED);
    assert_int_equal(count_entries(f->dir), before);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(a_backup_is_a_store_of_its_own),   CASE_ALWAYS(a_sealed_copy_comes_along),
        CASE(the_last_use_comes_along),         CASE(a_large_store_is_copied_whole),
        CASE(no_stale_byte_comes_along),        CASE(a_verify_only_handle_can_back_up),
        CASE(the_modes_are_those_of_a_store),   CASE(nothing_is_overwritten_and_nothing_left),
        CASE(a_damaged_token_is_not_backed_up),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
