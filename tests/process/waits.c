/* SPDX-License-Identifier: MIT */
/*
 * Opening or closing a store delays no other store, and nobody who has it open. Two threads that
 * open or close the same store wait for each other, but no longer than they were told. No call
 * returns later than that.
 */
/* pread() and pread64() are two functions here, so no header may rename one to the other */
#undef _FILE_OFFSET_BITS
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "busy.h"
#include "cases.h"
#include "child.h"
#include "figure.h"
#include "fixture.h"
#include "real.h"
#include "storage.h"
#include "thread.h"
#include "watch.h"

enum { TIMEOUT_MS = 100, PATIENCE_MS = 20000, ROUNDS = 20, SMALL_MAP = 16 << 20 };

/* ---- a structure check that takes as long as the test wants ---------------------------------- */

enum { PAGE = 4096 };

static __thread int is_slow; /* this thread's check is */
static uint32_t slow_checks, go_on;

/* The structure check alone reads whole pages. */
static void wait_in_a_check(size_t len) {
    if (!is_slow || len < PAGE) return;
    is_slow = 0;
    raise_by_one(&slow_checks);
    (void)wait_for(&go_on, 1);
}

ssize_t pread(int fd, void *out, size_t len, off_t at) {
    ssize_t (*real)(int, void *, size_t, off_t);
    REAL(real, "pread");
    wait_in_a_check(len);
    return real(fd, out, len, at);
}

ssize_t pread64(int fd, void *out, size_t len, off64_t at) {
    ssize_t (*real)(int, void *, size_t, off64_t);
    REAL(real, "pread64");
    wait_in_a_check(len);
    return real(fd, out, len, at);
}

/* ---- stores ---------------------------------------------------------------------------------- */

/* Another store of the same keyring, in the fixture's directory. */
static struct fixture make_beside(const struct fixture *f, const char *name) {
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    struct fixture other = *f;
    other.store = NULL;
    (void)snprintf(other.store_path, sizeof other.store_path, "%s/%s", f->dir, name);
    opts.map_bytes = SMALL_MAP;
    fixture_make_store(&other, &opts);
    return other;
}

static int open_within(const struct fixture *f, uint32_t timeout_ms, apitoken_store **ret_store) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    opts.timeout_ms = timeout_ms;
    opts.clock = fixture_clock;
    opts.clock_ctx = (void *)(uintptr_t)f;
    return apitoken_store_open(f->store_path, f->keyring, &opts, ret_store, NULL);
}

static int open_and_close(const struct fixture *f, uint32_t timeout_ms) {
    apitoken_store *store = NULL;
    int rc = open_within(f, timeout_ms, &store);
    apitoken_store_close(store);
    return rc;
}

static void close_all(struct fixture *f) {
    apitoken_store_close(f->store);
    f->store = NULL;
}

/* A byte of the store's writer.lock, held as if by another process. */
static int hold(const struct fixture *f, int byte) {
    int fd = watch_open(f);
    assert_true(watch_take(fd, byte));
    return fd;
}

/* ---- a thread that opens or closes ----------------------------------------------------------- */

struct visit {
    struct fixture *f;
    int is_slow; /* its structure check waits until go_on */
    apitoken_store *store;
    uint32_t is_begun, is_done;
    struct thread thread;
};

static int open_patiently(void *ctx) {
    struct visit *visit = ctx;
    is_slow = visit->is_slow;
    THREAD_DUE(open_within(visit->f, PATIENCE_MS, &visit->store), 0);
    raise_to(&visit->is_done, 1);
    return 0;
}

static int close_it(void *ctx) {
    struct visit *visit = ctx;
    raise_to(&visit->is_begun, 1);
    apitoken_store_close(visit->store);
    raise_to(&visit->is_done, 1);
    return 0;
}

