/* SPDX-License-Identifier: MIT */
/*
 * fork() with an open store. In the child, each call on the inherited handle returns
 * APITOKEN_E_FORKED and never hangs, whatever the parent's threads were doing. Nothing the child
 * does harms the parent, and a store that the child opens itself works.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "fixture.h"
#include "storage.h"
#include "thread.h"
#include "watch.h"

#define FORKS 12 /* a cell of the matrix */

static struct fixture *f;
static int lock_fd;
static struct made_token good; /* stays good */

/* What parent and child tell each other. */
static struct board {
    uint32_t ready;
    struct made_token made;
} * board;

/* ---- what the parent's other thread does meanwhile ------------------------------------------- */

static uint32_t is_over;

static int write_on(void *unused) {
    (void)unused;
    while (!reads(&is_over)) {
        struct made_token made;
        THREAD_DUE(thread_create(f->store, "busy", "row", &made), 0);
        THREAD_DUE(apitoken_revoke(f->store, LIT("busy"), made.id, strlen(made.id), NULL, NULL), 0);
    }
    return 0;
}

static int validate_on(void *unused) {
    (void)unused;
    while (!reads(&is_over))
        THREAD_DUE(apitoken_validate(f->store, good.text, good.len, NULL, NULL, NULL), 0);
    return 0;
}

/* Opens and closes handles: the list of environments is being changed. */
static int open_on(void *unused) {
    (void)unused;
    while (!reads(&is_over)) {
        apitoken_store *store = NULL;
        THREAD_DUE(apitoken_store_open(f->store_path, f->keyring, NULL, &store, NULL), 0);
        apitoken_store_close(store);
    }
    return 0;
}

/* Loads keyrings: libsodium's guarded memory is being changed. */
static int load_on(void *unused) {
    (void)unused;
    while (!reads(&is_over)) {
        apitoken_keyring *keyring = NULL;
        THREAD_DUE(apitoken_keyring_load(f->keys, NULL, &keyring, NULL), 0);
        apitoken_keyring_free(keyring);
    }
    return 0;
}

static const struct scene {
    const char *name;
    int (*thread)(void *);
    int has_lock; /* fork at a moment when the write lock is held */
} scenes[] = {
    { "is_idle", NULL, 0 },
    { "writes_in_another_thread", write_on, 1 },
    { "validates_in_another_thread", validate_on, 0 },
    { "opens_in_another_thread", open_on, 0 },
    { "loads_keys_in_another_thread", load_on, 0 },
};

/* ---- what the child does --------------------------------------------------------------------- */

static void expect_forked(apitoken_store *store) {
    apitoken_secret *secret = NULL;
    apitoken_page *page = NULL;
    apitoken_token *token = NULL;
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    char out[4] = "out";
    size_t len = 7;
    assert_code(apitoken_validate(store, good.text, good.len, NULL, &verdict, NULL),
                APITOKEN_E_FORKED);
    assert_code(verdict.code, APITOKEN_E_FORKED);
    assert_int_equal(verdict.owner_len, 0);
    assert_code(apitoken_validate_header(store, good.text, good.len, NULL, NULL, NULL),
                APITOKEN_E_FORKED);
    assert_code(apitoken_create(store, LIT("anna"), LIT("n"), NULL, &secret, NULL),
                APITOKEN_E_FORKED);
    assert_code(apitoken_list(store, LIT("anna"), NULL, &page, NULL), APITOKEN_E_FORKED);
    assert_code(apitoken_show(store, LIT("anna"), good.id, strlen(good.id), NULL, &token, NULL),
                APITOKEN_E_FORKED);
    assert_code(apitoken_revoke(store, LIT("anna"), good.id, strlen(good.id), NULL, NULL),
                APITOKEN_E_FORKED);
    assert_code(apitoken_copy(store, LIT("anna"), good.id, strlen(good.id), APITOKEN_FORMAT_MASKED,
                              NULL, out, 4, &len, NULL),
                APITOKEN_E_FORKED);
    assert_code(apitoken_store_stat(store, NULL, &info, NULL), APITOKEN_E_FORKED);
    assert_null(secret);
    assert_null(page);
    assert_null(token);
    assert_string_equal(out, "out");
    assert_int_equal(len, 7);
    assert_int_equal(info.readers_max, 0);
}

static int does_calls(void *unused) {
    (void)unused;
    expect_forked(f->store);
    return 0;
}

static int does_close(void *unused) {
    (void)unused;
    apitoken_store_close(f->store);
    return 0;
}

static int does_exit(void *unused) {
    (void)unused;
    exit(0); /* with all its handlers */
}

static int does_exec(void *unused) {
    (void)unused;
    (void)execl("/bin/true", "true", (char *)NULL);
    return 1;
}

/* Its own memory: keyrings are good and may be freed. */
static int does_free(void *unused) {
    (void)unused;
    assert_int_equal(apitoken_keyring_count(f->keyring), 1);
    apitoken_keyring_free(f->keyring);
    apitoken_keyring_free(f->verify_keyring);
    return 0;
}

