/* SPDX-License-Identifier: MIT */
/*
 * Calls that change a store, or need it for themselves, wait for other processes' locks until the
 * deadline and no longer. They then say so and have changed nothing. Plain writes and readers are
 * in locks.c.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "busy.h"
#include "cases.h"
#include "child.h"
#include "fixture.h"
#include "storage.h"
#include "watch.h"

enum { TIMEOUT_MS = 100 };

#define EXPECT_BUSY(expr) EXPECT_BUSY_AT(TIMEOUT_MS, expr)

/* Bytes of the store's writer.lock, held as if by another process. */
static int hold(const struct fixture *f, int first, int last) {
    int fd = watch_open(f);
    for (int byte = first; byte <= last; byte++) assert_true(watch_take(fd, byte));
    return fd;
}

static int create_batch(apitoken_store *store) {
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    const apitoken_batch_item *items[] = { &item, &item };
    apitoken_batch_opts opts = APITOKEN_BATCH_OPTS_INIT;
    apitoken_batch *batch = NULL;
    item.owner = "anna";
    item.owner_len = 4;
    item.name = "n";
    item.name_len = 1;
    opts.timeout_ms = TIMEOUT_MS;
    int rc = apitoken_create_batch(store, items, 2, &opts, &batch, NULL);
    apitoken_batch_free(batch);
    return rc;
}

static void a_batch_ends_at_its_deadline(void **state) {
    struct fixture *f = *state;
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    int fd = hold(f, BYTE_GATE, BYTE_WRITE);
    EXPECT_BUSY(create_batch(f->store));
    assert_code(apitoken_store_stat(f->store, NULL, &info, NULL), 0);
    assert_int_equal(info.tokens, 0);
    (void)close(fd);
    assert_code(create_batch(f->store), 0);
}

static int grow(const struct fixture *f) {
    apitoken_grow_opts opts = FIXTURE_GROW_OPTS;
    opts.timeout_ms = TIMEOUT_MS;
    return apitoken_store_grow(f->store_path, f->keyring, UINT64_C(1) << 31, &opts, NULL);
}

/* While hosts have the store open it waits for their writes, as any write does. */
static void a_grow_ends_at_its_deadline(void **state) {
    struct fixture *f = *state;
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    int fd = hold(f, BYTE_GATE, BYTE_WRITE);
    EXPECT_BUSY(grow(f));
    assert_code(apitoken_store_stat(f->store, NULL, &info, NULL), 0);
    assert_int_equal(info.map_bytes, UINT64_C(1) << 30);
    (void)close(fd);
    assert_code(grow(f), 0);
    assert_code(apitoken_store_stat(f->store, NULL, &info, NULL), 0);
    assert_int_equal(info.map_bytes, UINT64_C(1) << 31);
}

static int check(const struct fixture *f, uint32_t flags) {
    apitoken_check_opts opts = APITOKEN_CHECK_OPTS_INIT;
    opts.timeout_ms = TIMEOUT_MS;
    fixture_check_flags(&opts, flags);
    return apitoken_store_check(f->store_path, f->keyring, &opts, NULL);
}

static int restore(const struct fixture *f, const char *backup) {
    apitoken_restore_opts opts = FIXTURE_RESTORE_OPTS;
    opts.timeout_ms = TIMEOUT_MS;
    return apitoken_store_restore(backup, f->store_path, f->keyring, &opts, NULL, NULL);
}

static void what_opens_a_store_ends_at_its_deadline(void **state) {
    struct fixture *f = *state;
    struct made_token made = fixture_create(f->store, "anna", "n", NULL);
    char backup[128];
    (void)snprintf(backup, sizeof backup, "%s/backup", f->dir);
    assert_code(apitoken_store_backup(f->store, backup, NULL, NULL), 0);
    apitoken_store_close(f->store);
    f->store = NULL;
    int fd = hold(f, BYTE_GATE, BYTE_REGISTER);
    EXPECT_BUSY(grow(f));
    EXPECT_BUSY(check(f, 0));
    EXPECT_BUSY(check(f, APITOKEN_CHECK_ACCEPT_ROLLBACK));
    EXPECT_BUSY(restore(f, backup));
    (void)close(fd);
    assert_code(check(f, 0), 0);
    assert_code(restore(f, backup), 0);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(apitoken_validate(f->store, made.text, made.len, NULL, NULL, NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_batch_ends_at_its_deadline),
        TEST(a_grow_ends_at_its_deadline),
        TEST(what_opens_a_store_ends_at_its_deadline),
    };
    storage_in_memory(STORAGE_USUAL);
    return run_cases(argc, argv, tests, NULL, NULL);
}
