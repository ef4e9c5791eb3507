/* SPDX-License-Identifier: MIT */
/*
 * A store that one process opens under five different names is one environment: opening the same
 * LMDB files twice would drop locks and lose commits. Names of its files are another matter: hard
 * links are refused. If anything else in the process has the files open, the open is refused.
 */
#include <errno.h>
#include <lmdb.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"
#include "fixture.h"
#include "storage.h"
#include "thread.h"
#include "watch.h"

/* ---- the names ------------------------------------------------------------------------------- */

enum { PATH_LEN = 160 };

typedef void (*name_fn)(const struct fixture *f, char path[PATH_LEN]);

static void same_path(const struct fixture *f, char path[PATH_LEN]) {
    (void)snprintf(path, PATH_LEN, "%s", f->store_path);
}

/* Through the working directory, with parts that lead nowhere. */
static void relative_path(const struct fixture *f, char path[PATH_LEN]) {
    assert_int_equal(chdir(f->dir), 0);
    (void)snprintf(path, PATH_LEN, "./store/../store/.");
}

static void through_a_symbolic_link(const struct fixture *f, char path[PATH_LEN]) {
    char link[PATH_LEN];
    (void)snprintf(link, sizeof link, "%s/link", f->dir);
    assert_int_equal(symlink(f->dir, link), 0);
    (void)snprintf(path, PATH_LEN, "%s/link/store", f->dir);
}

/* In a mount namespace of this process. */
static void by_a_bind_mount(const struct fixture *f, char path[PATH_LEN]) {
    if (unshare(CLONE_NEWNS) != 0) {
        assert_int_equal(errno, EPERM);
        skip_case("only root can make a mount namespace");
    }
    (void)snprintf(path, PATH_LEN, "%s/bind", f->dir);
    assert_int_equal(mkdir(path, 0750), 0);
    assert_int_equal(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
    assert_int_equal(mount(f->store_path, path, NULL, MS_BIND, NULL), 0);
}

/* Must come last: handles under the old name are refused from then on. */
static void after_a_rename(const struct fixture *f, char path[PATH_LEN]) {
    (void)snprintf(path, PATH_LEN, "%s/renamed", f->dir);
    assert_int_equal(rename(f->store_path, path), 0);
}

/* The names, for those tests that open all at once. */
static const name_fn names[] = { same_path, relative_path, through_a_symbolic_link };

static apitoken_store *open_at(struct fixture *f, const char *path) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    opts.clock = fixture_clock;
    opts.clock_ctx = f;
    assert_code(apitoken_store_open(path, f->keyring, &opts, &store, NULL), 0);
    return store;
}

/* ---- one environment ------------------------------------------------------------------------- */

/* What this process holds of the store: the same before, during and after a second handle. */
struct holding {
    uint32_t readers;
    char locks[4096];
};

static struct holding hold(const struct fixture *f, apitoken_store *store) {
    struct holding held = { watch_readers(store), "" };
    (void)snprintf(held.locks, sizeof held.locks, "%s", watch_locks(f));
    assert_true(held.locks[0]);
    return held;
}

static void expect_held(const struct fixture *f, apitoken_store *store, const struct holding *due) {
    assert_int_equal(watch_readers(store), due->readers);
    assert_string_equal(watch_locks(f), due->locks);
}

static void share(struct fixture *f, name_fn name) {
    char path[PATH_LEN];
    struct holding before = hold(f, f->store);
    name(f, path);
    apitoken_store *other = open_at(f, path);
    assert_int_equal(chdir("/"), 0); /* a relative path was meant as it was at the open */
    expect_held(f, f->store, &before);
    struct made_token made = fixture_create(other, "anna", "n", NULL);
    assert_code(apitoken_validate(f->store, made.text, made.len, NULL, NULL, NULL), 0);
    assert_code(apitoken_revoke(f->store, LIT("anna"), made.id, strlen(made.id), NULL, NULL), 0);
    assert_code(apitoken_validate(other, made.text, made.len, NULL, NULL, NULL),
                APITOKEN_E_REVOKED);
    apitoken_store_close(other);
    expect_held(f, f->store, &before);
}