/*
 * Its store is a new one: what it makes and revokes, the parent sees. The inherited handle stays
 * shut, before and after.
 */
static int does_open(void *unused) {
    (void)unused;
    apitoken_store *store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    struct made_token made = board->made;
    assert_code(apitoken_validate(store, made.text, made.len, NULL, NULL, NULL), 0);
    assert_code(apitoken_revoke(store, LIT("anna"), made.id, strlen(made.id), NULL, NULL), 0);
    assert_code(apitoken_validate(store, made.text, made.len, NULL, NULL, NULL),
                APITOKEN_E_REVOKED);
    expect_forked(f->store);
    board->made = fixture_create(store, "anna", "of the child", NULL);
    apitoken_store_close(f->store);
    assert_code(apitoken_validate(store, good.text, good.len, NULL, NULL, NULL), 0);
    apitoken_store_close(store);
    return 0;
}

/* Grandchildren are children of both: neither handle is theirs. */
static apitoken_store *childs_store;

static int does_grandchild(void *unused) {
    (void)unused;
    expect_forked(f->store);
    expect_forked(childs_store);
    return does_open(NULL);
}

static int does_fork(void *unused) {
    (void)unused;
    childs_store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    child_join(child_start(does_calls, NULL));
    child_join(child_start(does_grandchild, NULL));
    assert_code(
        apitoken_validate(childs_store, board->made.text, board->made.len, NULL, NULL, NULL), 0);
    apitoken_store_close(childs_store);
    return 0;
}

static const struct deed {
    const char *name;
    child_fn run;
    int is_open; /* it revokes the token on the board and leaves one of its own there */
} deeds[] = {
    { "calls_every_verb", does_calls, 0 },
    { "closes", does_close, 0 },
    { "exits", does_exit, 0 },
    { "execs", does_exec, 0 },
    { "frees_its_keyrings", does_free, 0 },
    { "opens_anew", does_open, 1 },
    { "opens_anew_and_forks", does_fork, 1 },
};

/* ---- the matrix ------------------------------------------------------------------------------ */

struct cell {
    const struct scene *scene;
    const struct deed *deed;
    char name[100];
};

static void expect_works(apitoken_store *store) {
    struct made_token made = fixture_create(store, "anna", "after", NULL);
    assert_code(apitoken_validate(store, good.text, good.len, NULL, NULL, NULL), 0);
    assert_code(apitoken_validate(store, made.text, made.len, NULL, NULL, NULL), 0);
}

static void fork_once(const struct cell *cell) {
    struct made_token before = fixture_create(f->store, "anna", "for the child", NULL);
    board->made = before;
    if (cell->scene->has_lock)
        assert_true(watch_wait_held(lock_fd, BYTE_WRITE));
    else
        spin_random_us(300);
    child_join(child_start(cell->deed->run, NULL));
    assert_code(apitoken_validate(f->store, before.text, before.len, NULL, NULL, NULL),
                cell->deed->is_open ? APITOKEN_E_REVOKED : 0);
    assert_code(apitoken_validate(f->store, board->made.text, board->made.len, NULL, NULL, NULL),
                0);
    expect_works(f->store);
}

static void play(void **state) {
    const struct cell *cell = *state;
    char locks[4096];
    struct thread thread;
    (void)snprintf(locks, sizeof locks, "%s", watch_locks(f));
    assert_true(locks[0]);
    raise_to(&is_over, 0);
    if (cell->scene->thread) thread_start(&thread, cell->scene->thread, NULL);
    for (int i = 0; i < FORKS; i++) fork_once(cell);
    raise_to(&is_over, 1);
    if (cell->scene->thread) thread_join(&thread);
    assert_string_equal(watch_locks(f), locks);
}

/* ---- servers --------------------------------------------------------------------------------- */

enum { WORKERS = 4, TOKENS = 25 };

static int work(void *mark) {
    const apitoken_keyring *keyring = f->keyring;
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    opts.clock = fixture_clock;
    opts.clock_ctx = f;
    assert_code(apitoken_store_open(f->store_path, keyring, &opts, &store, NULL), 0);
    for (int i = 0; i < TOKENS; i++) {
        struct made_token made = fixture_create(store, mark, "row", NULL);
        assert_code(apitoken_validate(store, made.text, made.len, NULL, NULL, NULL), 0);
    }
    assert_code(apitoken_validate(store, good.text, good.len, NULL, NULL, NULL), 0);
    apitoken_store_close(store);
    return 0;
}

static size_t rows_of(apitoken_store *store, const char *owner) {
    apitoken_page *page = NULL;
    assert_code(apitoken_list(store, owner, strlen(owner), NULL, &page, NULL), 0);
    size_t count = apitoken_page_count(page);
    apitoken_page_free(page);
    return count;
}

/* The keyring is loaded in the parent, each worker opens the store. */
static void serve(const char *const owners[WORKERS]) {
    pid_t workers[WORKERS];
    for (int i = 0; i < WORKERS; i++) workers[i] = child_start(work, (void *)(uintptr_t)owners[i]);
    for (int i = 0; i < WORKERS; i++) child_join(workers[i]);
    apitoken_store *store = f->store ? f->store : fixture_open(f, APITOKEN_MODE_READ_WRITE);
    for (int i = 0; i < WORKERS; i++) assert_int_equal(rows_of(store, owners[i]), TOKENS);
    if (!f->store) f->store = store;
}