/* A thread that opens a closed store and waits for the readers lock, which somebody else holds. */
static void start_waiting(struct visit *visit, struct fixture *f) {
    int eye = watch_open(f);
    assert_false(watch_is_held(eye, BYTE_IN_USE));
    visit->f = f;
    thread_start(&visit->thread, open_patiently, visit);
    assert_true(watch_wait_held(eye, BYTE_IN_USE)); /* which it takes before */
    (void)close(eye);
}

/* A thread that opens a store and does not get on with the structure check. */
static void start_checking(struct visit *visit, struct fixture *f) {
    const uint32_t before = reads(&slow_checks);
    raise_to(&go_on, 0);
    visit->f = f;
    visit->is_slow = 1;
    thread_start(&visit->thread, open_patiently, visit);
    assert_true(wait_for(&slow_checks, before + 1));
}

static void expect_opens(const struct fixture *f) {
    for (int i = 0; i < ROUNDS; i++) assert_code(open_and_close(f, TIMEOUT_MS), 0);
}

/* ---- other stores ---------------------------------------------------------------------------- */

static void opening_a_store_delays_no_other(void **state) {
    struct fixture *f = *state, other = make_beside(f, "other");
    struct visit visit = { .store = NULL };
    close_all(f);
    int lock = hold(f, BYTE_REGISTER);
    start_waiting(&visit, f);
    expect_opens(&other);
    assert_int_equal(reads(&visit.is_done), 0);
    (void)close(lock);
    thread_join(&visit.thread);
    f->store = visit.store;
}

static void checking_a_store_delays_no_other(void **state) {
    struct fixture *f = *state, other = make_beside(f, "other");
    struct visit visit = { .store = NULL };
    close_all(f);
    start_checking(&visit, f);
    expect_opens(&other);
    assert_int_equal(reads(&visit.is_done), 0);
    raise_to(&go_on, 1);
    thread_join(&visit.thread);
    f->store = visit.store;
}

/* How often another store was opened and closed while a thread closed this one. */
static int opens_during_a_close(struct fixture *f, const struct fixture *other) {
    struct visit visit = { .f = f, .store = f->store };
    int count = 0;
    f->store = NULL;
    int lock = hold(f, BYTE_REGISTER);
    thread_start(&visit.thread, close_it, &visit);
    assert_true(wait_for(&visit.is_begun, 1));
    while (!reads(&visit.is_done)) {
        assert_code(open_and_close(other, PATIENCE_MS), 0);
        count += !reads(&visit.is_done);
    }
    thread_join(&visit.thread);
    (void)close(lock);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    return count;
}

/* A close waits for a moment only, and a busy machine may let it pass. */
static void closing_a_store_delays_no_other(void **state) {
    struct fixture *f = *state, other = make_beside(f, "other");
    int count = 0;
    for (int i = 0; i < BUSY_TRIES && count < 2; i++) count = opens_during_a_close(f, &other);
    assert_true(count >= 2);
}

/* ---- the same store -------------------------------------------------------------------------- */

/* Both get the one environment, when the first has it: two would lose commits. */
static void expect_shared(apitoken_store *one, apitoken_store *other) {
    struct made_token made = fixture_create(one, "anna", "n", NULL);
    assert_code(apitoken_validate(other, made.text, made.len, NULL, NULL, NULL), 0);
    assert_code(apitoken_revoke(other, LIT("anna"), made.id, strlen(made.id), NULL, NULL), 0);
    assert_code(apitoken_validate(one, made.text, made.len, NULL, NULL, NULL), APITOKEN_E_REVOKED);
}

static void a_second_open_waits_no_longer_than_told(void **state) {
    struct fixture *f = *state;
    struct visit first = { .store = NULL }, second = { .f = f };
    close_all(f);
    start_checking(&first, f);
    EXPECT_BUSY_AT(TIMEOUT_MS, open_and_close(f, TIMEOUT_MS));
    thread_start(&second.thread, open_patiently, &second);
    raise_to(&go_on, 1);
    thread_join(&first.thread);
    thread_join(&second.thread);
    expect_shared(first.store, second.store);
    apitoken_store_close(first.store);
    f->store = second.store;
}

