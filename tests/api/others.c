/* SPDX-License-Identifier: MIT */
/*
 * What other processes hold of a store, or left behind when they died, and how a handle deals with
 * it.
 */
#include "api.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"

/* a byte of writer.lock; a slot of lock.mdb, and where its pid stands */
enum { REGISTER = 2, SLOT = 64, PID_AT = 8 };

static const char *readers_file(const struct fixture *f) {
    return in_dir(f->store_path, "lock.mdb");
}

/* A process that dies with a handle open: its pid. */
static pid_t leave_handle(const struct fixture *f) {
    int status = -1;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        apitoken_store *store = NULL;
        _exit(apitoken_store_open(f->store_path, f->keyring, NULL, &store, NULL) == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    return pid;
}

static void close_store(struct fixture *f) {
    apitoken_store_close(f->store);
    f->store = NULL;
}

/* Or the pages that they saw would never be used again. */
static void a_write_clears_the_slots_of_the_dead(void **state) {
    struct fixture *f = *state;
    uint32_t own = info_of(f->store).readers;
    (void)leave_handle(f);
    assert_int_equal(info_of(f->store).readers, 2 * own);
    assert_code(try_create(f->store, "owner", "name", NULL), 0);
    assert_int_equal(info_of(f->store).readers, own);
}

static void an_open_clears_the_slots_of_the_dead(void **state) {
    struct fixture *f = *state;
    uint32_t own = info_of(f->store).readers;
    close_store(f);
    (void)leave_handle(f);
    f->store = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    assert_int_equal(info_of(f->store).readers, own);
}

/*
 * Gives all slots of the dead process to this one, as if both were the first process of a
 * container.
 */
static size_t take_over_slots(const struct fixture *f, pid_t dead) {
    char line[SLOT];
    const int32_t own = (int32_t)getpid();
    int32_t pid;
    size_t count = 0;
    int fd = open(readers_file(f), O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    for (off_t at = 0; pread(fd, line, sizeof line, at) == (ssize_t)sizeof line; at += SLOT) {
        memcpy(&pid, line + PID_AT, sizeof pid);
        if (pid != dead) continue;
        assert_int_equal(pwrite(fd, &own, sizeof own, at + PID_AT), sizeof own);
        count++;
    }
    assert_int_equal(close(fd), 0);
    return count;
}

/* LMDB never clears slots of its own pid. */
static void an_open_clears_the_slots_of_a_dead_one_of_the_same_pid(void **state) {
    struct fixture *f = *state;
    uint32_t own = info_of(f->store).readers;
    close_store(f);
    assert_true(take_over_slots(f, leave_handle(f)) > 0);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_int_equal(info_of(f->store).readers, own);
}

/*
 * Opens take turns, as LMDB sets up its lock file without looking whether another process does:
 * also with one that reads it.
 */
static void an_open_that_waits_for_its_turn_touches_nothing(void **state) {
    static const short types[] = { F_WRLCK, F_RDLCK };
    struct fixture *f = *state;
    close_store(f);
    for (size_t i = 0; i < COUNT(types); i++) {
        struct flock lock = {
            .l_type = types[i], .l_whence = SEEK_SET, .l_start = REGISTER, .l_len = 1
        };
        apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
        int fd = open(in_dir(f->store_path, "writer.lock"), O_RDWR | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(truncate(readers_file(f), 0), 0);
        assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
        opts.timeout_ms = 5;
        assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &f->store, NULL),
                    APITOKEN_E_BUSY);
        assert_null(f->store);
        assert_int_equal(file_size(readers_file(f)), 0);
        assert_int_equal(close(fd), 0);
        f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
        close_store(f);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(a_write_clears_the_slots_of_the_dead),
        CASE(an_open_clears_the_slots_of_the_dead),
        CASE(an_open_clears_the_slots_of_a_dead_one_of_the_same_pid),
        CASE(an_open_that_waits_for_its_turn_touches_nothing),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
