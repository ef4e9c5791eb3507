/* SPDX-License-Identifier: MIT */
#include "any_call.h"
#include "life.h"

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
    return apitoken_store_grow(f->store_path, f->keyring, next_size, FIXTURE_GROW, NULL);
}
static void undo_grow(struct fixture *f) {
    (void)f;
    next_size += MIB;
}

static void make_small(struct fixture *f) {
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    opts.map_bytes = 16 * MIB;
    assert_code(apitoken_store_create(in_dir(f->dir, "small"), f->keyring, &opts, NULL), 0);
}
static uint64_t size_of_small(const struct fixture *f) {
    apitoken_store *store = NULL;
    assert_code(apitoken_store_open(in_dir(f->dir, "small"), f->keyring, NULL, &store, NULL), 0);
    const uint64_t map_bytes = info_of(store).map_bytes;
    apitoken_store_close(store);
    return map_bytes;
}
/* Of a new store each time: one that failed may have a larger map, and yet its size. */
static int do_widen(struct fixture *f) {
    struct plan kept = plan;
    all_well();
    remove_store(f, "small");
    make_small(f);
    plan = kept;
    int rc =
        apitoken_store_grow(in_dir(f->dir, "small"), f->keyring, 2048 * MIB, FIXTURE_GROW, NULL);
    kept = plan;
    all_well();
    assert_int_equal(size_of_small(f), (rc == 0 ? 2048 : 16) * MIB);
    plan = kept;
    return rc;
}