static void the_same_path_shares(void **state) { share(*state, same_path); }
static void a_relative_path_shares(void **state) { share(*state, relative_path); }
static void a_link_above_shares(void **state) { share(*state, through_a_symbolic_link); }

static void a_bind_mount_shares(void **state) {
    const struct fixture *f = *state;
    char path[PATH_LEN];
    share(*state, by_a_bind_mount);
    (void)snprintf(path, sizeof path, "%s/bind", f->dir);
    assert_int_equal(umount2(path, MNT_DETACH), 0);
}

/* The old name is gone, and with it the old handle; the environment is still the one. */
static void a_new_name_shares(void **state) {
    struct fixture *f = *state;
    char path[PATH_LEN];
    apitoken_secret *secret = NULL;
    struct holding before = hold(f, f->store);
    after_a_rename(f, path);
    (void)snprintf(f->store_path, sizeof f->store_path, "%s/renamed", f->dir);
    apitoken_store *other = open_at(f, path);
    expect_held(f, other, &before);
    assert_code(apitoken_create(f->store, LIT("anna"), LIT("n"), NULL, &secret, NULL),
                APITOKEN_E_REPLACED);
    assert_null(secret);
    apitoken_store_close(f->store);
    f->store = other;
    expect_held(f, other, &before);
    (void)fixture_create(other, "anna", "n", NULL);
}

/* The environment goes with the last handle, whichever that is. */
static void the_last_close_lets_go(void **state) {
    enum { HANDLES = 6 };
    struct fixture *f = *state;
    apitoken_store *stores[HANDLES];
    struct holding before = hold(f, f->store);
    for (int i = 0; i < HANDLES; i++) stores[i] = open_at(f, f->store_path);
    apitoken_store_close(f->store); /* the first one */
    for (int i = 0; i < HANDLES - 1; i++) {
        expect_held(f, stores[HANDLES - 1], &before);
        apitoken_store_close(stores[i]);
    }
    expect_held(f, stores[HANDLES - 1], &before);
    apitoken_store_close(stores[HANDLES - 1]);
    assert_string_equal(watch_locks(f), "");
    f->store = open_at(f, f->store_path);
    expect_held(f, f->store, &before);
}

/* What is not the same store is not shared, though it lies beside it. */
static void another_store_has_its_own(void **state) {
    struct fixture *f = *state;
    char path[PATH_LEN];
    struct holding before = hold(f, f->store);
    (void)snprintf(path, sizeof path, "%s/another", f->dir);
    assert_code(apitoken_store_create(path, f->keyring, NULL, NULL), 0);
    apitoken_store *other = open_at(f, path);
    struct made_token made = fixture_create(other, "anna", "n", NULL);
    assert_code(apitoken_validate(f->store, made.text, made.len, NULL, NULL, NULL),
                APITOKEN_E_UNKNOWN);
    expect_held(f, f->store, &before);
    apitoken_store_close(other);
    expect_held(f, f->store, &before);
}

/*
 * The same data.mdb in two directories: their locks do not exclude each other, and revokes that
 * were acknowledged were lost.
 */
static void a_hard_link_beside_other_locks_is_refused(void **state) {
    struct fixture *f = *state;
    char other[PATH_LEN], from[PATH_LEN], to[PATH_LEN + 16];
    apitoken_store *store = NULL;
    apitoken_store_close(f->store);
    f->store = NULL;
    (void)snprintf(other, sizeof other, "%s/other", f->dir);
    assert_code(apitoken_store_create(other, f->keyring, NULL, NULL), 0);
    (void)snprintf(from, sizeof from, "%s/data.mdb", f->store_path);
    (void)snprintf(to, sizeof to, "%s/data.mdb", other);
    assert_int_equal(unlink(to), 0);
    assert_int_equal(link(from, to), 0);
    assert_code(apitoken_store_open(f->store_path, f->keyring, NULL, &store, NULL),
                APITOKEN_E_UNSAFE);
    assert_code(apitoken_store_open(other, f->keyring, NULL, &store, NULL), APITOKEN_E_UNSAFE);
    assert_null(store);
    assert_int_equal(unlink(to), 0);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
}

/* ---- writing through all of them ------------------------------------------------------------- */

