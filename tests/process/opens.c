/* SPDX-License-Identifier: MIT */
/* Opening: many processes that come and go at once beside a writer, and one whose address space is too small for the map. */
#include <string.h>
#include <sys/resource.h>

#include "child.h"
#include "figure.h"
#include "fixture.h"

enum { PROCESSES = 16, OPENS = 180 };

struct meeting {
    struct fixture *f;
    struct made_token good, bad;
    uint32_t opens, is_over;
};

/* LMDB's first opener sets up its lock file, and its last one takes it down. */
static int come_and_go(void *ctx) {
    struct meeting *m = ctx;
    for (int i = 0; i < OPENS; i++) {
        apitoken_store *store = fixture_open(m->f, i % 2 ? APITOKEN_MODE_VERIFY_ONLY : APITOKEN_MODE_READ_WRITE);
        assert_code(apitoken_validate(store, m->good.text, m->good.len, NULL, NULL, NULL), 0);
        assert_code(apitoken_validate(store, m->bad.text, m->bad.len, NULL, NULL, NULL), APITOKEN_E_REVOKED);
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
    assert_code(apitoken_revoke(f->store, LIT("anna"), m->bad.id, strlen(m->bad.id), NULL, NULL), 0);
    apitoken_store_close(f->store);
    f->store = NULL;
    return m;
}

static void processes_that_open_at_once_all_get_in(void **state) {
    struct meeting *m = prepare(*state);
    pid_t children[PROCESSES];
    pid_t writer = child_start(write_and_go, m);
    for (int i = 0; i < PROCESSES; i++) children[i] = child_start(come_and_go, m);
    for (int i = 0; i < PROCESSES; i++) child_join(children[i]);
    raise_to(&m->is_over, 1);
    child_join(writer);
    figure_at_least("opens of processes that come and go", reads(&m->opens), PROCESSES * OPENS);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(processes_that_open_at_once_all_get_in, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_map_that_does_not_fit_is_said_so, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
