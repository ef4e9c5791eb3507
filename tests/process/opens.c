/* SPDX-License-Identifier: MIT */
/*
 * Opening a store: many processes that open and close it beside a writer, a process that lets the
 * store grow under others, and one whose address space is too small for the map.
 */
#include <stdio.h>
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

static int grow(const struct meeting *m, uint64_t map_bytes) {
    return apitoken_store_grow(m->f->store_path, m->f->keyring, map_bytes, FIXTURE_GROW, NULL);
}

/*
 * LMDB maps anew when the map itself must become larger: threads that read meanwhile would read
 * what is not there any more. As far as the map reaches they notice nothing.
 */
static void a_store_grows_under_readers_as_far_as_their_maps(void **state) {
    struct meeting *m = prepare(*state);
    const uint64_t most = UINT64_C(1) << 34, mib = UINT64_C(1) << 20;
    pid_t child = child_start(read_with_threads, m);
    assert_true(wait_for(&m->up, READERS));
    for (uint32_t i = 0; i < GROWS; i++) {
        const uint32_t seen = reads(&m->up);
        assert_code(grow(m, most + 1), APITOKEN_E_IN_USE);
        assert_code(grow(m, most / 16 + i * mib), 0);
        assert_true(wait_for(&m->up, seen + 1)); /* and they go on */
    }
    raise_to(&m->is_over, 1);
    child_join(child);
    assert_code(grow(m, most / 8), 0);
}

/* With so much address space and not more. */
static int open_within(const struct meeting *m, uint64_t bytes, apitoken_error *err) {
    struct rlimit before, small;
    apitoken_store *store = NULL;
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    small = before;
    small.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_AS, &small), 0);
    int rc = apitoken_store_open(m->f->store_path, m->f->keyring, NULL, &store, err);
    if (rc == 0)
        assert_code(apitoken_validate(store, m->good.text, m->good.len, NULL, NULL, NULL), 0);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    apitoken_store_close(store);
    return rc;
}

/* The map of 16 GiB does not fit, nor the last-use file, and all is well when they do. */
static int open_in_small_spaces(void *ctx) {
    struct meeting *m = ctx;
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_code(open_within(m, UINT64_C(15) << 30, &err), APITOKEN_E_NOMEM);
    assert_non_null(strstr(err.text, "RLIMIT_AS"));
    assert_code(open_within(m, UINT64_C(17) << 30, NULL), APITOKEN_E_NOMEM);
    assert_code(open_within(m, UINT64_C(19) << 30, NULL), 0);
    return 0;
}

static void a_map_that_does_not_fit_is_said_so(void **state) {
    struct meeting *m = prepare(*state);
    child_join(child_start(open_in_small_spaces, m));
}

/* A host that has little must have a small store. */
static int use_in_little_space(void *ctx) {
    struct meeting *m = ctx;
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    struct rlimit little = { UINT64_C(1500) << 20, UINT64_C(1500) << 20 };
    (void)snprintf(m->f->store_path, sizeof m->f->store_path, "%s/small", m->f->dir);
    opts.map_bytes = UINT64_C(64) << 20;
    assert_int_equal(setrlimit(RLIMIT_AS, &little), 0);
    fixture_make_store(m->f, &opts);
    apitoken_store *store = fixture_open(m->f, APITOKEN_MODE_READ_WRITE);
    (void)fixture_create(store, "anna", "n", NULL);
    apitoken_store_close(store);
    assert_code(grow(m, UINT64_C(1) << 30), 0);
    assert_code(grow(m, UINT64_C(2) << 30), APITOKEN_E_NOMEM);
    store = fixture_open(m->f, APITOKEN_MODE_READ_WRITE);
    (void)fixture_create(store, "anna", "n", NULL);
    apitoken_store_close(store);
    return 0;
}

static void a_store_that_cannot_be_mapped_does_not_grow(void **state) {
    struct meeting *m = prepare(*state);
    child_join(child_start(use_in_little_space, m));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(processes_that_open_at_once_all_get_in, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_store_grows_under_readers_as_far_as_their_maps,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_map_that_does_not_fit_is_said_so, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_store_that_cannot_be_mapped_does_not_grow, fixture_setup,
                                        fixture_teardown),
    };
    storage_in_memory(STORAGE_USUAL);
    return run_cases(argc, argv, tests, NULL, NULL);
}
