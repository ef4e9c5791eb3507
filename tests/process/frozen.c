/* SPDX-License-Identifier: MIT */
/*
 * A process that is stopped while it reads the store keeps the pages of its snapshot from being
 * used again. It is named, the reserve lasts for the revokes that it is promised for, and a backup
 * or check that goes on lets its snapshot go when writers need the pages.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "child.h"
#include "figure.h"
#include "fixture.h"
#include "real.h"
#include "storage.h"

enum {
    BATCH = 1000,
    TOKENS_MAX = 100000,
    /* the reserve of a small store, at the most pages that a revoke takes: doc/limits.md */
    PROMISED = 1024 / 16,
    TRIES = 4 /* of a backup or check */
};

struct place {
    struct fixture fixture; /* first: the clock's context */
    char (*id)[APITOKEN_ID_MAX + 1];
    uint32_t count, revoked;
    uint32_t *is_open; /* shared: the process that is to be stopped has opened the store */
};

/* ---- a check that waits where the test wants ------------------------------------------------- */

/*
 * Shared: how often a check has begun to go through the tokens, and how often it may go on. When it
 * has ended, `begun` is ENDED more, so that nobody waits for what will not be.
 */
enum { ENDED = 1000 };
struct scans {
    uint32_t begun, may_go_on;
};

/* Unless NULL, this process checks: its scans, and a token that each of them reads once. */
static struct scans *scans;
static const char *early_id;

/* As in LMDB's header. */
struct value {
    size_t len;
    const void *bytes;
};

int mdb_cursor_get(void *cursor, struct value *key, struct value *ret, unsigned op);
int mdb_cursor_get(void *cursor, struct value *key, struct value *ret, unsigned op) {
    int (*real)(void *, struct value *, struct value *, unsigned);
    REAL(real, "mdb_cursor_get");
    int rc = real(cursor, key, ret, op);
    if (rc == 0 && scans && key->len == APITOKEN_ID_LEN &&
        memcmp(key->bytes, early_id, APITOKEN_ID_LEN) == 0) {
        raise_by_one(&scans->begun);
        (void)wait_for(&scans->may_go_on, scans->begun);
    }
    return rc;
}

/* ---- stores and processes -------------------------------------------------------------------- */

static apitoken_store_info info_of(const struct place *p) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    assert_code(apitoken_store_stat(p->fixture.store, NULL, &info, NULL), 0);
    return info;
}

static int create_many(struct place *p, uint32_t count) {
    static const apitoken_batch_item *items[BATCH];
    static apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    apitoken_batch *batch = NULL;
    item.owner = "anna";
    item.owner_len = 4;
    item.name = "n";
    item.name_len = 1;
    for (uint32_t i = 0; i < count; i++) items[i] = &item;
    int rc = apitoken_create_batch(p->fixture.store, items, count, NULL, &batch, NULL);
    if (rc != 0) return rc;
    for (uint32_t i = 0; i < count; i++)
        (void)snprintf(p->id[p->count++], sizeof *p->id, "%s", apitoken_batch_id(batch, i));
    apitoken_batch_free(batch);
    return 0;
}

/* A small store in which only the reserve is left. */
static int setup(void **state) {
    struct place *p = calloc(1, sizeof *p);
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    assert_non_null(p);
    p->id = calloc(TOKENS_MAX, sizeof *p->id);
    assert_non_null(p->id);
    opts.map_bytes = UINT64_C(16) << 20;
    fixture_make_dir(&p->fixture);
    fixture_make_keys(&p->fixture);
    fixture_make_store(&p->fixture, &opts);
    p->fixture.store = fixture_open(&p->fixture, APITOKEN_MODE_READ_WRITE);
    while (create_many(p, BATCH) == 0) {}
    while (create_many(p, 1) == 0) {}
    assert_true(info_of(p).spare_bytes <= 24 * 4096); /* what a create may take */
    *state = p;
    return 0;
}

static int teardown(void **state) {
    struct place *p = *state;
    free(p->id);
    fixture_remove(&p->fixture);
    free(p);
    return 0;
}

static int revoke_next(struct place *p, apitoken_error *err) {
    const char *id = p->id[p->revoked];
    int rc = apitoken_revoke(p->fixture.store, LIT("anna"), id, strlen(id), NULL, err);
    p->revoked += rc == 0;
    return rc;
}

