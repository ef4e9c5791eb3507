/* SPDX-License-Identifier: MIT */
/*
 * What the verbs make of an LMDB that fails at some call: whichever it is, the caller is told, nothing is left half done, and the
 * next try succeeds; and which failures pass by themselves. As in faults.c, the functions below stand before LMDB's.
 */
#include "api.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MDB_READERS_FULL = -30790, MDB_PANIC = -30795, MDB_INVALID = -30793 };

#define MIB (UINT64_C(1) << 20)

/* ---- before LMDB ------------------------------------------------------------------------------------------------------- */

static struct {
    const char *only; /* calls of this function alone are counted; NULL: of all */
    unsigned first, times;
    int code;
    unsigned seen;
    int fd; /* what LMDB has open, as it says; 0: the truth */
} plan;

static int is_chosen(const char *name) {
    if (plan.only && strcmp(plan.only, name) != 0) return 0;
    plan.seen++;
    return plan.seen >= plan.first && plan.seen - plan.first < plan.times;
}

/* Calls `first` up to `first + times - 1` fail, of this function or of all. */
static void let_fail(const char *only, unsigned first, unsigned times, int code) {
    memset(&plan, 0, sizeof plan);
    plan.only = only;
    plan.first = first;
    plan.times = times;
    plan.code = code;
}

static void all_well(void) { let_fail(NULL, 0, 0, 0); }

/* The next definition of a name, into a pointer to a function, which ISO C does not let a pointer to data be. */
#define REAL(pointer, name)                       \
    do {                                          \
        void *found = dlsym(RTLD_NEXT, name);     \
        memcpy(&(pointer), &found, sizeof found); \
    } while (0)

