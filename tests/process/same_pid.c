/* SPDX-License-Identifier: MIT */
/*
 * Containers that share a store: processes in separate PID namespaces, whose numbers repeat. LMDB
 * identifies readers by pid and the owner of its write mutex by thread id, so both need locks that
 * do not depend on such numbers.
 */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "fixture.h"
#include "storage.h"
#include "thread.h"
#include "watch.h"

/* ---- containers ------------------------------------------------------------------------------ */

/* A process in a PID namespace of its own. */
struct container {
    pid_t keeper; /* its parent out here, which ends with it and as it did */
    pid_t pid;    /* its own number out here */
};

/* What the keeper needs; in shared memory, as it tells the pid. */
struct plan {
    child_fn run;
    void *ctx;
    pid_t pid_inside; /* 1, or 2: then process 1 only waits for it */
    uint32_t pid;     /* outside, once it is there */
};

static volatile pid_t kept;

/*
 * Process 1 of a namespace ignores every signal from inside, its alarm as well: the keeper has one
 * for it.
 */
static void kill_kept(int signal_number) {
    (void)signal_number;
    (void)kill(kept, SIGKILL);
}

/* /proc is still that of the outer namespace, and so is the number it gives. */
static pid_t pid_outside(void) {
    char link[16];
    ssize_t len = readlink("/proc/self", link, sizeof link - 1);
    if (len < 0) return 0;
    link[len] = '\0';
    return (pid_t)strtol(link, NULL, 10);
}

static int live_inside(void *ctx) {
    struct plan *plan = ctx;
    assert_int_equal(getpid(), plan->pid_inside);
    raise_to(&plan->pid, (uint32_t)pid_outside());
    return plan->run(plan->ctx);
}

static int be_first(void *ctx) {
    const struct plan *plan = ctx;
    return plan->pid_inside == 1 ? live_inside(ctx) : child_wait(child_start(live_inside, ctx));
}

static int keep(void *ctx) {
    assert_int_equal(unshare(CLONE_NEWPID), 0); /* for the next child */
    (void)signal(SIGALRM, kill_kept);
    kept = child_start(be_first, ctx);
    return child_wait(kept);
}

static struct container container_start(pid_t pid_inside, child_fn run, void *ctx) {
    struct plan *plan = shared_memory(sizeof *plan);
    *plan = (struct plan){ run, ctx, pid_inside, 0 };
    struct container container = { child_start(keep, plan), 0 };
    assert_true(wait_for(&plan->pid, 1));
    container.pid = (pid_t)plan->pid;
    return container;
}

static void container_kill(const struct container *container) {
    (void)kill(container->pid, SIGKILL);
    assert_int_equal(child_wait(container->keeper), 128 + SIGKILL);
}

/* ---- a host in a container ------------------------------------------------------------------- */

/*
 * What it tells of its tokens, in shared memory: the newest one, and beside it room for the next.
 */
struct ledger {
    struct fixture *f;
    uint32_t is_over;
    uint32_t created;
    struct made_token made[2];
};

static struct made_token newest(const struct ledger *ledger) {
    for (;;) {
        uint32_t created = reads(&ledger->created);
        struct made_token made = ledger->made[created % 2];
        if (reads(&ledger->created) == created) return made;
    }
}

/* Makes tokens until it is killed, or told to end. */
static int host(void *ctx) {
    struct ledger *ledger = ctx;
    apitoken_store *store = fixture_open(ledger->f, APITOKEN_MODE_READ_WRITE);
    for (uint32_t next = 1; !reads(&ledger->is_over); next++) {
        ledger->made[next % 2] = fixture_create(store, "host", "n", NULL);
        raise_to(&ledger->created, next);
    }
    apitoken_store_close(store);
    return 0;
}

static struct ledger *new_ledger(struct fixture *f) {
    struct ledger *ledger = shared_memory(sizeof *ledger);
    ledger->f = f;
    return ledger;
}

static void expect_more(const struct ledger *ledger) {
    assert_true(wait_for(&ledger->created, reads(&ledger->created) + 2));
}

static void expect_good(const struct fixture *f, struct made_token made) {
    assert_code(apitoken_validate(f->store, made.text, made.len, NULL, NULL, NULL), 0);
}

/* ---- one pid again and again ----------------------------------------------------------------- */

/*
 * Every start is pid 1, as in a container. The other process only verifies: it never looks for dead
 * readers.
 */
static void a_host_restarted_under_one_pid_leaks_no_slot(void **state) {
    enum { STARTS = 100 };
    struct fixture *f = *state;
    struct made_token good = fixture_create(f->store, "anna", "n", NULL);
    apitoken_store_close(f->store);
    f->store = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    uint32_t slots = watch_readers(f->store), most = 0;
    for (int i = 0; i < STARTS; i++) {
        struct ledger *ledger = new_ledger(f);
        struct container container = container_start(1, host, ledger);
        assert_true(wait_for(&ledger->created, 1));
        spin_random_us(1000);
        container_kill(&container);
        uint32_t now = watch_readers(f->store);
        most = now > most ? now : most;
        expect_good(f, good);
        expect_good(f, newest(ledger));
    }
    print_message("# same_pid_starts %d slots_alone %u slots_most %u\n", STARTS, slots, most);
    assert_true(most <= 2 * slots);
}