/* ---- backups --------------------------------------------------------------------------------- */

static const char *backup_path(const struct place *p) {
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/backup", p->fixture.dir);
    return path;
}

static int back_up(void *ctx) {
    struct place *p = ctx;
    apitoken_store *store = fixture_open(&p->fixture, APITOKEN_MODE_VERIFY_ONLY);
    raise_to(p->is_open, 1);
    int rc = apitoken_store_backup(store, backup_path(p), NULL, NULL);
    apitoken_store_close(store);
    return rc == 0 ? 0 : rc == APITOKEN_E_FULL ? 2 : 1;
}

static pid_t start_backup(struct place *p) {
    p->is_open = shared_memory(sizeof *p->is_open);
    pid_t pid = child_start(back_up, p);
    assert_true(wait_for(p->is_open, 1));
    return pid;
}

/* Stops a process while it reads a state that is newer than `after`; returns its number. */
static uint64_t stop_in_snapshot(struct place *p, pid_t pid, uint64_t after) {
    for (;;) {
        apitoken_store_info info = info_of(p);
        if (info.oldest_reader == (uint32_t)pid && info.oldest_reader_transaction <= after) {
            sched_yield(); /* it has yet to let go of the older one: no page is taken meanwhile */
            continue;
        }
        assert_code(revoke_next(p, NULL), 0); /* leaves it behind, if it reads */
        info = info_of(p);
        if (info.oldest_reader != (uint32_t)pid || info.oldest_reader_transaction <= after)
            continue;
        process_stop(pid);
        const uint64_t reads_at = info.oldest_reader_transaction;
        info = info_of(p);
        if (info.oldest_reader == (uint32_t)pid && info.oldest_reader_transaction == reads_at)
            return reads_at;
        process_continue(pid);
    }
}

/* Until the reader keeps more than half as much as is spare. */
static void revoke_until_it_is_in_the_way(struct place *p) {
    apitoken_store_info info = info_of(p);
    while (info.pinned_bytes <= (info.map_bytes - info.used_bytes) / 2) {
        assert_code(revoke_next(p, NULL), 0);
        info = info_of(p);
    }
}

static void a_stopped_reader_is_named_and_the_reserve_lasts(void **state) {
    struct place *p = *state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    char due[64];
    assert_int_equal(info_of(p).oldest_reader, 0);
    pid_t reader = start_backup(p);
    const uint64_t reads_at = stop_in_snapshot(p, reader, 0);
    const uint32_t before = p->revoked;
    int rc;
    while ((rc = revoke_next(p, &err)) == 0) {}
    const apitoken_store_info info = info_of(p);
    assert_code(rc, APITOKEN_E_FULL);
    (void)snprintf(due, sizeof due, "a reader pins it: process %d ", (int)reader);
    assert_non_null(strstr(err.text, due));
    assert_int_equal(info.oldest_reader, reader);
    assert_int_equal(info.oldest_reader_transaction, reads_at);
    assert_true(info.pinned_bytes > 900 * 4096);
    figure_at_least("revokes beside a stopped reader of a full store", p->revoked - before,
                    PROMISED);
    child_kill(reader);
    for (int i = 0; i < 2 * PROMISED; i++) assert_code(revoke_next(p, NULL), 0);
    assert_int_equal(info_of(p).oldest_reader, 0);
}

/* A backup of one snapshot alone would not have what was revoked while it stood still. */
static void a_backup_lets_its_snapshot_go_when_writers_need_the_pages(void **state) {
    struct place *p = *state;
    apitoken_store *copy = NULL;
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    pid_t reader = start_backup(p);
    (void)stop_in_snapshot(p, reader, 0);
    revoke_until_it_is_in_the_way(p);
    process_continue(reader);
    child_join(reader);
    assert_code(apitoken_store_open(backup_path(p), p->fixture.keyring, NULL, &copy, NULL), 0);
    assert_code(apitoken_store_stat(copy, NULL, &info, NULL), 0);
    apitoken_store_close(copy);
    assert_int_equal(info.tokens, p->count);
    assert_int_equal(info.revoked, p->revoked);
    assert_code(apitoken_store_check(backup_path(p), p->fixture.keyring, NULL, NULL), 0);
}