#define STAND_BEFORE(name, parameters, arguments)             \
    int name parameters;                                      \
    int name parameters {                                     \
        int(*real) parameters;                                \
        REAL(real, #name);                                    \
        return is_chosen(#name) ? plan.code : real arguments; \
    }

STAND_BEFORE(mdb_env_create, (void **ret), (ret))
STAND_BEFORE(mdb_env_open, (void *env, const char *path, unsigned flags, unsigned mode), (env, path, flags, mode))
STAND_BEFORE(mdb_env_set_mapsize, (void *env, size_t size), (env, size))
STAND_BEFORE(mdb_env_set_maxdbs, (void *env, unsigned count), (env, count))
STAND_BEFORE(mdb_env_set_maxreaders, (void *env, unsigned count), (env, count))
STAND_BEFORE(mdb_txn_begin, (void *env, void *parent, unsigned flags, void **ret), (env, parent, flags, ret))
STAND_BEFORE(mdb_txn_renew, (void *txn), (txn))
STAND_BEFORE(mdb_dbi_open, (void *txn, const char *name, unsigned flags, unsigned *ret), (txn, name, flags, ret))
STAND_BEFORE(mdb_set_compare, (void *txn, unsigned dbi, void *compare), (txn, dbi, compare))
STAND_BEFORE(mdb_get, (void *txn, unsigned dbi, void *key, void *ret), (txn, dbi, key, ret))
STAND_BEFORE(mdb_put, (void *txn, unsigned dbi, void *key, void *value, unsigned flags), (txn, dbi, key, value, flags))
STAND_BEFORE(mdb_cursor_open, (void *txn, unsigned dbi, void **ret), (txn, dbi, ret))
STAND_BEFORE(mdb_cursor_get, (void *cursor, void *key, void *ret, unsigned op), (cursor, key, ret, op))

void mdb_txn_abort(void *txn);
void mdb_txn_abort(void *txn) {
    void (*real)(void *);
    REAL(real, "mdb_txn_abort");
    real(txn);
}

/* Frees the transaction, whatever comes of it. */
int mdb_txn_commit(void *txn);
int mdb_txn_commit(void *txn) {
    int (*real)(void *);
    REAL(real, "mdb_txn_commit");
    if (!is_chosen("mdb_txn_commit")) return real(txn);
    mdb_txn_abort(txn);
    return plan.code;
}

int mdb_env_get_fd(void *env, int *ret);
int mdb_env_get_fd(void *env, int *ret) {
    int (*real)(void *, int *);
    REAL(real, "mdb_env_get_fd");
    if (is_chosen("mdb_env_get_fd")) return plan.code;
    int rc = real(env, ret);
    if (rc == 0 && plan.fd) *ret = plan.fd;
    return rc;
}

static int setup(void **state) {
    all_well();
    return fixture_setup(state);
}

static int teardown(void **state) {
    all_well();
    return fixture_teardown(state);
}

static void close_store(struct fixture *f) {
    apitoken_store_close(f->store);
    f->store = NULL;
}

/* ---- any call ---------------------------------------------------------------------------------------------------------- */

static void remove_store(const struct fixture *f, const char *store) {
    static const char *const names[] = { "data.mdb", "lock.mdb", "writer.lock", "last-use" };
    char name[64];
    for (size_t i = 0; i < COUNT(names); i++) {
        (void)snprintf(name, sizeof name, "%s/%s", store, names[i]);
        assert_int_equal(unlink(in_dir(f->dir, name)), 0);
    }
    assert_int_equal(rmdir(in_dir(f->dir, store)), 0);
}

static int do_make(struct fixture *f) { return apitoken_store_create(in_dir(f->dir, "second"), f->keyring, NULL, NULL); }
static void undo_make(struct fixture *f) { remove_store(f, "second"); }

static int do_open(struct fixture *f) { return try_open(f, APITOKEN_MODE_READ_WRITE); }
static int do_open_verify_only(struct fixture *f) { return try_open(f, APITOKEN_MODE_VERIFY_ONLY); }
static int do_check(struct fixture *f) { return apitoken_store_check(f->store_path, f->keyring, NULL, NULL); }
static uint64_t next_size;
static int do_grow(struct fixture *f) { return apitoken_store_grow(f->store_path, f->keyring, next_size, NULL, NULL); }
static void undo_grow(struct fixture *f) {
    (void)f;
    next_size += MIB;
}

static void undo_nothing(struct fixture *f) { (void)f; }

/* In all of these the fixture's store is closed, but for a backup. */
static int do_backup(struct fixture *f) { return apitoken_store_backup(f->store, in_dir(f->dir, "second"), NULL, NULL); }
static int do_restore(struct fixture *f) {
    return apitoken_store_restore(in_dir(f->dir, "backup"), f->store_path, f->keyring, NULL, NULL, NULL);
}
static void undo_restore(struct fixture *f) { remove_store(f, "store.replaced"); }

/*
 * One call after the other fails, until there is none left that could: EIO is told, but for `spared` calls which are not needed,
 * or come again. `undo` takes back what a success did, so that all is as before every time.
 */
static void assert_told(struct fixture *f, int (*verb)(struct fixture *), void (*undo)(struct fixture *), unsigned calls,
                        unsigned spared) {
    size_t entries = count_entries(f->dir);
    unsigned at = 1;
    for (int is_one_left = 1; is_one_left; at++) {
        let_fail(NULL, at, 1, EIO);
        int rc = verb(f);
        is_one_left = plan.seen >= at;
        all_well();
        if (rc != 0 && rc != APITOKEN_E_IO) print_error("call %u:\n", at);
        if (rc == 0)
            undo(f);
        else
            assert_code(rc, APITOKEN_E_IO);
        if (rc == 0 && is_one_left) assert_true(spared-- > 0);
        assert_int_equal(count_entries(f->dir), entries);
    }
    assert_true(at > calls); /* or this looked at nothing */
}

static void whatever_fails_no_store_is_made(void **state) {
    struct fixture *f = *state;
    assert_told(f, do_make, undo_make, 10, 0);
}

static void whatever_fails_no_store_opens(void **state) {
    struct fixture *f = *state;
    (void)fixture_create(f->store, "owner", "name", NULL);
    close_store(f);
    assert_told(f, do_open, undo_nothing, 20, 1);
    assert_told(f, do_open_verify_only, undo_nothing, 20, 1);
}

static void whatever_fails_no_store_grows(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    close_store(f);
    next_size = 2048 * MIB;
    assert_told(f, do_grow, undo_grow, 30, 1);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_int_equal(info_of(f->store).map_bytes, next_size - MIB);
    assert_code(check(f->store, &token), 0);
}

static void whatever_fails_there_is_no_half_a_copy(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL),
                      revoked = fixture_create(f->store, "owner", "n", NULL);
    assert_told(f, do_backup, undo_make, 20, 0);
    assert_code(apitoken_store_backup(f->store, in_dir(f->dir, "backup"), NULL, NULL), 0);
    assert_code(revoke_token(f->store, "owner", revoked.id), 0);
    close_store(f);
    assert_told(f, do_restore, undo_restore, 40, 2);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(check(f->store, &token), 0);
    assert_code(check(f->store, &revoked), APITOKEN_E_REVOKED);
}

/* A create or a revoke: an error has changed nothing, a success has. */
static void whatever_fails_a_change_is_whole_or_not_there(void **state) {
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
        if (made != 0) assert_code(made, APITOKEN_E_IO);
        if (revoked != 0) assert_code(revoked, APITOKEN_E_IO);
        assert_int_equal(count_rows(f->store, "owner"), before + (made == 0));
        assert_code(check(f->store, &token), revoked == 0 ? APITOKEN_E_REVOKED : 0);
        assert_int_equal(state_of(f->store, "owner", token.id), revoked == 0 ? APITOKEN_STATE_REVOKED : APITOKEN_STATE_VALID);
    }
    assert_true(at > 10);
    close_store(f);
    assert_code(do_check(f), 0);
}

