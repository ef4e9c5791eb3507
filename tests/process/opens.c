/* SPDX-License-Identifier: MIT */
/*
 * Opening a store: many processes that open and close it beside a writer, a process that could let
 * the store grow under others, and one whose address space is too small for the map.
 */
#include <string.h>
#include <sys/resource.h>

#include "cases.h"
#include "child.h"
#include "figure.h"
#include "fixture.h"
#include "storage.h"
#include "thread.h"

enum { PROCESSES = 16, OPENS = 180, OPENS_LONG = 3000, READERS = 8, GROWS = 100 };

struct meeting {
    struct fixture *f;
    struct made_token good, bad;
    uint64_t due; /* opens of each */
    uint32_t opens, up, is_over;
};

/* LMDB's first opener sets up its lock file, and its last one takes it down. */
static int come_and_go(void *ctx) {
    struct meeting *m = ctx;
    for (uint64_t i = 0; i < m->due; i++) {
        apitoken_store *store =
            fixture_open(m->f, i % 2 ? APITOKEN_MODE_VERIFY_ONLY : APITOKEN_MODE_READ_WRITE);
        assert_code(apitoken_validate(store, m->good.text, m->good.len, NULL, NULL, NULL), 0);
        assert_code(apitoken_validate(store, m->bad.text, m->bad.len, NULL, NULL, NULL),
                    APITOKEN_E_REVOKED);
        apitoken_store_close(store);
        raise_by_one(&m->opens);
    }
    return 0;
}

/* It comes and goes as well, so that now and then nobody has the store open. */
static int write_and_go(void *ctx) {
    const struct meeting *m = ctx;
    do {
        apitoken_store *store = fixture_open(m->f, APITOKEN_MODE_READ_WRITE);
        (void)fixture_create(store, "anna", "n", NULL);
        apitoken_store_close(store);
    } while (!reads(&m->is_over));
    return 0;
}

static struct meeting *prepare(struct fixture *f) {
    struct meeting *m = shared_memory(sizeof *m);
    m->f = f;
    m->good = fixture_create(f->store, "anna", "good", NULL);
    m->bad = fixture_create(f->store, "anna", "bad", NULL);
    assert_code(apitoken_revoke(f->store, LIT("anna"), m->bad.id, strlen(m->bad.id), NULL, NULL),
                0);
    apitoken_store_close(f->store);
    f->store = NULL;
    return m;
}

static void processes_that_open_at_once_all_get_in(void **state) {
    struct meeting *m = prepare(*state);
    pid_t children[PROCESSES];
    m->due = figure_rounds(OPENS, OPENS_LONG);
    pid_t writer = child_start(write_and_go, m);
    for (int i = 0; i < PROCESSES; i++) children[i] = child_start(come_and_go, m);
    for (int i = 0; i < PROCESSES; i++) child_join(children[i]);
    raise_to(&m->is_over, 1);
    child_join(writer);
    figure_at_least("opens of processes that come and go", reads(&m->opens), PROCESSES * m->due);
}

static int validate_on(void *ctx) {
    struct meeting *m = ctx;
    while (!reads(&m->is_over)) {
        THREAD_DUE(apitoken_validate(m->f->store, m->good.text, m->good.len, NULL, NULL, NULL), 0);
        THREAD_DUE(apitoken_validate(m->f->store, m->bad.text, m->bad.len, NULL, NULL, NULL),
                   APITOKEN_E_REVOKED);
        raise_by_one(&m->up);
    }
    return 0;
}

static int read_with_threads(void *ctx) {
    struct meeting *m = ctx;
    struct thread threads[READERS];
    m->f->store = fixture_open(m->f, APITOKEN_MODE_VERIFY_ONLY);
    for (int i = 0; i < READERS; i++) thread_start(&threads[i], validate_on, m);
    for (int i = 0; i < READERS; i++) thread_join(&threads[i]);
    apitoken_store_close(m->f->store);
    return 0;
}

/*
 * LMDB maps anew when it grows: threads that read meanwhile would read what is not there any more.
 */
static void a_store_does_not_grow_under_readers(void **state) {
    struct meeting *m = prepare(*state);
    const uint64_t more = UINT64_C(1) << 31;
    pid_t child = child_start(read_with_threads, m);
    assert_true(wait_for(&m->up, READERS));
    for (uint32_t i = 0; i < GROWS; i++) {
        const uint32_t seen = reads(&m->up);
        assert_code(apitoken_store_grow(m->f->store_path, m->f->keyring, more, NULL, NULL),
                    APITOKEN_E_IN_USE);
        assert_true(wait_for(&m->up, seen + 1)); /* and they go on */
    }
    raise_to(&m->is_over, 1);
    child_join(child);
    assert_code(apitoken_store_grow(m->f->store_path, m->f->keyring, more, NULL, NULL), 0);
}

/* The map of 1 GiB does not fit, and all is well when it does. */
static int open_in_a_small_space(void *ctx) {
    const struct meeting *m = ctx;
    struct rlimit before, small;
    apitoken_store *store = NULL;
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    small = before;
    small.rlim_cur = UINT64_C(512) << 20;
    assert_int_equal(setrlimit(RLIMIT_AS, &small), 0);
    int rc = apitoken_store_open(m->f->store_path, m->f->keyring, NULL, &store, &err);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_code(rc, APITOKEN_E_NOMEM);
    assert_null(store);
    store = fixture_open(m->f, APITOKEN_MODE_READ_WRITE);
    assert_code(apitoken_validate(store, m->good.text, m->good.len, NULL, NULL, NULL), 0);
    apitoken_store_close(store);
    return 0;
}

static void a_map_that_does_not_fit_is_said_so(void **state) {
    struct meeting *m = prepare(*state);
    child_join(child_start(open_in_a_small_space, m));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(processes_that_open_at_once_all_get_in, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_store_does_not_grow_under_readers, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_map_that_does_not_fit_is_said_so, fixture_setup,
                                        fixture_teardown),
    };
    storage_in_memory(STORAGE_USUAL);
    return run_cases(argc, argv, tests, NULL, NULL);
}
