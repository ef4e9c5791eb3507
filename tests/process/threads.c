/* SPDX-License-Identifier: MIT */
/*
 * Many threads on one handle, more than the handle has read transactions, and threads that are
 * cancelled.
 */
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "figure.h"
#include "fixture.h"
#include "storage.h"
#include "thread.h"
#include "watch.h"

enum { POOL_MAX = 64 }; /* reader slots that a process takes at most */

/* ---- all verbs at once ----------------------------------------------------------------------- */

enum { WORKERS = 8, TURNS = 40 };

struct worker {
    apitoken_store *store;
    char owner[8];
};

static int count_rows(apitoken_store *store, const char *owner, size_t *ret_count) {
    apitoken_page *page = NULL;
    int rc = apitoken_list(store, owner, strlen(owner), NULL, &page, NULL);
    if (rc != 0) return rc;
    *ret_count = apitoken_page_count(page);
    apitoken_page_free(page);
    return 0;
}

/* A thread sees its own changes at once, and nobody else's rows. */
static int use_every_verb(void *ctx) {
    const struct worker *w = ctx;
    for (size_t turn = 0; turn < TURNS; turn++) {
        struct made_token made;
        apitoken_token *token = NULL;
        size_t rows = 0;
        THREAD_DUE(thread_create(w->store, w->owner, "n", &made), 0);
        THREAD_DUE(apitoken_validate(w->store, made.text, made.len, NULL, NULL, NULL), 0);
        THREAD_DUE(count_rows(w->store, w->owner, &rows), 0);
        if (rows != turn + 1)
            return thread_tell("rows", (int)rows, (int)turn + 1, __FILE__, __LINE__);
        THREAD_DUE(apitoken_revoke(w->store, w->owner, strlen(w->owner), made.id, strlen(made.id),
                                   NULL, NULL),
                   0);
        THREAD_DUE(apitoken_validate(w->store, made.text, made.len, NULL, NULL, NULL),
                   APITOKEN_E_REVOKED);
        THREAD_DUE(apitoken_show(w->store, w->owner, strlen(w->owner), made.id, strlen(made.id),
                                 NULL, &token, NULL),
                   0);
        THREAD_DUE(apitoken_token_state(token), APITOKEN_STATE_REVOKED);
        apitoken_token_free(token);
    }
    return 0;
}

static void eight_threads_use_every_verb(void **state) {
    const struct fixture *f = *state;
    struct worker workers[WORKERS];
    struct thread threads[WORKERS];
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    for (int i = 0; i < WORKERS; i++) {
        workers[i].store = f->store;
        (void)snprintf(workers[i].owner, sizeof workers[i].owner, "w%d", i);
        thread_start(&threads[i], use_every_verb, &workers[i]);
    }
    for (int i = 0; i < WORKERS; i++) thread_join(&threads[i]);
    assert_code(apitoken_store_stat(f->store, NULL, &info, NULL), 0);
    assert_int_equal(info.tokens, WORKERS * TURNS);
    assert_int_equal(info.revoked, WORKERS * TURNS);
    assert_true(info.readers <= POOL_MAX);
}

/* ---- more threads than read transactions ----------------------------------------------------- */

enum { ROWS = 400, LISTERS_MAX = 200, LATE = 6, BATCHES = 3, BATCH = 70, VALIDATES = 3400 };
enum { SLEEPS_MAX = 200 };

/*
 * A thread that lists until it is told to end. A signal parks it, most likely in the middle of a
 * list.
 */
struct lister {
    struct thread thread;
    apitoken_store *store;
    uint32_t tid, done;
};

static int parking[2]; /* a pipe: threads are parked while its other end is open */
static uint32_t parked, is_over;

static void park(int signal_number) {
    char byte;
    (void)signal_number;
    raise_by_one(&parked);
    if (read(parking[0], &byte, 1) != 0) abort();
}

/*
 * Many rows are examined and none is kept: almost all of the time is spent with a read transaction,
 * and none of it in malloc, where a parked thread would stop the others.
 */