/*
 * The environment that is being closed has the files open still: a second one beside it would drop
 * its locks, or be refused. Most times the close is under way when the open begins.
 */
static void an_open_waits_for_a_close(void **state) {
    struct fixture *f = *state;
    for (int i = 0; i < ROUNDS / 4; i++) {
        struct visit closer = { .f = f, .store = f->store }, opener = { .f = f };
        f->store = NULL;
        int lock = hold(f, BYTE_REGISTER);
        thread_start(&closer.thread, close_it, &closer);
        assert_true(wait_for(&closer.is_begun, 1));
        (void)usleep(TIMEOUT_MS * 1000 / 10);
        thread_start(&opener.thread, open_patiently, &opener);
        thread_join(&closer.thread);
        (void)close(lock);
        thread_join(&opener.thread);
        f->store = opener.store;
    }
    expect_shared(f->store, f->store);
}

/* Who waits for an open that fails opens for itself. */
static void an_open_that_fails_leaves_nothing(void **state) {
    struct fixture *f = *state;
    struct visit visit = { .store = NULL };
    close_all(f);
    int lock = hold(f, BYTE_REGISTER);
    for (int i = 0; i < ROUNDS; i++) assert_code(open_and_close(f, 1), APITOKEN_E_BUSY);
    start_waiting(&visit, f);
    (void)close(lock);
    thread_join(&visit.thread);
    f->store = visit.store;
    assert_code(open_and_close(f, TIMEOUT_MS), 0);
}

enum { SHARERS = 4, TURNS = 100, TURNS_LONG = 3000 };

struct crowd {
    struct fixture *f;
    uint64_t turns;
};

/* The last handle is closed again and again while others are opened. */
static int open_write_and_close(void *ctx) {
    const struct crowd *crowd = ctx;
    for (uint64_t i = 0; i < crowd->turns; i++) {
        struct made_token made;
        apitoken_store *store = NULL;
        THREAD_DUE(open_within(crowd->f, PATIENCE_MS, &store), 0);
        THREAD_DUE(thread_create(store, "anna", "n", &made), 0);
        THREAD_DUE(apitoken_validate(store, made.text, made.len, NULL, NULL, NULL), 0);
        apitoken_store_close(store);
    }
    return 0;
}

static void no_commit_is_lost_as_threads_come_and_go(void **state) {
    struct fixture *f = *state;
    struct thread threads[SHARERS];
    struct crowd crowd = { f, figure_rounds(TURNS, TURNS_LONG) };
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    close_all(f);
    pid_t child = child_start(open_write_and_close, &crowd);
    for (int i = 0; i < SHARERS; i++) thread_start(&threads[i], open_write_and_close, &crowd);
    for (int i = 0; i < SHARERS; i++) thread_join(&threads[i]);
    child_join(child);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(apitoken_store_stat(f->store, NULL, &info, NULL), 0);
    assert_int_equal(info.tokens, (SHARERS + 1) * crowd.turns);
}

/* ---- a fork in the middle -------------------------------------------------------------------- */

struct family {
    struct fixture *f, *other;
    int lock;
    uint32_t is_ready, may_open;
};

/* Its registry is empty, whatever the parent's thread was about to add. */
static int open_in_a_child(void *ctx) {
    struct family *family = ctx;
    (void)close(family->lock);
    assert_code(open_and_close(family->other, TIMEOUT_MS), 0);
    assert_code(open_and_close(family->f, TIMEOUT_MS), APITOKEN_E_BUSY);
    raise_to(&family->is_ready, 1);
    assert_true(wait_for(&family->may_open, 1));
    assert_code(open_and_close(family->f, PATIENCE_MS), 0);
    return 0;
}

