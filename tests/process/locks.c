/* SPDX-License-Identifier: MIT */
/*
 * What a stopped or killed process can do to others: a stopped writer delays writers until their
 * deadline and nobody else; a killed writer loses nothing that was acknowledged; a dead reader
 * keeps no page from being reused.
 */
#include <lmdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "busy.h"
#include "cases.h"
#include "child.h"
#include "fixture.h"
#include "storage.h"
#include "thread.h"
#include "watch.h"

enum { TIMEOUT_MS = 200 };

static apitoken_store_info info_of(apitoken_store *store) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    assert_code(apitoken_store_stat(store, NULL, &info, NULL), 0);
    return info;
}

/* ---- a writer that does not go on ------------------------------------------------------------ */

static void expect_busy_at_the_deadline(const struct fixture *f, const struct made_token *made) {
    apitoken_create_opts create = APITOKEN_CREATE_OPTS_INIT;
    apitoken_revoke_opts revoke = APITOKEN_REVOKE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    create.timeout_ms = revoke.timeout_ms = TIMEOUT_MS;
    EXPECT_BUSY_AT(TIMEOUT_MS,
                   apitoken_create(f->store, LIT("anna"), LIT("n"), &create, &secret, NULL));
    assert_null(secret);
    EXPECT_BUSY_AT(TIMEOUT_MS, apitoken_revoke(f->store, LIT("anna"), made->id, strlen(made->id),
                                               &revoke, NULL));
}

struct question {
    struct fixture *f;
    const struct made_token *made;
};

static void expect_reads(apitoken_store *store, const struct made_token *made) {
    apitoken_page *page = NULL;
    assert_code(apitoken_validate(store, made->text, made->len, NULL, NULL, NULL), 0);
    assert_code(apitoken_list(store, LIT("anna"), NULL, &page, NULL), 0);
    assert_true(apitoken_page_count(page) > 0);
    apitoken_page_free(page);
    (void)info_of(store);
}

static int open_and_read(void *ctx) {
    const struct question *q = ctx;
    static const uint32_t modes[] = { APITOKEN_MODE_VERIFY_ONLY, APITOKEN_MODE_READ_WRITE };
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        apitoken_store *store = fixture_open(q->f, modes[i]);
        expect_reads(store, q->made);
        apitoken_store_close(store);
    }
    return 0;
}

/* While somebody else does not give the write lock back. */
static void expect_only_writers_wait(struct fixture *f, const struct made_token *made) {
    struct question q = { f, made };
    expect_busy_at_the_deadline(f, made);
    expect_reads(f->store, made);
    child_join(child_start(open_and_read, &q));
}

static void expect_writes(const struct fixture *f) {
    struct made_token made = fixture_create(f->store, "anna", "n", NULL);
    assert_code(apitoken_revoke(f->store, LIT("anna"), made.id, strlen(made.id), NULL, NULL), 0);
}

static void hold_byte(struct fixture *f, int byte) {
    struct made_token made = fixture_create(f->store, "anna", "n", NULL);
    int fd = watch_open(f);
    assert_true(watch_take(fd, byte));
    expect_only_writers_wait(f, &made);
    (void)close(fd);
    expect_writes(f);
}

static void a_held_write_lock_holds_up_writers_alone(void **state) {
    hold_byte(*state, BYTE_WRITE);
}

static void a_held_gate_holds_up_writers_alone(void **state) { hold_byte(*state, BYTE_GATE); }

/* A revoke that waits in a thread: its code. */
struct waiting {
    struct fixture *f;
    const struct made_token *made;
    int rc;
};

static int revoke_after_the_wait(void *ctx) {
    struct waiting *w = ctx;
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.timeout_ms = CHILD_LIMIT_S * 1000;
    w->rc =
        apitoken_revoke(w->f->store, LIT("anna"), w->made->id, strlen(w->made->id), &opts, NULL);
    return 0;
}