static int list_on(void *ctx) {
    struct lister *lister = ctx;
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    opts.limit = ROWS;
    opts.states = APITOKEN_STATE_REVOKED;
    opts.timeout_ms = CHILD_LIMIT_S * 1000;
    raise_to(&lister->tid, (uint32_t)gettid());
    do {
        apitoken_page *page = NULL;
        THREAD_DUE(apitoken_list(lister->store, LIT("anna"), &opts, &page, NULL), 0);
        apitoken_page_free(page);
        raise_to(&lister->done, lister->done + 1);
    } while (!reads(&is_over));
    return 0;
}

static void start_lister(struct lister *lister, apitoken_store *store) {
    lister->store = store;
    thread_start(&lister->thread, list_on, lister);
}

/* How often the thread has gone to sleep of its own accord. */
static unsigned long sleeps_of(const struct lister *lister) {
    char path[48], line[128];
    unsigned long sleeps = 0;
    (void)snprintf(path, sizeof path, "/proc/self/task/%u/status", (unsigned)reads(&lister->tid));
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "voluntary_ctxt_switches: %lu", &sleeps) == 1) break;
    (void)fclose(file);
    return sleeps;
}

/*
 * One after the other, so that each has its transaction before the next one comes. 1 if it was
 * parked, 0 if it got none: it looks for one again and again then, and sleeps in between, which one
 * that lists does not.
 */
static int park_one(struct lister *lister) {
    uint32_t before = reads(&parked);
    assert_true(wait_for(&lister->tid, 1));
    while (reads(&lister->done) == 0)
        if (sleeps_of(lister) > SLEEPS_MAX && reads(&lister->done) == 0) return 0;
    spin_random_us(500);
    assert_int_equal(pthread_kill(lister->thread.id, SIGUSR1), 0);
    assert_true(wait_for(&parked, before + 1));
    return 1;
}

/* Parks threads until one finds all read transactions taken. Returns how many threads there are. */
static int take_all(struct lister *listers, apitoken_store *store) {
    int count = 0, is_parked = 1;
    while (is_parked && count < LISTERS_MAX - LATE) {
        start_lister(&listers[count], store);
        is_parked = park_one(&listers[count++]);
    }
    assert_false(is_parked);
    assert_true(count > POOL_MAX);
    return count;
}

static void expect_busy(apitoken_store *store, const struct made_token *made) {
    apitoken_validate_opts validate = APITOKEN_VALIDATE_OPTS_INIT;
    apitoken_create_opts create = APITOKEN_CREATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    validate.timeout_ms = create.timeout_ms = 50;
    assert_code(apitoken_validate(store, made->text, made->len, &validate, NULL, NULL),
                APITOKEN_E_BUSY);
    assert_code(apitoken_create(store, LIT("anna"), LIT("n"), &create, &secret, NULL),
                APITOKEN_E_BUSY);
    assert_null(secret);
}

static void threads_wait_for_a_read_transaction(void **state) {
    static struct lister listers[LISTERS_MAX];
    struct fixture *f = *state;
    struct sigaction action = { .sa_handler = park, .sa_flags = SA_RESTART };
    struct made_token made = fixture_create(f->store, "anna", "n", NULL);
    for (int i = 1; i < ROWS; i++) (void)fixture_create(f->store, "anna", "n", NULL);
    /* what malloc there is, each thread does in its own arena */
    assert_int_equal(mallopt(M_ARENA_MAX, 2 * LISTERS_MAX), 1);
    assert_int_equal(pipe(parking), 0);
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    int count = take_all(listers, f->store);
    for (int i = 0; i < LATE; i++) start_lister(&listers[count++], f->store);
    expect_busy(f->store, &made);
    raise_to(&is_over, 1);
    (void)close(parking[1]);
    for (int i = 0; i < count; i++) thread_join(&listers[i].thread); /* nobody failed */
    (void)close(parking[0]);
    print_message("# threads %d slots %u\n", count, watch_readers(f->store));
    assert_int_equal(watch_readers(f->store), POOL_MAX);
}

struct visitor {
    struct worker worker;
    struct made_token made;
};

static int list_and_validate(void *ctx) {
    const struct visitor *v = ctx;
    size_t rows = 0;
    for (int i = 0; i < VALIDATES; i++)
        THREAD_DUE(apitoken_validate(v->worker.store, v->made.text, v->made.len, NULL, NULL, NULL),
                   0);
    return count_rows(v->worker.store, v->worker.owner, &rows);
}