enum { WRITERS = 8, EACH = 40 };

struct writer {
    apitoken_store *store;
    char owner[8];
    struct made_token made[EACH];
};

static int write_all(void *ctx) {
    struct writer *w = ctx;
    for (int i = 0; i < EACH; i++)
        THREAD_DUE(thread_create(w->store, w->owner, "n", &w->made[i]), 0);
    return 0;
}

static void no_commit_is_lost_between_handles(void **state) {
    struct fixture *f = *state;
    static struct writer writers[WRITERS];
    struct thread threads[WRITERS];
    char paths[sizeof names / sizeof *names][PATH_LEN];
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) names[i](f, paths[i]);
    for (size_t i = 0; i < WRITERS; i++) {
        writers[i].store = open_at(f, paths[i % (sizeof names / sizeof *names)]);
        (void)snprintf(writers[i].owner, sizeof writers[i].owner, "w%zu", i);
    }
    for (size_t i = 0; i < WRITERS; i++) thread_start(&threads[i], write_all, &writers[i]);
    for (size_t i = 0; i < WRITERS; i++) thread_join(&threads[i]);
    for (size_t i = 0; i < WRITERS; i++)
        for (size_t k = 0; k < EACH; k++) {
            const struct made_token *made = &writers[i].made[k];
            assert_code(apitoken_validate(f->store, made->text, made->len, NULL, NULL, NULL), 0);
        }
    assert_code(apitoken_store_stat(f->store, NULL, &info, NULL), 0);
    assert_int_equal(info.tokens, WRITERS * EACH);
    for (size_t i = 0; i < WRITERS; i++) apitoken_store_close(writers[i].store);
}

/* ---- modes and strangers --------------------------------------------------------------------- */

static void read_write_beside_verify_only_is_refused(void **state) {
    struct fixture *f = *state;
    apitoken_store *other = NULL;
    apitoken_store_close(f->store);
    f->store = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    struct holding before = hold(f, f->store);
    assert_code(apitoken_store_open(f->store_path, f->keyring, NULL, &other, NULL),
                APITOKEN_E_MODE);
    assert_null(other);
    expect_held(f, f->store, &before);
    apitoken_store_close(f->store);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE); /* nothing is left of the refused open */
    other = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);   /* the other way round is fine */
    assert_code(
        apitoken_create(other, LIT("anna"), LIT("n"), NULL, &(apitoken_secret *){ NULL }, NULL),
        APITOKEN_E_VERIFY_ONLY);
    apitoken_store_close(other);
}

/*
 * Another copy of LMDB, or a binding of it, in the same process. Its locks must outlive our
 * refusal.
 */
static void a_foreign_open_is_refused(void **state) {
    struct fixture *f = *state;
    apitoken_store *store = NULL;
    char locks[4096];
    MDB_env *env = NULL;
    MDB_txn *txn = NULL;
    apitoken_store_close(f->store);
    f->store = NULL;
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_open(env, f->store_path, MDB_NOTLS, 0640), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
    (void)snprintf(locks, sizeof locks, "%s", watch_locks(f));
    for (int mode = APITOKEN_MODE_READ_WRITE; mode <= APITOKEN_MODE_VERIFY_ONLY; mode++) {
        apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
        opts.mode = (uint32_t)mode;
        assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &store, NULL),
                    APITOKEN_E_FOREIGN_OPEN);
        assert_null(store);
        assert_string_equal(watch_locks(f), locks);
    }
    mdb_txn_abort(txn);
    mdb_env_close(env);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(the_same_path_shares),
        TEST(a_relative_path_shares),
        TEST(a_link_above_shares),
        TEST(a_bind_mount_shares),
        TEST(a_new_name_shares),
        TEST(the_last_close_lets_go),
        TEST(another_store_has_its_own),
        TEST(a_hard_link_beside_other_locks_is_refused),
        TEST(no_commit_is_lost_between_handles),
        TEST(read_write_beside_verify_only_is_refused),
        TEST(a_foreign_open_is_refused),
    };
    storage_in_memory(STORAGE_USUAL);
    return run_cases(argc, argv, tests, NULL, NULL);
}
