/* SPDX-License-Identifier: MIT */
/*
 * A store that is removed or replaced under a host that only validates. For at most a second the
 * host continues with the old store, in which nobody can revoke any more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "figure.h"
#include "fixture.h"
#include "storage.h"

enum { WINDOW_US = 1000000 };

struct host {
    struct fixture *f;
    struct made_token good;
    uint32_t is_up;
    int64_t last_us; /* when the last call began that said yes */
    int rc;          /* of the first one that did not */
};

/*
 * The clock that says when it is time to look. On a busy machine it stands still for more than a
 * tick now and then, which is no fault of the host.
 */
static int64_t coarse_us(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* By how much that clock may be slewed against the one that hosts see, and be behind. */
static int64_t slack_us(void) {
    struct timespec tick;
    assert_int_equal(clock_getres(CLOCK_MONOTONIC_COARSE, &tick), 0);
    return 2 * (tick.tv_nsec / 1000 + 1);
}

/* On the clock of the system, as hosts do: it also says when it is time to look. */
static int validate_on(void *ctx) {
    struct host *host = ctx;
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    opts.mode = APITOKEN_MODE_VERIFY_ONLY;
    assert_code(
        apitoken_store_open(host->f->store_path, host->f->verify_keyring, &opts, &store, NULL), 0);
    do {
        int64_t begin_us = coarse_us();
        host->rc = apitoken_validate(store, host->good.text, host->good.len, NULL, NULL, NULL);
        if (host->rc == 0) host->last_us = begin_us;
        raise_to(&host->is_up, 1);
    } while (host->rc == 0);
    /* and it stays so */
    assert_code(apitoken_validate(store, host->good.text, host->good.len, NULL, NULL, NULL),
                host->rc);
    apitoken_store_close(store);
    return 0;
}

/* For so many microseconds the host went on. */
static uint64_t play(struct fixture *f,
                     void (*replace)(struct fixture *f, const struct made_token *good)) {
    struct host *host = shared_memory(sizeof *host);
    host->f = f;
    host->good = fixture_create(f->store, "anna", "n", NULL);
    apitoken_store_close(f->store);
    f->store = NULL;
    char command[256];
    (void)snprintf(command, sizeof command, "cp -a --sparse=always '%s' '%s/copy'", f->store_path,
                   f->dir);
    assert_int_equal(system(command), 0);
    pid_t child = child_start(validate_on, host);
    assert_true(wait_for(&host->is_up, 1));
    replace(f, &host->good);
    int64_t replaced_us = now_us();
    child_join(child);
    assert_code(host->rc, APITOKEN_E_REPLACED);
    return host->last_us > replaced_us ? (uint64_t)(host->last_us - replaced_us) : 0;
}

static void path_in(const struct fixture *f, const char *name, char path[128]) {
    (void)snprintf(path, 128, "%s/%s", f->dir, name);
}

static void move_away(const struct fixture *f) {
    char aside[128];
    path_in(f, "aside", aside);
    assert_int_equal(rename(f->store_path, aside), 0);
}

static void remove_it(struct fixture *f, const struct made_token *good) {
    (void)good;
    char path[128];
    path_in(f, "store/data.mdb", path);
    assert_int_equal(unlink(path), 0);
}

static void make_another(struct fixture *f, const struct made_token *good) {
    (void)good;
    move_away(f);
    fixture_make_store(f, NULL);
}

/* What is revoked there, the host's own store does not know. */
static void put_back_a_copy(struct fixture *f, const struct made_token *good) {
    char copy[128];
    path_in(f, "copy", copy);
    move_away(f);
    assert_int_equal(rename(copy, f->store_path), 0);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(apitoken_revoke(f->store, LIT("anna"), good->id, strlen(good->id), NULL, NULL), 0);
}

static void a_host_goes_on_for_a_second_at_most(void **state) {
    static void (*const ways[])(struct fixture * f,
                                const struct made_token *good) = { remove_it, make_another,
                                                                   put_back_a_copy };
    uint64_t longest = 0;
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        void *made = NULL;
        (void)fixture_setup(&made);
        uint64_t us = play(made, ways[i]);
        longest = us > longest ? us : longest;
        (void)fixture_teardown(&made);
    }
    figure_at_most("microseconds in which a host goes on with a store that was replaced", longest,
                   (uint64_t)(WINDOW_US + slack_us()));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_host_goes_on_for_a_second_at_most) };
    storage_in_memory(STORAGE_USUAL);
    return run_cases(argc, argv, tests, NULL, NULL);
}