/*
 * Who waited for the lock looks again whether the store is still the one at the path, or its change
 * would go where nobody looks.
 */
static void a_store_replaced_during_the_wait_is_noticed(void **state) {
    struct fixture *f = *state;
    struct made_token made = fixture_create(f->store, "anna", "n", NULL);
    struct waiting waiting = { f, &made, 1 };
    struct thread thread;
    char aside[128];
    (void)snprintf(aside, sizeof aside, "%s/aside", f->dir);
    int fd = watch_open(f), eye = watch_open(f);
    assert_true(watch_take(fd, BYTE_WRITE));
    thread_start(&thread, revoke_after_the_wait, &waiting);
    /* it has looked, and waits for the lock behind the gate */
    assert_true(watch_wait_held(eye, BYTE_GATE));
    assert_int_equal(rename(f->store_path, aside), 0);
    fixture_make_store(f, NULL);
    (void)close(fd);
    (void)close(eye);
    thread_join(&thread);
    assert_code(waiting.rc, APITOKEN_E_REPLACED);
}

static int write_for_ever(void *ctx) {
    struct fixture *f = ctx;
    apitoken_store *store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    while (fixture_create(store, "child", "n", NULL).len > 0) continue;
    return 1;
}

enum { STOPS = 5 };

static void a_stopped_writer_holds_up_writers_alone(void **state) {
    struct fixture *f = *state;
    struct made_token made = fixture_create(f->store, "anna", "n", NULL);
    int fd = watch_open(f);
    pid_t writer = child_start(write_for_ever, f);
    for (int i = 0; i < STOPS; i++) {
        watch_stop_in_write(fd, writer);
        expect_only_writers_wait(f, &made);
        process_continue(writer);
        expect_writes(f);
    }
    watch_stop_in_write(fd, writer);
    child_kill(writer); /* its lock goes with it */
    expect_writes(f);
    (void)close(fd);
}

/* ---- a child made without fork() ------------------------------------------------------------- */

/* A child that its parent made with the bare system call, so that no handler closed anything. */
struct orphan {
    struct fixture *f;
    int execs; /* at its end it becomes another program */
    pid_t pid;
    uint32_t is_born, is_over;
};

static void live_on(struct orphan *orphan) {
    (void)wait_for(&orphan->is_over, 1);
    if (orphan->execs) (void)execl("/bin/sleep", "sleep", "1000", (char *)NULL);
    _exit(0);
}

static int write_with_an_unhandled_child(void *ctx) {
    struct orphan *orphan = ctx;
    apitoken_store *store = fixture_open(orphan->f, APITOKEN_MODE_READ_WRITE);
    const pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid == 0) live_on(orphan);
    orphan->pid = pid;
    raise_to(&orphan->is_born, 1);
    while (fixture_create(store, "child", "n", NULL).len > 0) continue;
    return 1;
}

/*
 * While its parent lives, the child is in nobody's way. If the parent dies in a write, the child
 * has its lock until it ends or becomes another program.
 */
static void outlive_a_writer(struct fixture *f, int execs) {
    struct made_token made = fixture_create(f->store, "anna", "n", NULL);
    struct orphan *orphan = shared_memory(sizeof *orphan);
    struct waiting waiting = { f, &made, 1 };
    int fd = watch_open(f);
    *orphan = (struct orphan){ .f = f, .execs = execs };
    pid_t writer = child_start(write_with_an_unhandled_child, orphan);
    assert_true(wait_for(&orphan->is_born, 1));
    expect_writes(f);
    watch_stop_in_write(fd, writer);
    const pid_t pid = orphan->pid;
    assert_true(pid > 0);
    child_kill(writer);
    assert_true(watch_is_held(fd, BYTE_WRITE));
    expect_only_writers_wait(f, &made);
    raise_to(&orphan->is_over, 1);
    (void)revoke_after_the_wait(&waiting);
    if (execs) assert_int_equal(kill(pid, SIGKILL), 0); /* it is still there */
    assert_code(waiting.rc, 0);
    (void)close(fd);
    expect_writes(f);
}

