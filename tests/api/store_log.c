/* SPDX-License-Identifier: MIT */
/* What an open cleans up after processes that ended without a close, and what it logs. */
#include "api.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"

#define SLOT_LEN 64 /* of a reader in LMDB's lock file: a cache line, with the pid at 8 */
#define PID_AT 8

/* The last line, and how many there were. */
struct logged {
    int lines, level, code;
    char text[128];
};

static void note(int level, int code, const char *text, void *ctx) {
    struct logged *l = ctx;
    l->lines++;
    l->level = level;
    l->code = code;
    (void)snprintf(l->text, sizeof l->text, "%s", text);
}

/* Lines about memory that could not be locked are of no interest here. */
static void note_but_memory(int level, int code, const char *text, void *ctx) {
    if (code != APITOKEN_E_MLOCK) note(level, code, text, ctx);
}

static struct logged open_and_close(const struct fixture *f) {
    struct logged logged = { .lines = 0 };
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    opts.log = note_but_memory;
    opts.log_ctx = &logged;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &store, NULL), 0);
    apitoken_store_close(store);
    return logged;
}

/* Opens the store and ends without closing it; its pid. */
static int leave_open(void *ctx) {
    static apitoken_store *store; /* within reach to the end: what is left open is no leak */
    const struct fixture *f = ctx;
    return apitoken_store_open(f->store_path, f->keyring, NULL, &store, NULL) == 0 ? (int)getpid()
                                                                                   : 0;
}

/*
 * A process that has the store open until holder_end(): alone, an open would begin with a new list
 * of readers.
 */
struct holder {
    pid_t pid;
    int end;
};

static struct holder holder_begin(struct fixture *f) {
    int told[2], ended[2];
    char is_open = 0;
    assert_int_equal(pipe(told), 0);
    assert_int_equal(pipe(ended), 0);
    const struct holder holder = { fork(), ended[1] };
    if (holder.pid == 0) {
        (void)close(ended[1]);
        is_open = leave_open(f) > 0;
        if (write(told[1], &is_open, 1) == 1) (void)!read(ended[0], &is_open, 1);
        _exit(0);
    }
    assert_int_equal(read(told[0], &is_open, 1), 1);
    assert_int_equal(is_open, 1);
    assert_int_equal(close(told[0]) | close(told[1]) | close(ended[0]), 0);
    return holder;
}

static void holder_end(const struct holder *holder) {
    assert_int_equal(close(holder->end), 0);
    assert_int_equal(waitpid(holder->pid, NULL, 0), holder->pid);
}

/*
 * The dead process had the pid that this one has, as the first of a container always does. Gives
 * the number of its readers.
 */
static unsigned give_pid(const struct fixture *f, int32_t from, int32_t to) {
    unsigned given = 0;
    int32_t pid;
    int fd = open(in_dir(f->store_path, "lock.mdb"), O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    for (off_t at = PID_AT; pread(fd, &pid, sizeof pid, at) == sizeof pid; at += SLOT_LEN) {
        if (pid != from) continue;
        assert_int_equal(pwrite(fd, &to, sizeof to, at), sizeof to);
        given++;
    }
    assert_int_equal(close(fd), 0);
    return given;
}

static void an_ordinary_open_says_nothing(void **state) {
    struct fixture *f = *state;
    apitoken_store_close(f->store);
    f->store = NULL;
    assert_int_equal(open_and_close(f).lines, 0);
}

static void assert_cleared(const struct logged *logged, unsigned readers, const char *whose) {
    char due[128];
    (void)snprintf(due, sizeof due, "cleared %u reader slots of %s", readers, whose);
    assert_true(readers > 0);
    assert_int_equal(logged->lines, 1);
    assert_int_equal(logged->level, APITOKEN_LOG_INFO);
    assert_int_equal(logged->code, 0);
    assert_string_equal(logged->text, due);
}

static void readers_of_a_dead_process_are_cleared_and_told(void **state) {
    struct fixture *f = *state;
    apitoken_store_close(f->store);
    f->store = NULL;
    const struct holder holder = holder_begin(f);
    const int pid = in_child(leave_open, f);
    const unsigned readers = give_pid(f, pid, pid);
    const struct logged logged = open_and_close(f);
    assert_cleared(&logged, readers, "dead processes");
    assert_int_equal(give_pid(f, pid, pid), 0);
    assert_int_equal(give_pid(f, holder.pid, holder.pid), readers); /* those of the living stay */
    assert_int_equal(open_and_close(f).lines, 0);
    holder_end(&holder);
}

static void readers_of_an_earlier_process_with_this_pid_are_cleared_and_told(void **state) {
    struct fixture *f = *state;
    apitoken_store_close(f->store);
    f->store = NULL;
    const unsigned readers = give_pid(f, in_child(leave_open, f), (int32_t)getpid());
    const struct logged logged = open_and_close(f);
    assert_cleared(&logged, readers, "an earlier process with this PID");
    assert_int_equal(open_and_close(f).lines, 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(an_ordinary_open_says_nothing),
        CASE(readers_of_a_dead_process_are_cleared_and_told),
        CASE(readers_of_an_earlier_process_with_this_pid_are_cleared_and_told),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