/* While nobody is short of space it keeps its snapshot. */
static void a_backup_that_is_not_in_the_way_goes_on(void **state) {
    struct place *p = *state;
    apitoken_store *copy = NULL;
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    pid_t reader = start_backup(p);
    const uint64_t reads_at = stop_in_snapshot(p, reader, 0);
    const uint64_t later = info_of(p).transaction - reads_at;
    process_continue(reader);
    child_join(reader);
    assert_code(apitoken_store_open(backup_path(p), p->fixture.keyring, NULL, &copy, NULL), 0);
    assert_code(apitoken_store_stat(copy, NULL, &info, NULL), 0);
    apitoken_store_close(copy);
    assert_int_equal(info.revoked, p->revoked - later);
}

static void a_backup_that_is_always_in_the_way_is_given_up(void **state) {
    struct place *p = *state;
    uint64_t reads_at = 0;
    pid_t reader = start_backup(p);
    for (int i = 0; i < TRIES; i++) {
        reads_at = stop_in_snapshot(p, reader, reads_at);
        revoke_until_it_is_in_the_way(p);
        process_continue(reader);
    }
    assert_int_equal(child_wait(reader), 2);
    assert_code(revoke_next(p, NULL), 0);
    assert_code(apitoken_store_backup(p->fixture.store, backup_path(p), NULL, NULL), 0);
}

/* ---- checks ---------------------------------------------------------------------------------- */

struct check {
    struct place *place;
    struct scans *scans;
};

static int check_slowly(void *ctx) {
    const struct check *check = ctx;
    const struct fixture *f = &check->place->fixture;
    early_id = check->place->id[1]; /* an open reads the first one, too */
    scans = check->scans;
    int rc = apitoken_store_check(f->store_path, f->keyring, NULL, NULL);
    raise_to(&scans->begun, reads(&scans->begun) + ENDED);
    return rc == 0 ? 0 : rc == APITOKEN_E_FULL ? 2 : 1;
}

static pid_t start_check(struct place *p, struct scans **ret_scans) {
    struct check check = { p, shared_memory(sizeof **ret_scans) };
    *ret_scans = check.scans;
    pid_t pid = child_start(check_slowly, &check);
    assert_true(wait_for(&check.scans->begun, 1));
    return pid;
}

static void a_check_lets_its_snapshot_go_when_writers_need_the_pages(void **state) {
    struct place *p = *state;
    struct scans *seen;
    pid_t reader = start_check(p, &seen);
    revoke_until_it_is_in_the_way(p);
    raise_to(&seen->may_go_on, ENDED);
    child_join(reader);
    assert_int_equal(reads(&seen->begun), ENDED + 2);
}

static void a_check_that_is_not_in_the_way_goes_on(void **state) {
    struct place *p = *state;
    struct scans *seen;
    pid_t reader = start_check(p, &seen);
    assert_code(revoke_next(p, NULL), 0);
    raise_to(&seen->may_go_on, ENDED);
    child_join(reader);
    assert_int_equal(reads(&seen->begun), ENDED + 1);
}

static void a_check_that_is_always_in_the_way_is_given_up(void **state) {
    struct place *p = *state;
    struct scans *seen;
    pid_t reader = start_check(p, &seen);
    for (uint32_t i = 1; i <= TRIES; i++) {
        assert_true(wait_for(&seen->begun, i));
        revoke_until_it_is_in_the_way(p);
        raise_to(&seen->may_go_on, i < TRIES ? i : ENDED);
    }
    assert_int_equal(child_wait(reader), 2);
    assert_int_equal(reads(&seen->begun), ENDED + TRIES);
    assert_code(apitoken_store_check(p->fixture.store_path, p->fixture.keyring, NULL, NULL), 0);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(a_stopped_reader_is_named_and_the_reserve_lasts),
        CASE(a_backup_lets_its_snapshot_go_when_writers_need_the_pages),
        CASE(a_backup_that_is_not_in_the_way_goes_on),
        CASE(a_backup_that_is_always_in_the_way_is_given_up),
        CASE(a_check_lets_its_snapshot_go_when_writers_need_the_pages),
        CASE(a_check_that_is_not_in_the_way_goes_on),
        CASE(a_check_that_is_always_in_the_way_is_given_up),
    };
    storage_in_memory(STORAGE_USUAL);
    return run_cases(argc, argv, tests, NULL, NULL);
}
