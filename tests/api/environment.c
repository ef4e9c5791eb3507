/* SPDX-License-Identifier: MIT */
/*
 * Each call of a verb to LMDB fails in turn: the caller gets an error, nothing is left half done,
 * and the next try succeeds. Also, which failures are temporary. As in faulty.c, the functions
 * below replace LMDB's.
 */
#include "any_call.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cases.h"
#include "failed_commit.h"

enum { MDB_READERS_FULL = -30790, MDB_PANIC = -30795, MDB_INVALID = -30793 };

/* ---- before LMDB ----------------------------------------------------------------------------- */

static int shown_fd; /* what LMDB says it has open; 0: the truth */

#define STAND_BEFORE(name, parameters, arguments)             \
    int name parameters;                                      \
    int name parameters {                                     \
        int(*real) parameters;                                \
        REAL(real, #name);                                    \
        return is_chosen(#name) ? plan.code : real arguments; \
    }

STAND_BEFORE(mdb_env_create, (void **ret), (ret))
STAND_BEFORE(mdb_env_set_mapsize, (void *env, size_t size), (env, size))
STAND_BEFORE(mdb_env_set_maxdbs, (void *env, unsigned count), (env, count))
STAND_BEFORE(mdb_env_set_maxreaders, (void *env, unsigned count), (env, count))
STAND_BEFORE(mdb_txn_renew, (void *txn), (txn))
STAND_BEFORE(mdb_dbi_open, (void *txn, const char *name, unsigned flags, unsigned *ret),
             (txn, name, flags, ret))
STAND_BEFORE(mdb_set_compare, (void *txn, unsigned dbi, void *compare), (txn, dbi, compare))
STAND_BEFORE(mdb_get, (void *txn, unsigned dbi, void *key, void *ret), (txn, dbi, key, ret))
STAND_BEFORE(mdb_put, (void *txn, unsigned dbi, void *key, void *value, unsigned flags),
             (txn, dbi, key, value, flags))
STAND_BEFORE(mdb_cursor_open, (void *txn, unsigned dbi, void **ret), (txn, dbi, ret))
STAND_BEFORE(mdb_cursor_get, (void *cursor, void *key, void *ret, unsigned op),
             (cursor, key, ret, op))

/* Unless NULL: called when LMDB has opened its files, and before the next transaction. */
static void (*once_open)(void), (*before_next)(void);

int mdb_env_open(void *env, const char *path, unsigned flags, unsigned mode);
int mdb_env_open(void *env, const char *path, unsigned flags, unsigned mode) {
    int (*real)(void *, const char *, unsigned, unsigned);
    REAL(real, "mdb_env_open");
    if (is_chosen("mdb_env_open")) return plan.code;
    int rc = real(env, path, flags, mode);
    if (rc == 0 && once_open) once_open();
    return rc;
}

int mdb_txn_begin(void *env, void *parent, unsigned flags, void **ret);
int mdb_txn_begin(void *env, void *parent, unsigned flags, void **ret) {
    int (*real)(void *, void *, unsigned, void **);
    REAL(real, "mdb_txn_begin");
    if (before_next) before_next();
    return is_chosen("mdb_txn_begin") ? plan.code : real(env, parent, flags, ret);
}

int mdb_txn_commit(void *txn);
int mdb_txn_commit(void *txn) {
    int (*real)(void *);
    REAL(real, "mdb_txn_commit");
    if (!is_chosen("mdb_txn_commit")) return real(txn);
    return fail_commit(txn, 0, plan.code);
}

int mdb_env_get_fd(void *env, int *ret);
int mdb_env_get_fd(void *env, int *ret) {
    int (*real)(void *, int *);
    REAL(real, "mdb_env_get_fd");
    if (is_chosen("mdb_env_get_fd")) return plan.code;
    int rc = real(env, ret);
    if (rc == 0 && shown_fd) *ret = shown_fd;
    return rc;
}

/* Unless NULL: called before LMDB closes its files. */
static void (*before_close)(void);

void mdb_env_close(void *env);
void mdb_env_close(void *env) {
    void (*real)(void *);
    REAL(real, "mdb_env_close");
    if (before_close) before_close();
    real(env);
}

static int64_t ahead_s; /* how far the monotonic clock is ahead */

int clock_gettime(clockid_t id, struct timespec *ret) {
    int (*real)(clockid_t, struct timespec *);
    REAL(real, "clock_gettime");
    int rc = real(id, ret);
    if (id == CLOCK_MONOTONIC) ret->tv_sec += ahead_s;
    return rc;
}

/* How often LMDB was asked for dead readers, and for how many seconds it looks for them. */
static unsigned looks;
static int64_t look_s;

int mdb_reader_check(void *env, int *dead);
int mdb_reader_check(void *env, int *dead) {
    int (*real)(void *, int *);
    REAL(real, "mdb_reader_check");
    looks++;
    ahead_s += look_s;
    return real(env, dead);
}

/* ---- any call -------------------------------------------------------------------------------- */

/*
 * Spared is what an open asks for the reserve, the look at what was committed, and whether a record
 * is the one of the backup: then it counts as another one.
 */
const struct any_call_dues any_call_dues = {
    .make = { .calls = 10, .code = APITOKEN_E_IO },
    .open = { .calls = 20, .spared = 3, .code = APITOKEN_E_IO },
    .grow = { .calls = 30, .spared = 4, .code = APITOKEN_E_IO },
    .widen = { .calls = 60, .spared = 6, .code = APITOKEN_E_IO },
    .backup = { .calls = 20, .code = APITOKEN_E_IO },
    .restore = { .calls = 40, .spared = 6, .code = APITOKEN_E_IO },
    .change = { .calls = 10, .code = APITOKEN_E_IO },
};

/* ---- what passes by itself ------------------------------------------------------------------- */

/* LMDB may answer so while another process opens or closes: as long as the caller waits. */
static void an_open_that_fails_in_passing_is_tried_again(void **state) {
    static const struct {
        int os_code, code;
    } cases[] = { { MDB_INVALID, APITOKEN_E_DAMAGED }, { EAGAIN, APITOKEN_E_IO } };
    struct fixture *f = *state;
    apitoken_open_opts brief = APITOKEN_OPEN_OPTS_INIT;
    brief.timeout_ms = 1;
    close_store(f);
    for (size_t i = 0; i < COUNT(cases); i++) {
        let_fail("mdb_env_open", 1, 100, cases[i].os_code);
        assert_code(try_open(f, APITOKEN_MODE_READ_WRITE), 0);
        assert_int_equal(plan.seen, 101);
        let_fail("mdb_env_open", 1, 1000000, cases[i].os_code);
        assert_code(try_open_with(f, &brief), cases[i].code);
        assert_true(plan.seen > 1);
    }
    let_fail("mdb_env_open", 1, 1, ENOMEM);
    assert_code(try_open(f, APITOKEN_MODE_READ_WRITE), APITOKEN_E_NOMEM);
    assert_int_equal(plan.seen, 1);
}

/* The slots of the dead are cleared then, which may be enough. */
static void a_table_full_of_dead_readers_is_cleared(void **state) {
    struct fixture *f = *state;
    close_store(f);
    let_fail("mdb_txn_begin", 1, 1, MDB_READERS_FULL);
    looks = 0;
    assert_code(try_open(f, APITOKEN_MODE_READ_WRITE), 0);
    assert_int_equal(looks, 2); /* every open looks once */
    let_fail("mdb_txn_begin", 1, 2, MDB_READERS_FULL);
    assert_code(try_open(f, APITOKEN_MODE_READ_WRITE), APITOKEN_E_READERS_FULL);
}

/* Not with every write: the time that it takes is a small part of all. */
static void dead_readers_are_looked_for_now_and_then(void **state) {
    enum { LOOK_S = 100, SHARE = 20 };
    struct fixture *f = *state;
    ahead_s += 1000000; /* it is time again */
    looks = 0;
    look_s = LOOK_S;
    for (int i = 0; i < 3; i++) (void)fixture_create(f->store, "owner", "name", NULL);
    assert_int_equal(looks, 1);
    ahead_s += LOOK_S * (SHARE - 1);
    (void)fixture_create(f->store, "owner", "name", NULL);
    assert_int_equal(looks, 1);
    ahead_s += LOOK_S;
    look_s = 0;
    (void)fixture_create(f->store, "owner", "name", NULL);
    assert_int_equal(looks, 2);
}

static struct {
    int fd; /* of the lock file */
    int was_held, times;
} readers_lock;

static void look_at_readers_lock(void) {
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 2, .l_len = 1 };
    assert_int_equal(fcntl(readers_lock.fd, F_OFD_GETLK, &lock), 0);
    readers_lock.was_held = lock.l_type != F_UNLCK;
    readers_lock.times++;
}

/* Another process that opens the store meanwhile waits for that. */
static void a_close_holds_the_readers_lock(void **state) {
    struct fixture *f = *state;
    readers_lock.fd = open(in_store(f, "writer.lock"), O_RDWR | O_CLOEXEC);
    assert_true(readers_lock.fd >= 0);
    before_close = look_at_readers_lock;
    close_store(f);
    before_close = NULL;
    assert_int_equal(readers_lock.times, 1);
    assert_int_equal(readers_lock.was_held, 1);
    look_at_readers_lock();
    assert_int_equal(readers_lock.was_held, 0);
    assert_int_equal(close(readers_lock.fd), 0);
}

static void what_lmdb_opened_is_what_was_looked_at(void **state) {
    struct fixture *f = *state;
    close_store(f);
    all_well();
    shown_fd = open(f->keys, O_RDONLY | O_CLOEXEC);
    assert_true(shown_fd > 0);
    int rc = try_open(f, APITOKEN_MODE_READ_WRITE);
    assert_int_equal(close(shown_fd), 0);
    shown_fd = 0;
    assert_code(rc, APITOKEN_E_REPLACED);
    assert_code(try_open(f, APITOKEN_MODE_READ_WRITE), 0);
}

/*
 * A writer whose commit failed opens the environment anew: until then LMDB answers a reader nothing
 * else.
 */
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
    assert_code(
        apitoken_show(f->store, LIT("owner"), token.id, strlen(token.id), &opts, &row, NULL),
        APITOKEN_E_IO);
    assert_ptr_equal(row, UNTOUCHED);
    let_fail("mdb_txn_renew", 1, 1, EIO);
    assert_code(
        apitoken_show(f->store, LIT("owner"), token.id, strlen(token.id), &opts, &row, NULL),
        APITOKEN_E_IO);
    assert_int_equal(plan.seen, 1); /* nothing to wait for */
    let_fail("mdb_txn_renew", 1, 1000000, EIO);
    for (int i = 0; i < 200; i++) /* more often than there are transactions: each is given back */
        assert_code(
            apitoken_show(f->store, LIT("owner"), token.id, strlen(token.id), &opts, &row, NULL),
            APITOKEN_E_IO);
    all_well();
    assert_code(check(f->store, &token), 0);
}