/* ---- one pid twice at a time ----------------------------------------------------------------- */

static int expect_pid_clash(void *ctx) {
    struct fixture *f = ctx;
    for (uint32_t mode = APITOKEN_MODE_READ_WRITE; mode <= APITOKEN_MODE_VERIFY_ONLY; mode++) {
        apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
        apitoken_store *store = NULL;
        opts.mode = mode;
        assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &store, NULL),
                    APITOKEN_E_PID_CLASH);
        assert_null(store);
    }
    return 0;
}

static int open_and_close(void *ctx) {
    apitoken_store_close(fixture_open(ctx, APITOKEN_MODE_READ_WRITE));
    return 0;
}

static void join(const struct container *container) { child_join(container->keeper); }

/* The second one is told so, the first one is not disturbed. */
static void a_second_process_of_the_same_pid_is_refused(void **state) {
    struct fixture *f = *state;
    struct ledger *ledger = new_ledger(f);
    struct container first = container_start(1, host, ledger);
    assert_true(wait_for(&ledger->created, 1));
    uint32_t slots = watch_readers(f->store);
    for (int i = 0; i < 5; i++) {
        struct container second = container_start(1, expect_pid_clash, f);
        join(&second);
        expect_more(ledger);
        expect_good(f, newest(ledger));
        assert_int_equal(watch_readers(f->store), slots);
    }
    struct container other = container_start(2, open_and_close, f);
    join(&other);
    container_kill(&first);
    struct container second = container_start(1, open_and_close, f);
    join(&second);
    expect_good(f, newest(ledger));
}

/* ---- one thread id twice at a time ----------------------------------------------------------- */

static int create_in_thread(void *ctx) {
    struct ledger *ledger = ctx;
    apitoken_store *store = NULL;
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    opts.timeout_ms = CHILD_LIMIT_S * 1000;
    if (gettid() != 2) return thread_tell("gettid()", gettid(), 2, __FILE__, __LINE__);
    THREAD_DUE(apitoken_store_open(ledger->f->store_path, ledger->f->keyring, NULL, &store, NULL),
               0);
    raise_to(&ledger->created, 1);
    THREAD_DUE(apitoken_create(store, LIT("waiter"), LIT("n"), &opts, &secret, NULL), 0);
    return 0;
}

/* Process 1, whose second thread has id 2 and waits for the write lock. */
static int wait_to_write(void *ctx) {
    struct thread thread;
    thread_start(&thread, create_in_thread, ctx);
    thread_join(&thread);
    return 0;
}

/*
 * The kernel marks LMDB's write mutex as left by a dead owner when a thread dies that waits for it
 * and has the owner's id, though the owner lives: the next writer would enter beside it, and a
 * commit would be lost.
 */
static void kill_a_waiter(struct fixture *f, int lock_fd, const struct container *writer,
                          const struct ledger *written) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    struct ledger *ledger = new_ledger(f);
    opts.timeout_ms = 100;
    watch_stop_in_write(lock_fd, writer->pid);
    struct container waiter = container_start(1, wait_to_write, ledger);
    assert_true(wait_for(&ledger->created, 1));
    assert_true(watch_wait_held(lock_fd, BYTE_GATE));
    container_kill(&waiter);
    assert_code(apitoken_create(f->store, LIT("anna"), LIT("n"), &opts, &secret, NULL),
                APITOKEN_E_BUSY);
    process_continue(writer->pid);
    expect_more(written);
    expect_good(f, newest(written));
}

static uint64_t tokens_of(apitoken_store *store) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    assert_code(apitoken_store_stat(store, NULL, &info, NULL), 0);
    return info.tokens;
}

static void a_killed_waiter_lets_nobody_in(void **state) {
    enum { ROUNDS = 20 };
    struct fixture *f = *state;
    struct ledger *written = new_ledger(f);
    uint64_t mine = tokens_of(f->store);
    int lock_fd = watch_open(f);
    struct container writer = container_start(2, host, written); /* its only thread has id 2 */
    for (int i = 0; i < ROUNDS; i++) {
        kill_a_waiter(f, lock_fd, &writer, written);
        expect_good(f, fixture_create(f->store, "anna", "n", NULL));
    }
    raise_to(&written->is_over, 1);
    join(&writer);
    (void)close(lock_fd);
    assert_int_equal(tokens_of(f->store), mine + ROUNDS + written->created);
    print_message("# waiters_killed %d commits %u lost 0\n", ROUNDS, written->created + ROUNDS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_host_restarted_under_one_pid_leaks_no_slot),
        TEST(a_second_process_of_the_same_pid_is_refused),
        TEST(a_killed_waiter_lets_nobody_in),
    };
    storage_pace_syncs();
    if (geteuid() != 0) {
        print_message("1..0 # SKIP only root may make PID namespaces\n");
        return 0;
    }
    return run_cases(argc, argv, tests, NULL, NULL);
}
