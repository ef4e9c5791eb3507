/* SPDX-License-Identifier: MIT */
#include "any_call.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)

struct plan plan;

int is_chosen(const char *name) {
    if (plan.only && strcmp(plan.only, name) != 0) return 0;
    plan.seen++;
    return plan.seen >= plan.first && plan.seen - plan.first < plan.times;
}

void let_fail(const char *only, unsigned first, unsigned times, int code) {
    plan = (struct plan){ .only = only, .first = first, .times = times, .code = code };
}

void all_well(void) { let_fail(NULL, 0, 0, 0); }

int any_call_setup(void **state) {
    all_well();
    return fixture_setup(state);
}

int any_call_teardown(void **state) {
    all_well();
    return fixture_teardown(state);
}

void close_store(struct fixture *f) {
    apitoken_store_close(f->store);
    f->store = NULL;
}

/* ---- verbs, and how they are undone ---------------------------------------------------------- */

static void remove_store(const struct fixture *f, const char *store) {
    static const char *const names[] = { "data.mdb", "lock.mdb", "writer.lock", "last-use" };
    char name[64];
    for (size_t i = 0; i < COUNT(names); i++) {
        (void)snprintf(name, sizeof name, "%s/%s", store, names[i]);
        assert_int_equal(unlink(in_dir(f->dir, name)), 0);
    }
    assert_int_equal(rmdir(in_dir(f->dir, store)), 0);
}

static int do_make(struct fixture *f) {
    return apitoken_store_create(in_dir(f->dir, "second"), f->keyring, NULL, NULL);
}
static int do_backup(struct fixture *f) {
    return apitoken_store_backup(f->store, in_dir(f->dir, "second"), NULL, NULL);
}
static void undo_second(struct fixture *f) { remove_store(f, "second"); }

static int do_open(struct fixture *f) { return try_open(f, APITOKEN_MODE_READ_WRITE); }
static int do_open_verify_only(struct fixture *f) { return try_open(f, APITOKEN_MODE_VERIFY_ONLY); }
static void undo_nothing(struct fixture *f) { (void)f; }

static uint64_t next_size;
static int do_grow(struct fixture *f) {
    return apitoken_store_grow(f->store_path, f->keyring, next_size, NULL, NULL);
}
static void undo_grow(struct fixture *f) {
    (void)f;
    next_size += MIB;
}

static int do_restore(struct fixture *f) {
    return apitoken_store_restore(in_dir(f->dir, "backup"), f->store_path, f->keyring, NULL, NULL,
                                  NULL);
}
static void undo_restore(struct fixture *f) { remove_store(f, "store.replaced"); }

/* ---- cases ----------------------------------------------------------------------------------- */

static void assert_failure(const struct any_call *due, unsigned at, int rc) {
    if (rc == due->code || (due->code == 0 && apitoken_error_class(rc) == APITOKEN_CLASS_FAILED))
        return;
    print_error("call %u:\n", at);
    assert_code(rc, due->code);
}

static void assert_told(struct fixture *f, int (*verb)(struct fixture *),
                        void (*undo)(struct fixture *), struct any_call *due) {
    size_t entries = count_entries(f->dir);
    unsigned at = 1;
    for (int is_one_left = 1; is_one_left; at++) {
        let_fail(NULL, at, 1, EIO);
        int rc = verb(f);
        is_one_left = plan.seen >= at;
        all_well();
        int is_done = rc == 0 || count_entries(f->dir) != entries;
        if (rc != 0) assert_failure(due, at, rc);
        if (is_done) undo(f);
        if (is_done && is_one_left) assert_true(due->spared-- > 0);
        assert_int_equal(count_entries(f->dir), entries);
    }
    assert_true(at > due->calls); /* or this looked at nothing */
}

void assert_no_store_is_made(struct fixture *f, struct any_call due) {
    assert_told(f, do_make, undo_second, &due);
}

void assert_no_store_opens(struct fixture *f, struct any_call due) {
    (void)fixture_create(f->store, "owner", "name", NULL);
    close_store(f);
    assert_told(f, do_open, undo_nothing, &due);
    assert_told(f, do_open_verify_only, undo_nothing, &due);
}

void assert_no_store_grows(struct fixture *f, struct any_call due) {
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    close_store(f);
    next_size = 2048 * MIB;
    assert_told(f, do_grow, undo_grow, &due);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_int_equal(info_of(f->store).map_bytes, next_size - MIB);
    assert_code(check(f->store, &token), 0);
}

void assert_no_backup_is_made(struct fixture *f, struct any_call due) {
    (void)fixture_create(f->store, "owner", "name", NULL);
    assert_told(f, do_backup, undo_second, &due);
}

void assert_no_store_is_restored(struct fixture *f, struct any_call due) {
    struct made_token token = fixture_create(f->store, "owner", "name", NULL),
                      revoked = fixture_create(f->store, "owner", "n", NULL);
    assert_code(apitoken_store_backup(f->store, in_dir(f->dir, "backup"), NULL, NULL), 0);
    assert_code(revoke_token(f->store, "owner", revoked.id), 0);
    close_store(f);
    assert_told(f, do_restore, undo_restore, &due);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(check(f->store, &token), 0);
    assert_code(check(f->store, &revoked), APITOKEN_E_REVOKED);
}

/* A create or a revoke: an error has changed nothing, a success has. */
void assert_changes_are_whole(struct fixture *f, struct any_call due) {
    unsigned at = 1;
    for (int is_one_left = 1; is_one_left; at++) {
        struct made_token token = fixture_create(f->store, "owner", "name", NULL);
        size_t before = count_rows(f->store, "owner");
        let_fail(NULL, at, 1, EIO);
        int made = try_create(f->store, "owner", "name", NULL);
        is_one_left = plan.seen >= at;
        let_fail(NULL, at, 1, EIO);
        int revoked = revoke_token(f->store, "owner", token.id);
        is_one_left |= plan.seen >= at;
        all_well();
        if (made != 0) assert_failure(&due, at, made);
        if (revoked != 0) assert_failure(&due, at, revoked);
        assert_int_equal(count_rows(f->store, "owner"), before + (made == 0));
        assert_code(check(f->store, &token), revoked == 0 ? APITOKEN_E_REVOKED : 0);
        assert_int_equal(state_of(f->store, "owner", token.id),
                         revoked == 0 ? APITOKEN_STATE_REVOKED : APITOKEN_STATE_VALID);
    }
    assert_true(at > due.calls);
    close_store(f);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}