/* ---- a fork meanwhile ------------------------------------------------------------------------ */

/* A thread that forks as soon as LMDB has opened the files of a new store. */
static struct {
    struct fixture *f;
    pthread_t thread;
    int is_done; /* atomic */
    int found;
} forker;

/*
 * How many of LMDB's files of the new store a child has open that opens a store; here what is none,
 * so that LMDB is left alone.
 */
static int count_files_of_another(void *ctx) {
    const struct fixture *f = ctx;
    apitoken_store *store = NULL;
    char name[32], path[256];
    int found = 0;
    if (apitoken_store_open(f->dir, f->keyring, NULL, &store, NULL) == 0) return 100;
    for (int fd = 0; fd < 256; fd++) {
        (void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        ssize_t len = readlink(name, path, sizeof path - 1);
        path[len > 0 ? len : 0] = '\0';
        found +=
            strstr(path, "/second") && (strstr(path, "/data.mdb") || strstr(path, "/lock.mdb"));
    }
    return found;
}

static void *fork_now(void *arg) {
    (void)arg;
    forker.found = in_child(count_files_of_another, forker.f);
    __atomic_store_n(&forker.is_done, 1, __ATOMIC_RELEASE);
    return NULL;
}

static void end_fork(void) {
    before_next = NULL;
    assert_int_equal(pthread_join(forker.thread, NULL), 0);
}

/* It must wait until the files are noted; here it has time enough for not doing so. */
static void let_fork(void) {
    once_open = NULL;
    before_next = end_fork;
    assert_int_equal(pthread_create(&forker.thread, NULL, fork_now, NULL), 0);
    for (int ms = 0; ms < 100 && !__atomic_load_n(&forker.is_done, __ATOMIC_ACQUIRE); ms++)
        (void)usleep(1000);
}

static void a_child_that_is_born_meanwhile_keeps_no_file_open(void **state) {
    struct fixture *f = *state;
    close_store(f);
    memset(&forker, 0, sizeof forker);
    forker.f = f;
    once_open = let_fork;
    assert_code(apitoken_store_create(in_dir(f->dir, "second"), f->keyring, NULL, NULL), 0);
    assert_true(forker.is_done && !before_next);
    assert_int_equal(forker.found, 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        ANY_CALL_CASES,
        ANY_CALL_CASE(an_open_that_fails_in_passing_is_tried_again),
        ANY_CALL_CASE(a_table_full_of_dead_readers_is_cleared),
        ANY_CALL_CASE(dead_readers_are_looked_for_now_and_then),
        ANY_CALL_CASE(a_close_holds_the_readers_lock),
        ANY_CALL_CASE(what_lmdb_opened_is_what_was_looked_at),
        ANY_CALL_CASE(a_reader_waits_for_the_writer_whose_commit_failed),
        ANY_CALL_CASE(a_child_that_is_born_meanwhile_keeps_no_file_open),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
