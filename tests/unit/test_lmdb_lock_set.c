/* SPDX-License-Identifier: MIT */
/* Which files a process locks with: those with others are found out, whoever comes first. */
#include "lmdb/process/lock_set.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cases.h"
#include "samples.h"

/* Two open file descriptions of one file, as two processes have them. */
struct place {
    int a, b;
};

static int setup(void **state) {
    struct place *p = calloc(1, sizeof *p);
    char path[40];
    assert_non_null(p);
    p->a = memfd_create("data.mdb", MFD_CLOEXEC);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", p->a);
    p->b = open(path, O_RDONLY | O_CLOEXEC); /* who only reads joins, too */
    assert_true(p->a >= 0 && p->b >= 0);
    *state = p;
    return 0;
}

static int teardown(void **state) {
    struct place *p = *state;
    (void)close(p->a);
    (void)close(p->b);
    free(p);
    return 0;
}

static const struct atk_lock_set usual = { { 7, 100 }, { 7, 101 } };

static void test_those_with_the_same_files_get_along(void **state) {
    const struct place *p = *state;
    for (int i = 0; i < 2; i++) {
        assert_code(atk_lock_set_join(p->a, &usual, NULL), 0);
        assert_code(atk_lock_set_join(p->b, &usual, NULL), 0);
    }
}

/* On either side of the usual one: the places of 64 others are not all behind it. */
static void test_any_other_file_is_found_out(void **state) {
    const struct place *p = *state;
    for (uint64_t i = 0; i < 64; i++) {
        struct atk_lock_set other = usual;
        dev_t *const dev[] = { &other.readers.dev, &other.locks.dev };
        ino_t *const ino[] = { &other.readers.ino, &other.locks.ino };
        if (i % 4 < 2)
            *dev[i % 2] += 1 + i;
        else
            *ino[i % 2] += 1000 + i;
        assert_code(atk_lock_set_join(p->a, &usual, NULL), 0);
        assert_code(atk_lock_set_join(p->b, &other, NULL), APITOKEN_E_REPLACED);
        atk_lock_set_leave(p->a);
        assert_code(atk_lock_set_join(p->b, &other, NULL), 0);
        atk_lock_set_leave(p->b);
    }
}

/* Both came at once: neither may go on unseen. */
static void test_of_two_that_meet_one_is_refused(void **state) {
    const struct place *p = *state;
    const struct atk_lock_set other = { usual.locks, usual.readers };
    assert_code(atk_lock_set_join(p->a, &usual, NULL), 0);
    assert_code(atk_lock_set_join(p->b, &other, NULL), APITOKEN_E_REPLACED);
    assert_code(atk_lock_set_join(p->a, &usual, NULL), APITOKEN_E_REPLACED);
}

static void test_what_cannot_be_locked_is_said_so(void **state) {
    (void)state;
    assert_code(atk_lock_set_join(-1, &usual, NULL), APITOKEN_E_IO);
    atk_lock_set_leave(-1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(test_those_with_the_same_files_get_along),
        TEST(test_any_other_file_is_found_out),
        TEST(test_of_two_that_meet_one_is_refused),
        TEST(test_what_cannot_be_locked_is_said_so),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