static void slots_do_not_grow_as_threads_exit(void **state) {
    const struct fixture *f = *state;
    static struct thread threads[BATCH];
    struct visitor visitor = { { f->store, "anna" }, fixture_create(f->store, "anna", "n", NULL) };
    for (int batch = 0; batch < BATCHES; batch++) {
        for (int i = 0; i < BATCH; i++) thread_start(&threads[i], list_and_validate, &visitor);
        for (int i = 0; i < BATCH; i++) thread_join(&threads[i]);
        assert_true(watch_readers(f->store) <= POOL_MAX);
    }
}

/* ---- cancelled threads ----------------------------------------------------------------------- */

enum { CANCELS = 300, CANCELS_LONG = 1000, SPREAD_US = 1500 };

static int write_for_ever(void *ctx) {
    const struct fixture *f = ctx;
    for (;;) {
        struct made_token made;
        THREAD_DUE(thread_create(f->store, "busy", "n", &made), 0);
        THREAD_DUE(apitoken_revoke(f->store, LIT("busy"), made.id, strlen(made.id), NULL, NULL), 0);
        pthread_testcancel();
    }
}

static int validate_for_ever(void *ctx) {
    const struct fixture *f = ctx;
    struct made_token made;
    THREAD_DUE(thread_create(f->store, "busy", "n", &made), 0);
    for (;;) {
        THREAD_DUE(apitoken_validate(f->store, made.text, made.len, NULL, NULL, NULL), 0);
        pthread_testcancel();
    }
}

static int list_for_ever(void *ctx) {
    const struct fixture *f = ctx;
    size_t rows;
    for (;;) {
        THREAD_DUE(count_rows(f->store, "anna", &rows), 0);
        pthread_testcancel();
    }
}

static void cancel_at_random(struct fixture *f, int (*run)(void *)) {
    struct thread thread;
    thread_start(&thread, run, f);
    spin_random_us(SPREAD_US);
    assert_int_equal(pthread_cancel(thread.id), 0);
    thread_join_cancelled(&thread);
}

static void cancelled_threads_leave_the_store_usable(void **state) {
    static int (*const runs[])(void *) = { write_for_ever, write_for_ever, validate_for_ever,
                                           list_for_ever };
    struct fixture *f = *state;
    int lock_fd = watch_open(f);
    struct made_token good = fixture_create(f->store, "anna", "n", NULL);
    size_t fds = watch_fds();
    const uint64_t cancels = figure_rounds(CANCELS, CANCELS_LONG);
    for (uint64_t i = 0; i < cancels; i++) {
        cancel_at_random(f, runs[i % 4]);
        for (int byte = BYTE_GATE; byte <= BYTE_REGISTER; byte++)
            assert_false(watch_is_held(lock_fd, byte));
        assert_code(apitoken_validate(f->store, good.text, good.len, NULL, NULL, NULL), 0);
        if (i % 10 == 0) (void)fixture_create(f->store, "anna", "n", NULL);
    }
    assert_int_equal(watch_fds(), fds);
    assert_true(watch_readers(f->store) <= POOL_MAX);
    (void)close(lock_fd);
}

/*
 * Each call with a cancel that waits for it already, so that it comes at the first chance there is.
 */
static int call_open_and_close(void *ctx) {
    struct fixture *f = ctx;
    apitoken_store *store = NULL;
    (void)pthread_cancel(pthread_self());
    THREAD_DUE(apitoken_store_open(f->store_path, f->keyring, NULL, &store, NULL), 0);
    apitoken_store_close(store);
    pthread_testcancel();
    return 1;
}

/* Closes the last handle, the environment with it. */
static int call_close(void *ctx) {
    struct fixture *f = ctx;
    apitoken_store *store = f->store;
    f->store = NULL;
    (void)pthread_cancel(pthread_self());
    apitoken_store_close(store);
    pthread_testcancel();
    return 1;
}

static int call_create(void *ctx) {
    const struct fixture *f = ctx;
    struct made_token made;
    (void)pthread_cancel(pthread_self());
    THREAD_DUE(thread_create(f->store, "busy", "n", &made), 0);
    pthread_testcancel();
    return 1;
}

