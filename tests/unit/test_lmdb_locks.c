/* SPDX-License-Identifier: MIT */
#include "lmdb/process/locks.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "samples.h"

#define SENTINEL (-77)

/*
 * The next definition of a name, into a pointer to a function, which ISO C does not let a pointer
 * to data be.
 */
#define REAL(pointer, name)                       \
    do {                                          \
        void *found = dlsym(RTLD_NEXT, name);     \
        memcpy(&(pointer), &found, sizeof found); \
    } while (0)

static unsigned fstats_left; /* unless 0: the last of so many fails */

int fstat(int fd, struct stat *st) {
    int (*real)(int, struct stat *);
    REAL(real, "fstat64");
    if (fstats_left == 0 || --fstats_left > 0) return real(fd, st);
    errno = EIO;
    return -1;
}

/* A lock file and two takers of it. */
struct place {
    struct fixture fixture; /* first: fixture_teardown() takes it */
    int dir_fd;
    int a, b;
};

static int setup(void **state) {
    struct place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    fixture_make_dir(&p->fixture);
    p->dir_fd = open(p->fixture.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = openat(p->dir_fd, ATK_LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
    assert_true(p->dir_fd >= 0 && fd >= 0);
    assert_int_equal(close(fd), 0);
    assert_code(atk_locks_open(p->dir_fd, 0, &p->a, NULL), 0);
    assert_code(atk_locks_open(p->dir_fd, 0, &p->b, NULL), 0);
    *state = p;
    return 0;
}

static int teardown(void **state) {
    struct place *p = *state;
    atk_locks_close(&p->a);
    atk_locks_close(&p->b);
    (void)close(p->dir_fd);
    return fixture_teardown(state);
}

/* Whether b gets the byte; gives it back. */
static int is_free(const struct place *p, enum atk_lock_byte byte, int shared) {
    int got = atk_locks_try(p->b, byte, shared);
    if (got) atk_locks_drop(p->b, byte);
    return got;
}

static int take(int fd, enum atk_lock_byte byte, int shared, uint32_t timeout_ms) {
    struct atk_deadline deadline = atk_deadline_in(timeout_ms);
    apitoken_error err = APITOKEN_ERROR_INIT;
    int rc = atk_locks_take(fd, byte, shared, &deadline, &err);
    assert_int_equal(err.code, rc);
    return rc;
}

static const enum atk_lock_byte all_bytes[] = { ATK_LOCK_QUEUE, ATK_LOCK_WRITE, ATK_LOCK_READERS,
                                                ATK_LOCK_IN_USE };
#define BYTES (sizeof all_bytes / sizeof all_bytes[0])

static void test_one_alone_or_many_together(void **state) {
    const struct place *p = *state;
    for (size_t i = 0; i < BYTES; i++) {
        const enum atk_lock_byte byte = all_bytes[i];
        assert_true(atk_locks_try(p->a, byte, 0));
        assert_false(is_free(p, byte, 0));
        assert_false(is_free(p, byte, 1));
        atk_locks_drop(p->a, byte);
        assert_true(atk_locks_try(p->a, byte, 1));
        assert_true(is_free(p, byte, 1));
        assert_false(is_free(p, byte, 0));
        atk_locks_drop(p->a, byte);
        assert_true(is_free(p, byte, 0));
    }
}

static void test_bytes_do_not_touch_each_other(void **state) {
    const struct place *p = *state;
    for (size_t i = 0; i < BYTES; i++) {
        assert_true(atk_locks_try(p->a, all_bytes[i], 0));
        for (size_t k = 0; k < BYTES; k++) assert_int_equal(is_free(p, all_bytes[k], 0), k != i);
        atk_locks_drop(p->a, all_bytes[i]);
    }
}

static void test_waiting_ends_at_the_deadline(void **state) {
    const struct place *p = *state;
    assert_code(take(p->a, ATK_LOCK_WRITE, 0, 0), 0);
    assert_code(take(p->b, ATK_LOCK_WRITE, 0, 0), APITOKEN_E_BUSY);
    assert_code(take(p->b, ATK_LOCK_WRITE, 1, 5), APITOKEN_E_BUSY);
    atk_locks_drop(p->a, ATK_LOCK_WRITE);
    assert_code(take(p->b, ATK_LOCK_WRITE, 0, 0), 0);
}

static void test_a_deadline_is_shared_by_all_waits_of_a_call(void **state) {
    const struct place *p = *state;
    struct atk_deadline deadline = atk_deadline_in(3);
    assert_true(atk_locks_try(p->a, ATK_LOCK_WRITE, 0));
    assert_code(atk_locks_take(p->b, ATK_LOCK_WRITE, 0, &deadline, NULL), APITOKEN_E_BUSY);
    int64_t end = deadline.at_us;
    assert_code(atk_locks_take(p->b, ATK_LOCK_WRITE, 0, &deadline, NULL), APITOKEN_E_BUSY);
    assert_true(end > 0 && deadline.at_us == end);
    /* what is free needs no time */
    assert_code(atk_locks_take(p->b, ATK_LOCK_QUEUE, 0, &deadline, NULL), 0);
}

static void test_what_cannot_be_locked_is_no_wait(void **state) {
    (void)state;
    assert_code(take(-1, ATK_LOCK_WRITE, 0, 60000), APITOKEN_E_IO);
    assert_false(atk_locks_try(-1, ATK_LOCK_WRITE, 0));
}

static void test_closing_drops(void **state) {
    struct place *p = *state;
    assert_true(atk_locks_try(p->a, ATK_LOCK_WRITE, 0));
    atk_locks_close(&p->a);
    assert_int_equal(p->a, -1);
    atk_locks_close(&p->a);
    assert_true(is_free(p, ATK_LOCK_WRITE, 0));
}

/* POSIX locks would be lost when any descriptor of the file is closed; these must not. */
static void test_closing_another_descriptor_drops_nothing(void **state) {
    struct place *p = *state;
    int third = -1;
    assert_true(atk_locks_try(p->a, ATK_LOCK_WRITE, 0));
    assert_code(atk_locks_open(p->dir_fd, 0, &third, NULL), 0);
    atk_locks_close(&third);
    assert_false(is_free(p, ATK_LOCK_WRITE, 0));
}

static void test_opening_what_is_not_there(void **state) {
    const struct place *p = *state;
    int fd = SENTINEL;
    assert_int_equal(unlinkat(p->dir_fd, ATK_LOCK_FILE, 0), 0);
    assert_code(atk_locks_open(p->dir_fd, 0, &fd, NULL), APITOKEN_E_DAMAGED);
    assert_int_equal(symlinkat("/dev/null", p->dir_fd, ATK_LOCK_FILE), 0);
    assert_code(atk_locks_open(p->dir_fd, 0, &fd, NULL), APITOKEN_E_SYMLINK);
    assert_int_equal(fd, SENTINEL);
}

/* A child that is born later would keep the locks of a descriptor that is not noted. */
static void test_what_cannot_be_noted_is_not_open(void **state) {
    const struct place *p = *state;
    unsigned failed = 0;
    for (int fd = SENTINEL;; failed++) {
        const int next = dup(p->dir_fd);
        assert_int_equal(close(next), 0);
        fstats_left = failed + 1;
        int rc = atk_locks_open(p->dir_fd, 0, &fd, NULL);
        int has_failed = fstats_left == 0;
        fstats_left = 0;
        if (!has_failed) {
            assert_code(rc, 0);
            atk_locks_close(&fd);
            break;
        }
        assert_code(rc, APITOKEN_E_IO);
        assert_int_equal(fd, SENTINEL);
        assert_int_equal(fcntl(next, F_GETFD), -1);
    }
    assert_true(failed >= 2); /* to look at it, and to note it */
}

/* ---- writers --------------------------------------------------------------------------------- */

static int take_write(int fd, uint32_t timeout_ms) {
    struct atk_deadline deadline = atk_deadline_in(timeout_ms);
    return atk_locks_take_write(fd, &deadline, NULL);
}

static void test_a_writer_holds_the_write_byte_alone(void **state) {
    const struct place *p = *state;
    assert_code(take_write(p->a, 0), 0);
    assert_false(is_free(p, ATK_LOCK_WRITE, 0));
    assert_true(is_free(p, ATK_LOCK_QUEUE, 0));
    assert_true(is_free(p, ATK_LOCK_READERS, 0));
    assert_true(is_free(p, ATK_LOCK_IN_USE, 0));
    atk_locks_drop(p->a, ATK_LOCK_WRITE);
    assert_true(is_free(p, ATK_LOCK_WRITE, 0));
}

/* Threads of one process, too, each with a descriptor of its own. */
static void test_a_second_writer_waits_and_leaves_nothing(void **state) {
    const struct place *p = *state;
    assert_code(take_write(p->a, 0), 0);
    assert_code(take_write(p->b, 3), APITOKEN_E_BUSY);
    assert_true(atk_locks_try(p->a, ATK_LOCK_QUEUE, 0));
    atk_locks_drop(p->a, ATK_LOCK_QUEUE);
    atk_locks_drop(p->a, ATK_LOCK_WRITE);
    assert_code(take_write(p->b, 0), 0);
}

static void test_a_writer_waits_at_the_gate(void **state) {
    const struct place *p = *state;
    assert_true(atk_locks_try(p->a, ATK_LOCK_QUEUE, 0));
    assert_code(take_write(p->b, 3), APITOKEN_E_BUSY);
    assert_true(atk_locks_try(p->a, ATK_LOCK_WRITE, 0));
}

/* ---- fork ------------------------------------------------------------------------------------ */

static int has_none(void *ctx) {
    const struct place *p = ctx;
    return fcntl(p->a, F_GETFD) < 0 && fcntl(p->b, F_GETFD) < 0;
}

/* These locks belong to the open file, which a child shares: a living child must not keep them. */
static void test_a_living_child_holds_no_lock(void **state) {
    struct place *p = *state;
    assert_true(atk_locks_try(p->a, ATK_LOCK_WRITE, 0));
    struct child child = child_begin(has_none, p);
    assert_int_equal(child.code, 1);
    assert_false(is_free(p, ATK_LOCK_WRITE, 0));
    atk_locks_close(&p->a);
    assert_true(is_free(p, ATK_LOCK_WRITE, 0));
    child_end(&child);
}

static int take_in_child(void *ctx) {
    const struct place *p = ctx;
    int fd = -1;
    if (atk_locks_open(p->dir_fd, 0, &fd, NULL) != 0) return 2;
    return atk_locks_try(fd, ATK_LOCK_WRITE, 0);
}

static void test_processes_exclude_each_other(void **state) {
    struct place *p = *state;
    assert_true(atk_locks_try(p->a, ATK_LOCK_WRITE, 0));
    assert_int_equal(child_run(take_in_child, p), 0);
    atk_locks_drop(p->a, ATK_LOCK_WRITE);
    struct child child = child_begin(take_in_child, p);
    assert_int_equal(child.code, 1);
    assert_false(is_free(p, ATK_LOCK_WRITE, 1));
    assert_int_equal(kill(child.pid, SIGKILL), 0);
    child_end(&child);
    assert_true(is_free(p, ATK_LOCK_WRITE, 0));
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        WITH_FILE(test_one_alone_or_many_together),
        WITH_FILE(test_bytes_do_not_touch_each_other),
        WITH_FILE(test_waiting_ends_at_the_deadline),
        WITH_FILE(test_a_deadline_is_shared_by_all_waits_of_a_call),
        WITH_FILE(test_what_cannot_be_locked_is_no_wait),
        WITH_FILE(test_closing_drops),
        WITH_FILE(test_closing_another_descriptor_drops_nothing),
        WITH_FILE(test_opening_what_is_not_there),
        WITH_FILE(test_what_cannot_be_noted_is_not_open),
        WITH_FILE(test_a_writer_holds_the_write_byte_alone),
        WITH_FILE(test_a_second_writer_waits_and_leaves_nothing),
        WITH_FILE(test_a_writer_waits_at_the_gate),
        WITH_FILE(test_a_living_child_holds_no_lock),
        WITH_FILE(test_processes_exclude_each_other),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