static void a_child_born_during_an_open_opens_for_itself(void **state) {
    struct fixture *f = *state, other = make_beside(f, "other");
    struct family *family = shared_memory(sizeof *family);
    struct visit visit = { .store = NULL };
    close_all(f);
    *family = (struct family){ .f = f, .other = &other, .lock = hold(f, BYTE_REGISTER) };
    start_waiting(&visit, f);
    pid_t child = child_start(open_in_a_child, family);
    assert_true(wait_for(&family->is_ready, 1));
    (void)close(family->lock);
    thread_join(&visit.thread);
    raise_to(&family->may_open, 1);
    child_join(child);
    f->store = visit.store;
}

/* ---- who has the store open ------------------------------------------------------------------ */

static int open_validate_and_write(void *ctx) {
    const struct visit *visit = ctx;
    apitoken_store *store = NULL;
    assert_code(open_within(visit->f, TIMEOUT_MS, &store), 0);
    struct made_token made = fixture_create(store, "anna", "n", NULL);
    assert_code(apitoken_validate(store, made.text, made.len, NULL, NULL, NULL), 0);
    apitoken_store_close(store);
    return 0;
}

/* Another process opens, reads and writes the store meanwhile. */
static void a_long_check_delays_no_other_process(void **state) {
    struct fixture *f = *state;
    struct visit visit = { .store = NULL };
    close_all(f);
    start_checking(&visit, f);
    for (int i = 0; i < ROUNDS; i++) child_join(child_start(open_validate_and_write, &visit));
    assert_int_equal(reads(&visit.is_done), 0);
    raise_to(&go_on, 1);
    thread_join(&visit.thread);
    f->store = visit.store;
}

static void a_close_waits_but_for_a_moment(void **state) {
    enum { CLOSE_MS = 100 }; /* apitoken.h says so */
    struct fixture *f = *state;
    int64_t took_us = INT64_MAX;
    for (int i = 0; i < BUSY_TRIES && took_us > BUSY_LATE_TIMES * CLOSE_MS * 1000; i++) {
        int lock = hold(f, BYTE_REGISTER), eye = watch_open(f);
        const int64_t begin_us = now_us();
        close_all(f);
        took_us = now_us() - begin_us;
        assert_false(watch_is_held(eye, BYTE_IN_USE)); /* it is closed all the same */
        (void)close(lock);
        (void)close(eye);
        f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    }
    assert_in_range(took_us, 0, BUSY_LATE_TIMES * CLOSE_MS * 1000);
}

/* ---- all of it at once ----------------------------------------------------------------------- */

enum { THREADS = 30, CALLS = 40, CALLS_LONG = 2000, SLACK_US = 50000 };
enum { READ_MS = 500, WRITE_MS = 20, OPEN_MS = 30, CLOSE_MS = 100, PAUSE_US = 2000 };

/* The latest call of several threads. */
struct lateness {
    pthread_mutex_t mutex;
    const char *name;
    int64_t us;
};

/*
 * A process that has all locks of two stores and of the keyring, and is stopped. The one store was
 * open before; the other one is to be opened.
 */
struct siege {
    struct fixture *f, *shut, *other;
    struct made_token made;
    uint64_t calls; /* of each thread */
    uint32_t is_held, is_over, denied, busy, opened;
    struct lateness call, sleep;
};

static int take_all(const struct fixture *f, int last) {
    int fd = watch_open(f), count = 0;
    for (int byte = BYTE_GATE; byte <= last; byte++) count += watch_take(fd, byte);
    return count;
}

static int lock_keyring(const char *path) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return fcntl(open(path, O_RDWR | O_CLOEXEC), F_OFD_SETLK, &lock);
}

static int hold_all(void *ctx) {
    struct siege *siege = ctx;
    assert_int_equal(take_all(siege->f, BYTE_REGISTER), 3); /* the last one its host shares */
    assert_int_equal(take_all(siege->shut, BYTE_IN_USE), 4);
    assert_int_equal(lock_keyring(siege->f->keys), 0);
    raise_to(&siege->is_held, 1);
    return pause(); /* until it is killed */
}