static int call_load_keys(void *ctx) {
    const struct fixture *f = ctx;
    apitoken_keyring *keyring = NULL;
    (void)pthread_cancel(pthread_self());
    THREAD_DUE(apitoken_keyring_load(f->keys, NULL, &keyring, NULL), 0);
    apitoken_keyring_free(keyring);
    pthread_testcancel();
    return 1;
}

static int call_add_key(void *ctx) {
    const struct fixture *f = ctx;
    (void)pthread_cancel(pthread_self());
    THREAD_DUE(apitoken_keyring_add_key(f->keys, NULL, NULL, NULL), 0);
    pthread_testcancel();
    return 1;
}

static int call_grow(void *ctx) {
    struct fixture *f = ctx;
    apitoken_store_close(f->store);
    f->store = NULL;
    (void)pthread_cancel(pthread_self());
    THREAD_DUE(
        apitoken_store_grow(f->store_path, f->keyring, UINT64_C(1) << 31, FIXTURE_GROW, NULL), 0);
    pthread_testcancel();
    return 1;
}

static int call_make_store(void *ctx) {
    const struct fixture *f = ctx;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/other", f->dir);
    (void)pthread_cancel(pthread_self());
    THREAD_DUE(apitoken_store_create(path, f->keyring, NULL, NULL), 0);
    pthread_testcancel();
    return 1;
}

/* What a cancel left locked or open would stop or show in the calls here. */
static void expect_nothing_left(struct fixture *f, size_t fds) {
    apitoken_store_close(f->store);
    assert_int_equal(watch_fds(), fds);
    int lock_fd = watch_open(f);
    assert_false(watch_is_held(lock_fd, BYTE_IN_USE));
    (void)close(lock_fd);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    (void)fixture_create(f->store, "anna", "n", NULL);
    assert_code(apitoken_keyring_add_key(f->keys, NULL, NULL, NULL), 0);
    apitoken_store_close(f->store);
}

static const struct call {
    const char *name;
    int (*run)(void *);
} calls[] = {
    { "a_waiting_cancel_spares_open_and_close", call_open_and_close },
    { "a_waiting_cancel_spares_the_last_close", call_close },
    { "a_waiting_cancel_spares_create", call_create },
    { "a_waiting_cancel_spares_loading_keys", call_load_keys },
    { "a_waiting_cancel_spares_adding_a_key", call_add_key },
    { "a_waiting_cancel_spares_grow", call_grow },
    { "a_waiting_cancel_spares_making_a_store", call_make_store },
};

struct cancelled {
    const struct call *call;
    struct fixture *f;
    size_t fds; /* with the store closed */
};

static int cancel_call(void *ctx) {
    struct cancelled *c = ctx;
    struct thread thread;
    c->f->store = fixture_open(c->f, APITOKEN_MODE_READ_WRITE);
    thread_start(&thread, c->call->run, c->f);
    thread_join_cancelled(&thread);
    expect_nothing_left(c->f, c->fds);
    return 0;
}

/* In a child, which may hang and is ended then. */
static void cancel_waits(void **state) {
    const struct call *call = *state;
    void *made = NULL;
    (void)fixture_setup(&made);
    struct fixture *f = made;
    apitoken_store_close(f->store);
    f->store = NULL;
    struct cancelled cancelled = { call, f, watch_fds() };
    int rc = child_wait(child_start(cancel_call, &cancelled));
    (void)fixture_teardown(&made);
    assert_int_equal(rc, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#define CALLS (sizeof calls / sizeof *calls)

int main(int argc, char **argv) {
    struct CMUnitTest tests[4 + CALLS] = {
        TEST(eight_threads_use_every_verb),
        TEST(threads_wait_for_a_read_transaction),
        TEST(slots_do_not_grow_as_threads_exit),
        TEST(cancelled_threads_leave_the_store_usable),
    };
    storage_pace_syncs();
    for (size_t i = 0; i < CALLS; i++)
        tests[4 + i] = (struct CMUnitTest){ calls[i].name, cancel_waits, NULL, NULL,
                                            (void *)(uintptr_t)&calls[i] };
    return run_cases(argc, argv, tests, NULL, NULL);
}