static void a_child_made_without_handlers_has_a_dead_writers_lock_until_it_ends(void **state) {
    outlive_a_writer(*state, 0);
}

static void a_child_made_without_handlers_loses_it_when_it_execs(void **state) {
    outlive_a_writer(*state, 1);
}

/* ---- a writer that is killed ----------------------------------------------------------------- */

enum { KILLS = 200, TOKENS_MAX = 2000, SPREAD_US = 2000 };

/* What the writer was told, in shared memory. */
struct ledger {
    struct fixture *f;
    uint32_t created, revoked; /* so many calls returned 0 */
    struct made_token made[TOKENS_MAX];
};

static int create_and_revoke(void *ctx) {
    struct ledger *ledger = ctx;
    apitoken_store *store = fixture_open(ledger->f, APITOKEN_MODE_READ_WRITE);
    for (uint32_t i = 0; i < TOKENS_MAX; i++) {
        struct made_token *made = &ledger->made[i];
        *made = fixture_create(store, "child", "n", NULL);
        raise_to(&ledger->created, i + 1);
        assert_code(apitoken_revoke(store, LIT("child"), made->id, strlen(made->id), NULL, NULL),
                    0);
        raise_to(&ledger->revoked, i + 1);
    }
    return 0;
}

/*
 * Everything acknowledged is there, and at most the one call under way besides. Returns how many
 * tokens were acknowledged.
 */
static uint32_t audit(const struct fixture *f, const struct ledger *ledger, uint64_t tokens_before,
                      uint64_t revoked_before) {
    uint32_t created = reads(&ledger->created), revoked = reads(&ledger->revoked);
    apitoken_store_info info = info_of(f->store);
    for (uint32_t i = 0; i < created; i++) {
        const struct made_token *made = &ledger->made[i];
        int rc = apitoken_validate(f->store, made->text, made->len, NULL, NULL, NULL);
        if (i < revoked || rc != 0) assert_code(rc, APITOKEN_E_REVOKED);
    }
    assert_in_range(info.tokens - tokens_before, created, created + 1);
    assert_in_range(info.revoked - revoked_before, revoked, revoked + 1);
    return created;
}

static void killed_writers_lose_nothing(void **state) {
    struct fixture *f = *state;
    struct ledger *ledger = shared_memory(sizeof *ledger);
    uint64_t acknowledged = 0;
    for (int i = 0; i < KILLS; i++) {
        apitoken_store_info before = info_of(f->store);
        *ledger = (struct ledger){ .f = f };
        pid_t writer = child_start(create_and_revoke, ledger);
        assert_true(wait_for(&ledger->created, (uint32_t)i % 4)); /* 0: it may be opening yet */
        spin_random_us(SPREAD_US);
        child_kill(writer);
        acknowledged += audit(f, ledger, before.tokens, before.revoked);
        expect_writes(f);
    }
    print_message("# killed_writers %d creates_acknowledged %llu lost 0\n", KILLS,
                  (unsigned long long)acknowledged);
    assert_true(acknowledged >= KILLS);
}

/* ---- readers that are killed ----------------------------------------------------------------- */

/* The public calls hold a snapshot for microseconds, so the readers here are LMDB's own. */
struct crowd {
    struct fixture *f;
    uint32_t ready;
};

static MDB_env *open_raw(const struct fixture *f) {
    MDB_env *env = NULL;
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_open(env, f->store_path, MDB_NOTLS | MDB_RDONLY, 0640), 0);
    return env;
}

static int pin_a_snapshot(void *ctx) {
    struct crowd *crowd = ctx;
    MDB_txn *txn = NULL;
    assert_int_equal(mdb_txn_begin(open_raw(crowd->f), NULL, MDB_RDONLY, &txn), 0);
    raise_by_one(&crowd->ready);
    return pause(); /* until it is killed */
}