static void note_late(struct lateness *late, const char *name, int64_t us) {
    (void)pthread_mutex_lock(&late->mutex);
    if (us > late->us) {
        late->us = us;
        late->name = name;
    }
    (void)pthread_mutex_unlock(&late->mutex);
}

static void sleep_us(long us) {
    struct timespec ts = { 0, us * 1000 };
    (void)nanosleep(&ts, NULL);
}

static int sleep_on(void *ctx) {
    struct siege *siege = ctx;
    for (long us = 1000; !reads(&siege->is_over); us = us % 20000 + 1000) {
        const int64_t begin_us = now_us();
        sleep_us(us);
        note_late(&siege->sleep, "sleep", now_us() - begin_us - us);
    }
    return 0;
}

static int do_validate(struct siege *siege) {
    apitoken_validate_opts opts = APITOKEN_VALIDATE_OPTS_INIT;
    opts.timeout_ms = READ_MS;
    int rc =
        apitoken_validate(siege->f->store, siege->made.text, siege->made.len, &opts, NULL, NULL);
    if (rc != 0) raise_by_one(&siege->denied);
    return rc;
}

static int do_list(struct siege *siege) {
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    apitoken_page *page = NULL;
    opts.timeout_ms = READ_MS;
    int rc = apitoken_list(siege->f->store, LIT("anna"), &opts, &page, NULL);
    apitoken_page_free(page);
    return rc;
}

static int do_stat(struct siege *siege) {
    apitoken_stat_opts opts = APITOKEN_STAT_OPTS_INIT;
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    opts.timeout_ms = READ_MS;
    return apitoken_store_stat(siege->f->store, &opts, &info, NULL);
}

static int do_create(struct siege *siege) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    opts.timeout_ms = WRITE_MS;
    return apitoken_create(siege->f->store, LIT("anna"), LIT("n"), &opts, &secret, NULL);
}

static int do_revoke(struct siege *siege) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.timeout_ms = WRITE_MS;
    return apitoken_revoke(siege->f->store, LIT("anna"), siege->made.id, strlen(siege->made.id),
                           &opts, NULL);
}

static int do_add_key(struct siege *siege) {
    apitoken_keyring_opts opts = APITOKEN_KEYRING_OPTS_INIT;
    opts.timeout_ms = WRITE_MS;
    return apitoken_keyring_add_key(siege->f->keys, &opts, NULL, NULL);
}

static int do_open(struct siege *siege) { return open_and_close(siege->shut, OPEN_MS); }

static int do_check(struct siege *siege) {
    apitoken_check_opts opts = APITOKEN_CHECK_OPTS_INIT;
    opts.timeout_ms = OPEN_MS;
    return apitoken_store_check(siege->shut->store_path, siege->f->keyring, &opts, NULL);
}

/* Another handle of the store whose locks are held: the environment is there. */
static int do_share(struct siege *siege) { return open_and_close(siege->f, READ_MS); }

/* Several threads do, and nobody holds that store's locks for long. */
static int do_open_other(struct siege *siege) {
    int rc = open_and_close(siege->other, READ_MS);
    if (rc == 0) raise_by_one(&siege->opened);
    return rc;
}

static const struct {
    const char *name;
    int (*run)(struct siege *siege);
    uint32_t timeout_ms;
    int due;
} calls[] = {
    { "validate", do_validate, READ_MS, 0 },
    { "open", do_open, OPEN_MS, APITOKEN_E_BUSY },
    { "validate", do_validate, READ_MS, 0 },
    { "create", do_create, WRITE_MS, APITOKEN_E_BUSY },
    { "list", do_list, READ_MS, 0 },
    { "revoke", do_revoke, WRITE_MS, APITOKEN_E_BUSY },
    { "stat", do_stat, READ_MS, 0 },
    { "open and close another store", do_open_other, READ_MS, 0 },
    { "open and close another handle", do_share, READ_MS, 0 },
    { "check", do_check, OPEN_MS, APITOKEN_E_BUSY },
    { "add a key", do_add_key, WRITE_MS, APITOKEN_E_BUSY },
};
enum { VERBS = sizeof calls / sizeof *calls };