static void a_prefork_server_opens_in_its_workers(void **state) {
    static const char *const with[] = { "w1", "w2", "w3", "w4" }, *const without[] = { "x1", "x2",
                                                                                       "x3", "x4" };
    (void)state;
    serve(with); /* the parent has the store open, too */
    apitoken_store_close(f->store);
    f->store = NULL;
    serve(without);
}

/* ---- children that live on ------------------------------------------------------------------- */

/* Open while such children shall live: each waits for its end. */
static int life[2];

static int lives_on(void *unused) {
    char byte;
    (void)unused;
    (void)close(life[1]);
    raise_by_one(&board->ready);
    return read(life[0], &byte, 1) == 0 ? 0 : 1;
}

static void begin_life(void) {
    memset(board, 0, sizeof *board);
    assert_int_equal(pipe(life), 0);
}

static void end_life(const pid_t *children, int count) {
    (void)close(life[1]);
    for (int i = 0; i < count; i++) child_join(children[i]);
    (void)close(life[0]);
}

/* For which nobody may have the store open. */
static int restores(void *backup) {
    assert_code(
        apitoken_store_restore(backup, f->store_path, f->keyring, FIXTURE_RESTORE, NULL, NULL), 0);
    return 0;
}

static void a_child_that_lives_on_holds_no_lock(void **state) {
    struct made_token made;
    char backup[128];
    (void)state;
    begin_life();
    pid_t child = child_start(lives_on, NULL);
    assert_true(wait_for(&board->ready, 1));
    made = fixture_create(f->store, "anna", "beside a child", NULL);
    (void)snprintf(backup, sizeof backup, "%s/backup", f->dir);
    assert_code(apitoken_store_backup(f->store, backup, NULL, NULL), 0);
    apitoken_store_close(f->store);
    assert_false(watch_is_held(lock_fd, BYTE_IN_USE));
    child_join(child_start(restores, backup));
    (void)close(lock_fd);
    lock_fd = watch_open(f); /* of the restored store */
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(apitoken_validate(f->store, made.text, made.len, NULL, NULL, NULL), 0);
    end_life(&child, 1);
}

/*
 * Forks at any moment of many writes, also just before the lock is taken and just after it was
 * dropped.
 */
static void children_born_during_writes_hold_no_lock(void **state) {
    enum { CHILDREN = 1000 };
    pid_t children[CHILDREN];
    struct thread threads[2];
    (void)state;
    begin_life();
    raise_to(&is_over, 0);
    for (int i = 0; i < 2; i++) thread_start(&threads[i], write_on, NULL);
    for (int i = 0; i < CHILDREN; i++) {
        spin_random_us(300);
        children[i] = child_start(lives_on, NULL);
    }
    raise_to(&is_over, 1);
    for (int i = 0; i < 2; i++) (void)pthread_join(threads[i].id, NULL);
    int came_up = wait_for(&board->ready, CHILDREN),
        is_held = watch_is_held(lock_fd, BYTE_WRITE) || watch_is_held(lock_fd, BYTE_GATE);
    end_life(children, CHILDREN);
    assert_true(came_up);
    assert_false(is_held);
    for (int i = 0; i < 2; i++) assert_int_equal(threads[i].rc, 0);
    expect_works(f->store);
}

/* ---- */

/* The group's state stays NULL, so that each case of the matrix gets its cell. */
static int setup(void **state) {
    void *made = NULL;
    (void)state;
    int rc = fixture_setup(&made);
    f = made;
    lock_fd = watch_open(f);
    board = shared_memory(sizeof *board);
    good = fixture_create(f->store, "anna", "good", NULL);
    return rc;
}

static int teardown(void **state) {
    void *made = f;
    (void)state;
    return fixture_teardown(&made);
}

#define LEN(array) (sizeof(array) / sizeof *(array))

int main(int argc, char **argv) {
    static struct cell cells[LEN(scenes) * LEN(deeds)];
    struct CMUnitTest tests[2 + LEN(cells) + 1] = {
        cmocka_unit_test(a_prefork_server_opens_in_its_workers),
        cmocka_unit_test(a_child_that_lives_on_holds_no_lock),
    };
    storage_pace_syncs();
    for (size_t i = 0; i < LEN(cells); i++) {
        struct cell *cell = &cells[i];
        cell->scene = &scenes[i / LEN(deeds)];
        cell->deed = &deeds[i % LEN(deeds)];
        (void)snprintf(cell->name, sizeof cell->name, "a_child_%s_while_its_parent_%s",
                       cell->deed->name, cell->scene->name);
        tests[2 + i] = (struct CMUnitTest){ cell->name, play, NULL, NULL, cell };
    }
    tests[2 + LEN(cells)] =
        (struct CMUnitTest)cmocka_unit_test(children_born_during_writes_hold_no_lock);
    return run_cases(argc, argv, tests, setup, teardown);
}