static int take_every_slot(void *ctx) {
    struct crowd *crowd = ctx;
    MDB_env *env = open_raw(crowd->f);
    MDB_txn *txn = NULL;
    int rc = 0;
    while (rc == 0) rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
    assert_int_equal(rc, MDB_READERS_FULL);
    raise_to(&crowd->ready, 1);
    return pause(); /* until it is killed */
}

/*
 * By how much the used part of the file grows over many changes that leave as many tokens as there
 * were.
 */
enum { CHANGES = 150 };

static uint64_t growth(const struct fixture *f) {
    static struct made_token made[CHANGES];
    for (int i = 0; i < CHANGES; i++) made[i] = fixture_create(f->store, "anna", "n", NULL);
    uint64_t before = info_of(f->store).used_bytes;
    for (int i = 0; i < CHANGES; i++)
        assert_code(
            apitoken_revoke(f->store, LIT("anna"), made[i].id, strlen(made[i].id), NULL, NULL), 0);
    uint64_t after = info_of(f->store).used_bytes;
    return after > before ? after - before : 0;
}

static void dead_readers_keep_no_page(void **state) {
    enum { READERS = 300 };
    struct fixture *f = *state;
    struct crowd *crowd = shared_memory(sizeof *crowd);
    pid_t readers[READERS];
    uint32_t slots = watch_readers(f->store);
    uint64_t alone = growth(f);
    crowd->f = f;
    for (int i = 0; i < READERS; i++) readers[i] = child_start(pin_a_snapshot, crowd);
    assert_true(wait_for(&crowd->ready, READERS));
    uint64_t pinned = growth(f);
    for (int i = 0; i < READERS; i++) child_kill(readers[i]);
    assert_int_equal(watch_readers(f->store), slots + READERS);
    uint64_t after = growth(f);
    print_message("# dead_readers %d growth_alone %llu growth_pinned %llu growth_after %llu\n",
                  READERS, (unsigned long long)alone, (unsigned long long)pinned,
                  (unsigned long long)after);
    assert_int_equal(watch_readers(f->store), slots);
    assert_true(pinned > 20 * (alone + 4096)); /* a live reader does, so the measure sees it */
    assert_true(after <= alone + 16 * 4096);
}

enum { MANY = 200, COMMITS_MIN = 65, COMMITS_MAX = 20000 };

static int add_idle_readers(void *ctx) {
    struct crowd *crowd = ctx;
    MDB_env *env = open_raw(crowd->f);
    for (int i = 0; i < MANY; i++) {
        MDB_txn *txn = NULL;
        assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
        mdb_txn_reset(txn);
    }
    raise_by_one(&crowd->ready);
    return pause(); /* until it is killed */
}

static void add_dead(struct crowd *crowd, child_fn run) {
    const uint32_t ready = reads(&crowd->ready) + 1;
    pid_t child = child_start(run, crowd);
    assert_true(wait_for(&crowd->ready, ready));
    child_kill(child);
}

/* Asking about each of so many would take longer than the write. */
static void many_dead_readers_are_cleared_when_one_keeps_pages(void **state) {
    struct fixture *f = *state;
    struct crowd *crowd = shared_memory(sizeof *crowd);
    const uint32_t slots = watch_readers(f->store);
    int commits = 0;
    crowd->f = f;
    add_dead(crowd, add_idle_readers);
    expect_writes(f);
    assert_int_equal(watch_readers(f->store), slots + MANY);
    add_dead(crowd, pin_a_snapshot);
    while (watch_readers(f->store) > slots && commits < COMMITS_MAX) {
        (void)fixture_create(f->store, "anna", "n", NULL);
        commits++;
    }
    assert_in_range(commits, COMMITS_MIN, COMMITS_MAX - 1);
}

static int expect_readers_full(void *ctx) {
    struct fixture *f = ctx;
    apitoken_store *store = NULL;
    assert_code(apitoken_store_open(f->store_path, f->keyring, NULL, &store, NULL),
                APITOKEN_E_READERS_FULL);
    assert_null(store);
    return 0;
}