/* ---- what passes by itself --------------------------------------------------------------------------------------------- */

/* LMDB may answer so while another process opens or closes. */
static void an_open_that_fails_in_passing_is_tried_again(void **state) {
    static const struct { int os_code, code; } cases[] = { { MDB_INVALID, APITOKEN_E_DAMAGED }, { EAGAIN, APITOKEN_E_IO } };
    struct fixture *f = *state;
    close_store(f);
    for (size_t i = 0; i < COUNT(cases); i++) {
        let_fail("mdb_env_open", 1, 3, cases[i].os_code);
        assert_code(do_open(f), 0);
        let_fail("mdb_env_open", 1, 100, cases[i].os_code);
        assert_code(do_open(f), cases[i].code);
        assert_in_range(plan.seen, 4, 10);
    }
    let_fail("mdb_env_open", 1, 1, ENOMEM);
    assert_code(do_open(f), APITOKEN_E_NOMEM);
    assert_int_equal(plan.seen, 1);
}

/* The slots of the dead are cleared then, which may be enough. */
static void a_table_full_of_dead_readers_is_cleared(void **state) {
    struct fixture *f = *state;
    close_store(f);
    let_fail("mdb_txn_begin", 1, 1, MDB_READERS_FULL);
    assert_code(do_open(f), 0);
    let_fail("mdb_txn_begin", 1, 2, MDB_READERS_FULL);
    assert_code(do_open(f), APITOKEN_E_READERS_FULL);
}

static void what_lmdb_opened_is_what_was_looked_at(void **state) {
    struct fixture *f = *state;
    close_store(f);
    all_well();
    plan.fd = open(f->keys, O_RDONLY | O_CLOEXEC);
    assert_true(plan.fd > 0);
    int rc = do_open(f);
    assert_int_equal(close(plan.fd), 0);
    all_well();
    assert_code(rc, APITOKEN_E_REPLACED);
    assert_code(do_open(f), 0);
}

/* A writer whose commit failed opens the environment anew: until then LMDB answers a reader nothing else. */
static void a_reader_waits_for_the_writer_whose_commit_failed(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_show_opts opts = APITOKEN_SHOW_OPTS_INIT;
    apitoken_token *row = UNTOUCHED;
    let_fail("mdb_txn_renew", 1, 3, MDB_PANIC);
    assert_code(check(f->store, &token), 0);
    assert_int_equal(plan.seen, 4);
    opts.timeout_ms = 20;
    let_fail("mdb_txn_renew", 1, 1000000, MDB_PANIC);
    assert_code(apitoken_show(f->store, LIT("owner"), token.id, strlen(token.id), &opts, &row, NULL), APITOKEN_E_IO);
    assert_ptr_equal(row, UNTOUCHED);
    let_fail("mdb_txn_renew", 1, 1, EIO);
    assert_code(apitoken_show(f->store, LIT("owner"), token.id, strlen(token.id), &opts, &row, NULL), APITOKEN_E_IO);
    assert_int_equal(plan.seen, 1); /* nothing to wait for */
    all_well();
    assert_code(check(f->store, &token), 0);
}

#define ENV_CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        ENV_CASE(whatever_fails_no_store_is_made),
        ENV_CASE(whatever_fails_no_store_opens),
        ENV_CASE(whatever_fails_no_store_grows),
        ENV_CASE(whatever_fails_there_is_no_half_a_copy),
        ENV_CASE(whatever_fails_a_change_is_whole_or_not_there),
        ENV_CASE(an_open_that_fails_in_passing_is_tried_again),
        ENV_CASE(a_table_full_of_dead_readers_is_cleared),
        ENV_CASE(what_lmdb_opened_is_what_was_looked_at),
        ENV_CASE(a_reader_waits_for_the_writer_whose_commit_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