static int do_restore(struct fixture *f) {
    return apitoken_store_restore(in_dir(f->dir, "backup"), f->store_path, f->keyring,
                                  FIXTURE_RESTORE, NULL, NULL);
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

void whatever_fails_no_store_is_made(void **state) {
    struct any_call due = any_call_dues.make;
    struct fixture *f = *state;
    assert_told(f, do_make, undo_second, &due);
}

void whatever_fails_no_store_opens(void **state) {
    struct any_call due = any_call_dues.open;
    struct fixture *f = *state;
    (void)fixture_create(f->store, "owner", "name", NULL);
    close_store(f);
    assert_told(f, do_open, undo_nothing, &due);
    assert_told(f, do_open_verify_only, undo_nothing, &due);
}

void whatever_fails_no_store_grows(void **state) {
    struct any_call due = any_call_dues.grow;
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    close_store(f);
    next_size = 2048 * MIB;
    assert_told(f, do_grow, undo_grow, &due);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_int_equal(info_of(f->store).map_bytes, next_size - MIB);
    assert_code(check(f->store, &token), 0);
}

void whatever_fails_no_store_grows_beyond_its_map(void **state) {
    struct any_call due = any_call_dues.widen;
    struct fixture *f = *state;
    make_small(f);
    assert_told(f, do_widen, undo_nothing, &due);
}

void whatever_fails_no_backup_is_made(void **state) {
    struct any_call due = any_call_dues.backup;
    struct fixture *f = *state;
    (void)fixture_create(f->store, "owner", "name", NULL);
    assert_told(f, do_backup, undo_second, &due);
}

void whatever_fails_no_store_is_restored(void **state) {
    struct any_call due = any_call_dues.restore;
    struct fixture *f = *state;
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
void whatever_fails_changes_are_whole(void **state) {
    struct any_call due = any_call_dues.change;
    struct fixture *f = *state;
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

/* Either the new secret is the only one, or nothing has happened; one that nobody has is none. */
void whatever_fails_a_rotate_is_whole(void **state) {
    struct any_call due = any_call_dues.change;
    struct fixture *f = *state;
    const apitoken_rotate_opts opts = APITOKEN_ROTATE_OPTS_INIT;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    uint32_t revision = 1;
    unsigned at = 1;
    for (int is_one_left = 1; is_one_left; at++) {
        struct made_token newest;
        let_fail(NULL, at, 1, EIO);
        int rc = rotate_token(f->store, &token, &opts, &newest, NULL);
        is_one_left = plan.seen >= at;
        all_well();
        if (rc != 0) assert_failure(&due, at, rc);
        assert_code(check(f->store, &token), rc == 0 ? APITOKEN_E_UNKNOWN : 0);
        if (rc == 0) assert_code(check(f->store, &newest), 0);
        if (rc == 0) token = newest;
        assert_int_equal(shown_of(f->store, &token).revision, revision += rc == 0);
    }
    assert_true(at > due.calls);
    close_store(f);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

void whatever_fails_an_update_is_whole(void **state) {
    struct any_call due = any_call_dues.change;
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    unsigned at = 1;
    for (int is_one_left = 1; is_one_left; at++) {
        apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
        opts.mask = APITOKEN_UPDATE_SUSPENDED;
        opts.is_suspended = 1;
        let_fail(NULL, at, 1, EIO);
        int rc =
            apitoken_update(f->store, LIT("owner"), token.id, APITOKEN_ID_LEN, &opts, NULL, NULL);
        is_one_left = plan.seen >= at;
        all_well();
        if (rc != 0) assert_failure(&due, at, rc);
        assert_code(check(f->store, &token), rc == 0 ? APITOKEN_E_SUSPENDED : 0);
        assert_code(suspend_token(f->store, &token, 0), 0);
    }
    assert_true(at > due.calls);
    close_store(f);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

/* What was said to have failed may be done in part; the next call does all. */
void whatever_fails_a_block_can_be_repeated(void **state) {
    struct any_call due = any_call_dues.change;
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    unsigned at = 1;
    close_store(f);
    f->store = open_admin(f);
    for (int is_one_left = 1; is_one_left; at++) {
        let_fail(NULL, at, 1, EIO);
        int blocked = block_owner(f->store, "owner");
        is_one_left = plan.seen >= at;
        all_well();
        if (blocked != 0) assert_failure(&due, at, blocked);
        if (blocked == 0) assert_code(check(f->store, &token), APITOKEN_E_BLOCKED);
        assert_code(block_owner(f->store, "owner"), 0);
        assert_code(check(f->store, &token), APITOKEN_E_BLOCKED);
        let_fail(NULL, at, 1, EIO);
        int unblocked = unblock_owner(f->store, "owner");
        is_one_left |= plan.seen >= at;
        all_well();
        if (unblocked != 0) assert_failure(&due, at, unblocked);
        assert_code(unblock_owner(f->store, "owner"), 0);
        assert_code(check(f->store, &token), 0);
    }
    assert_true(at > due.calls);
    assert_code(try_create(f->store, "owner", "name", NULL), 0);
    close_store(f);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

static int purge_all(struct fixture *f) {
    apitoken_purge_opts opts = APITOKEN_PURGE_OPTS_INIT;
    opts.ended_before_ms = f->now_ms;
    opts.actor = "root";
    opts.actor_len = 4;
    return apitoken_purge(f->store, &opts, NULL, NULL);
}

/* Each time one token ended, and one goes on. */
void whatever_fails_a_purge_can_be_repeated(void **state) {
    struct any_call due = any_call_dues.change;
    struct fixture *f = *state;
    unsigned at = 1;
    close_store(f);
    f->store = open_admin(f);
    const struct made_token live = fixture_create(f->store, "owner", "name", NULL);
    for (int is_one_left = 1; is_one_left; at++) {
        const struct made_token ended = create_until(f->store, "owner", f->now_ms + 1);
        f->now_ms += 2;
        let_fail(NULL, at, 1, EIO);
        int rc = purge_all(f);
        is_one_left = plan.seen >= at;
        all_well();
        if (rc != 0) assert_failure(&due, at, rc);
        if (rc == 0) assert_code(check(f->store, &ended), APITOKEN_E_UNKNOWN);
        assert_code(purge_all(f), 0);
        assert_code(check(f->store, &ended), APITOKEN_E_UNKNOWN);
        assert_code(check(f->store, &live), 0);
        assert_int_equal(info_of(f->store).tokens, 1);
    }
    assert_true(at > due.calls);
    close_store(f);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

static int erase_owner(struct fixture *f) {
    apitoken_erase_opts opts = APITOKEN_ERASE_OPTS_INIT;
    opts.actor = "root";
    opts.actor_len = 4;
    return apitoken_owner_erase(f->store, LIT("owner"), &opts, NULL, NULL);
}

/* A token, a block and texts: what is left after a failure goes with the next call. */
void whatever_fails_an_erase_can_be_repeated(void **state) {
    struct any_call due = any_call_dues.change;
    struct fixture *f = *state;
    unsigned at = 1;
    close_store(f);
    f->store = open_admin(f);
    for (int is_one_left = 1; is_one_left; at++) {
        const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
        assert_code(block_owner(f->store, "owner"), 0);
        let_fail(NULL, at, 1, EIO);
        int rc = erase_owner(f);
        is_one_left = plan.seen >= at;
        all_well();
        if (rc != 0) assert_failure(&due, at, rc);
        if (rc == 0) assert_code(check(f->store, &token), APITOKEN_E_UNKNOWN);
        assert_code(erase_owner(f), 0);
        assert_code(check(f->store, &token), APITOKEN_E_UNKNOWN);
        assert_int_equal(info_of(f->store).tokens, 0);
        assert_code(try_create(f->store, "owner", "name", NULL), 0);
        assert_code(erase_owner(f), 0);
    }
    assert_true(at > due.calls);
    close_store(f);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

void whatever_fails_a_policy_is_whole(void **state) {
    struct any_call due = any_call_dues.change;
    struct fixture *f = *state;
    apitoken_policy policy = APITOKEN_POLICY_INIT, got = APITOKEN_POLICY_INIT;
    unsigned at = 1;
    close_store(f);
    f->store = open_admin(f);
    got.max_live = APITOKEN_ANY_NUMBER;
    for (int is_one_left = 1; is_one_left; at++) {
        const uint32_t before = got.max_live;
        policy.max_live = at;
        let_fail(NULL, at, 1, EIO);
        int rc = set_policy(f->store, APITOKEN_POLICY_MAX_LIVE, &policy);
        is_one_left = plan.seen >= at;
        all_well();
        if (rc != 0) assert_failure(&due, at, rc);
        assert_code(apitoken_policy_get(f->store, NULL, &got, NULL), 0);
        assert_int_equal(got.max_live, rc == 0 ? at : before);
    }
    assert_true(at > due.calls);
    close_store(f);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}