enum { THREADS = 8, VALIDATES = 200000 };

static int validate_often(void *ctx) {
    const struct question *q = ctx;
    for (int i = 0; i < VALIDATES; i++)
        THREAD_DUE(apitoken_validate(q->f->store, q->made->text, q->made->len, NULL, NULL, NULL),
                   0);
    return 0;
}

/* They need more slots than their process has, and wait for those of each other. */
static void expect_threads_read(struct question *q) {
    struct thread threads[THREADS];
    for (int i = 0; i < THREADS; i++) thread_start(&threads[i], validate_often, q);
    for (int i = 0; i < THREADS; i++) thread_join(&threads[i]);
}

static void a_full_reader_table_is_an_error_until_its_holder_dies(void **state) {
    struct fixture *f = *state;
    struct made_token made = fixture_create(f->store, "anna", "n", NULL);
    struct question q = { f, &made };
    struct crowd *crowd = shared_memory(sizeof *crowd);
    crowd->f = f;
    pid_t reader = child_start(take_every_slot, crowd);
    assert_true(wait_for(&crowd->ready, 1));
    expect_reads(f->store, &made); /* who has a slot goes on */
    expect_threads_read(&q);
    expect_writes(f);
    child_join(child_start(expect_readers_full, f));
    child_kill(reader);
    child_join(child_start(open_and_read, &q));
}

/* ---- descriptors ----------------------------------------------------------------------------- */

/*
 * How many of the descriptors that a program inherits from this process lead into the fixture's
 * directory.
 */
static int inherited(const struct fixture *f) {
    char line[512];
    int lines = 0, found = 0;
    (void)fflush(NULL);
    FILE *list = popen("ls -l /proc/self/fd", "re");
    assert_non_null(list);
    while (fgets(line, sizeof line, list)) {
        lines++;
        if (strstr(line, f->dir)) found++;
    }
    assert_int_equal(pclose(list), 0);
    assert_true(lines > 3);
    return found;
}

static void no_descriptor_is_inherited(void **state) {
    struct fixture *f = *state;
    expect_writes(f);
    apitoken_store *other = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    assert_int_equal(inherited(f), 0);
    apitoken_store_close(other);
    int fd = watch_open(f);
    int leaked = dup(fd); /* the look does see one */
    assert_int_equal(inherited(f), 1);
    (void)close(leaked);
    (void)close(fd);
}

static void no_descriptor_is_left_open(void **state) {
    struct fixture *f = *state;
    size_t before = watch_fds();
    for (int i = 0; i < 20; i++) {
        apitoken_store *other = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
        expect_writes(f);
        apitoken_store_close(other);
    }
    assert_int_equal(watch_fds(), before);
    apitoken_store_close(f->store);
    size_t closed = watch_fds();
    for (int i = 0; i < 20; i++) {
        f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
        expect_writes(f);
        apitoken_store_close(f->store);
    }
    f->store = NULL;
    assert_int_equal(watch_fds(), closed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_held_write_lock_holds_up_writers_alone),
        TEST(a_held_gate_holds_up_writers_alone),
        TEST(a_store_replaced_during_the_wait_is_noticed),
        TEST(a_stopped_writer_holds_up_writers_alone),
        TEST(a_child_made_without_handlers_has_a_dead_writers_lock_until_it_ends),
        TEST(a_child_made_without_handlers_loses_it_when_it_execs),
        TEST(killed_writers_lose_nothing),
        TEST(dead_readers_keep_no_page),
        TEST(many_dead_readers_are_cleared_when_one_keeps_pages),
        TEST(a_full_reader_table_is_an_error_until_its_holder_dies),
        TEST(no_descriptor_is_inherited),
        TEST(no_descriptor_is_left_open),
    };
    storage_pace_syncs();
    return run_cases(argc, argv, tests, NULL, NULL);
}