struct worker {
    struct siege *siege;
    size_t first;
    struct thread thread;
};

/* Between calls it rests: calls that wait are to be late, not the processor. */
static int call_on(void *ctx) {
    const struct worker *worker = ctx;
    struct siege *siege = worker->siege;
    for (uint64_t i = 0; i < siege->calls; i++) {
        const size_t at = (worker->first + i) % VERBS;
        const int64_t begin_us = now_us();
        THREAD_DUE(calls[at].run(siege), calls[at].due);
        note_late(&siege->call, calls[at].name,
                  now_us() - begin_us - (int64_t)calls[at].timeout_ms * 1000);
        if (calls[at].due == APITOKEN_E_BUSY) raise_by_one(&siege->busy);
        sleep_us(PAUSE_US);
    }
    return 0;
}

/* The environment of that store goes, beside a process that has the readers lock. */
static void close_late(struct siege *siege) {
    const int64_t begin_us = now_us();
    close_all(siege->f);
    note_late(&siege->call, "close", now_us() - begin_us - CLOSE_MS * 1000);
}

static void besiege(struct siege *siege) {
    static struct worker workers[THREADS];
    static struct thread sleepers[THREADS]; /* as many, or the latest call would be one of more */
    for (int i = 0; i < THREADS; i++) thread_start(&sleepers[i], sleep_on, siege);
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){ .siege = siege, .first = i };
        thread_start(&workers[i].thread, call_on, &workers[i]);
    }
    for (int i = 0; i < THREADS; i++) thread_join(&workers[i].thread);
    close_late(siege);
    raise_to(&siege->is_over, 1);
    for (int i = 0; i < THREADS; i++) thread_join(&sleepers[i]);
}

static void no_call_is_late_while_all_locks_are_held(void **state) {
    struct fixture *f = *state, shut = make_beside(f, "shut"), other = make_beside(f, "other");
    struct siege *siege = shared_memory(sizeof *siege);
    *siege = (struct siege){ .f = f,
                             .shut = &shut,
                             .other = &other,
                             .made = fixture_create(f->store, "anna", "n", NULL),
                             .calls = figure_rounds(CALLS, CALLS_LONG),
                             .call = { PTHREAD_MUTEX_INITIALIZER, "none", 0 },
                             .sleep = { PTHREAD_MUTEX_INITIALIZER, "none", 0 } };
    pid_t holder = child_start(hold_all, siege);
    assert_true(wait_for(&siege->is_held, 1));
    process_stop(holder);
    besiege(siege);
    child_kill(holder);
    figure_at_least("calls that ran into the locks of a stopped process", reads(&siege->busy),
                    THREADS * siege->calls / 3);
    figure_at_least("stores opened beside the locks of a stopped process", reads(&siege->opened),
                    siege->calls);
    figure_told("microseconds by which a thread wakes up late", (uint64_t)siege->sleep.us);
    print_message("# the latest call: %s\n", siege->call.name);
    figure_at_most("microseconds of a call beyond its deadline, all locks held",
                   (uint64_t)siege->call.us, (uint64_t)siege->sleep.us + SLACK_US);
    figure_at_most("validates denied by another's open", reads(&siege->denied), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(opening_a_store_delays_no_other),
        TEST(checking_a_store_delays_no_other),
        TEST(closing_a_store_delays_no_other),
        TEST(a_second_open_waits_no_longer_than_told),
        TEST(an_open_waits_for_a_close),
        TEST(an_open_that_fails_leaves_nothing),
        TEST(no_commit_is_lost_as_threads_come_and_go),
        TEST(a_child_born_during_an_open_opens_for_itself),
        TEST(a_long_check_delays_no_other_process),
        TEST(a_close_waits_but_for_a_moment),
        TEST(no_call_is_late_while_all_locks_are_held),
    };
    storage_in_memory(STORAGE_USUAL);
    return run_cases(argc, argv, tests, NULL, NULL);
}
