/* SPDX-License-Identifier: MIT */
#include "lmdb/process/descriptors.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "outside/clock.h"
#include "samples.h"

#define FDS 40 /* more than the first room for notes */

static int open_null(void) {
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static int is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }

/* In one step with respect to forks, as the library does it. */
static int note(int fd, enum atk_descriptors_close_when when) {
    assert_code(atk_descriptors_block_fork(), 0);
    int rc = atk_descriptors_note(fd, when);
    atk_descriptors_allow_fork();
    return rc;
}

static void forget(int fd) {
    assert_code(atk_descriptors_block_fork(), 0);
    atk_descriptors_forget(fd);
    atk_descriptors_allow_fork();
}

static void let_go(int fd) {
    forget(fd);
    assert_int_equal(close(fd), 0);
}

static int child_has(void *ctx) { return is_open(*(int *)ctx); }

static int child_has_after_open(void *ctx) {
    atk_descriptors_close_inherited();
    return is_open(*(int *)ctx);
}

static void test_locks_are_closed_at_the_fork(void **state) {
    (void)state;
    int fd = open_null();
    assert_code(note(fd, ATK_CLOSE_AT_FORK), 0);
    assert_int_equal(child_run(child_has, &fd), 0);
    assert_true(is_open(fd));
    let_go(fd);
}

static void test_others_are_closed_at_the_first_open(void **state) {
    (void)state;
    int fd = open_null();
    assert_code(note(fd, ATK_CLOSE_AT_OPEN), 0);
    assert_int_equal(child_run(child_has, &fd), 1);
    assert_int_equal(child_run(child_has_after_open, &fd), 0);
    assert_true(is_open(fd));
    let_go(fd);
}

static void test_the_parent_closes_nothing_of_its_own(void **state) {
    (void)state;
    int at_fork = open_null(), at_open = open_null();
    assert_code(note(at_fork, ATK_CLOSE_AT_FORK), 0);
    assert_code(note(at_open, ATK_CLOSE_AT_OPEN), 0);
    atk_descriptors_close_inherited();
    assert_true(is_open(at_fork) && is_open(at_open));
    let_go(at_fork);
    let_go(at_open);
}

static void test_what_was_removed_stays_open_in_a_child(void **state) {
    (void)state;
    int at_fork = open_null(), at_open = open_null();
    assert_code(note(at_fork, ATK_CLOSE_AT_FORK), 0);
    assert_code(note(at_open, ATK_CLOSE_AT_OPEN), 0);
    forget(at_fork);
    forget(at_open);
    forget(at_open);
    assert_int_equal(child_run(child_has_after_open, &at_fork), 1);
    assert_int_equal(child_run(child_has_after_open, &at_open), 1);
    assert_int_equal(close(at_fork), 0);
    assert_int_equal(close(at_open), 0);
}

static void test_all_descriptors_of_a_file_are_removed(void **state) {
    (void)state;
    int first = open_null(), second = open_null(), other = open("/dev/zero", O_RDONLY | O_CLOEXEC),
        ends[2];
    struct stat st;
    assert_int_equal(pipe(ends), 0);
    assert_code(note(ends[0], ATK_CLOSE_AT_OPEN), 0); /* on another device */
    assert_code(note(first, ATK_CLOSE_AT_OPEN), 0);
    assert_code(note(other, ATK_CLOSE_AT_OPEN), 0);
    assert_code(note(second, ATK_CLOSE_AT_OPEN), 0);
    assert_int_equal(fstat(first, &st), 0);
    assert_code(atk_descriptors_block_fork(), 0);
    atk_descriptors_forget_file(st.st_dev, st.st_ino);
    atk_descriptors_allow_fork();
    assert_int_equal(child_run(child_has_after_open, &first), 1);
    assert_int_equal(child_run(child_has_after_open, &second), 1);
    assert_int_equal(child_run(child_has_after_open, &other), 0);
    assert_int_equal(child_run(child_has_after_open, &ends[0]), 0);
    let_go(ends[0]);
    assert_int_equal(close(ends[1]), 0);
    let_go(other);
    assert_int_equal(close(first), 0);
    assert_int_equal(close(second), 0);
}

/*
 * A child that closes all descriptors and opens its own gets the old numbers: those are not ours.
 */
static int reuse_number(void *ctx) {
    int fd = *(int *)ctx, other = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    if (other < 0 || dup2(other, fd) != fd) return 2;
    atk_descriptors_close_inherited();
    return is_open(fd);
}

static void test_a_number_that_was_used_anew_is_left_alone(void **state) {
    (void)state;
    int fd = open_null();
    assert_code(note(fd, ATK_CLOSE_AT_OPEN), 0);
    assert_int_equal(child_run(reuse_number, &fd), 1);
    let_go(fd);
}

/*
 * A host that closes all descriptors may have the number of a lock for something else when it
 * forks.
 */
static void test_a_number_that_was_used_anew_survives_the_fork(void **state) {
    (void)state;
    int fd = open_null(), ends[2];
    assert_code(note(fd, ATK_CLOSE_AT_FORK), 0);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[0], fd), fd); /* of another device */
    assert_int_equal(child_run(child_has, &fd), 1);
    assert_int_equal(close(fd), 0);
    assert_int_equal(child_run(child_has, &ends[0]), 1);
    let_go(ends[0]);
    assert_int_equal(close(ends[1]), 0);
    forget(fd);
}

/* What a child does not have itself it cannot take from the list: it would never be closed. */
static int forget_inherited(void *ctx) {
    int fd = *(int *)ctx;
    struct stat st;
    if (fstat(fd, &st) != 0 || atk_descriptors_block_fork() != 0) return 2;
    atk_descriptors_forget(fd);
    atk_descriptors_forget_file(st.st_dev, st.st_ino);
    atk_descriptors_allow_fork();
    return child_has_after_open(ctx);
}

static void test_an_inherited_descriptor_is_not_forgotten(void **state) {
    (void)state;
    int fd = open_null();
    assert_code(note(fd, ATK_CLOSE_AT_OPEN), 0);
    assert_int_equal(child_run(forget_inherited, &fd), 0);
    let_go(fd);
}

/*
 * A child's own descriptor of the same number is noted beside the inherited one and survives the
 * child's opens.
 */
static int note_again(void *ctx) {
    int fd = *(int *)ctx;
    atk_descriptors_close_inherited();
    if (is_open(fd)) return 2;
    int mine = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (mine < 0 || note(mine, ATK_CLOSE_AT_OPEN) != 0) return 3;
    atk_descriptors_close_inherited();
    if (!is_open(mine)) return 4;
    return child_run(child_has_after_open, &mine); /* 0: the grandchild closed it */
}

static void test_a_child_notes_its_own(void **state) {
    (void)state;
    int fd = open_null();
    assert_code(note(fd, ATK_CLOSE_AT_OPEN), 0);
    assert_int_equal(child_run(note_again, &fd), 0);
    let_go(fd);
}

static int grandchild(void *ctx) { return child_run(child_has_after_open, ctx); }

static void test_grandchildren_close_what_their_parent_did_not(void **state) {
    (void)state;
    int fd = open_null();
    assert_code(note(fd, ATK_CLOSE_AT_OPEN), 0);
    assert_int_equal(child_run(grandchild, &fd), 0);
    let_go(fd);
}

static int count_open(void *ctx) {
    const int *fds = ctx;
    int open_fds = 0;
    for (int i = 0; i < FDS; i++) open_fds += is_open(fds[i]);
    return open_fds;
}

static void test_many_descriptors(void **state) {
    (void)state;
    int fds[FDS];
    for (int i = 0; i < FDS; i++) {
        fds[i] = open_null();
        assert_code(note(fds[i], i % 2 ? ATK_CLOSE_AT_FORK : ATK_CLOSE_AT_OPEN), 0);
    }
    assert_int_equal(child_run(count_open, fds), FDS / 2);
    for (int i = 0; i < FDS; i++) let_go(fds[i]);
    fds[0] = open_null();
    assert_int_equal(child_run(child_has_after_open, &fds[0]), 1); /* no note was left behind */
    assert_int_equal(close(fds[0]), 0);
}

/* A thread that forks while another one opens and notes: the child must not be born in between. */
struct forker {
    int *fd;
    uint32_t is_there;
    int found;
};

static void *fork_now(void *arg) {
    struct forker *forker = arg;
    __atomic_store_n(&forker->is_there, 1, __ATOMIC_RELEASE);
    forker->found = child_run(child_has, forker->fd);
    return NULL;
}

/* With fork() blocked: opens and notes a descriptor that the thread's child must not have. */
static void note_beside_a_fork(struct forker *forker, pthread_t *ret_thread) {
    *forker->fd = open_null();
    assert_int_equal(pthread_create(ret_thread, NULL, fork_now, forker), 0);
    while (!__atomic_load_n(&forker->is_there, __ATOMIC_ACQUIRE)) (void)sched_yield();
    for (int turn = 0; turn < 50; turn++) (void)sched_yield(); /* it may fork now */
    assert_code(atk_descriptors_note(*forker->fd, ATK_CLOSE_AT_FORK), 0);
}

static void test_no_fork_between_open_and_note(void **state) {
    (void)state;
    for (int i = 0; i < 20; i++) {
        int fd = -1;
        struct forker forker = { &fd, 0, -1 };
        pthread_t thread;
        assert_code(atk_descriptors_block_fork(), 0);
        note_beside_a_fork(&forker, &thread);
        atk_descriptors_allow_fork();
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(forker.found, 0);
        let_go(fd);
    }
}

static void *block_for_a_moment(void *ret_is_done) {
    int fd = open_null();
    if (note(fd, ATK_CLOSE_AT_OPEN) == 0) __atomic_store_n((int *)ret_is_done, 1, __ATOMIC_RELEASE);
    let_go(fd);
    return NULL;
}

/* A thread whose disk is slow would keep all others from opening, closing and writing. */
static void test_who_blocks_forks_waits_for_nobody(void **state) {
    (void)state;
    struct atk_deadline patience = atk_deadline_in(60000);
    int is_done = 0;
    pthread_t thread;
    assert_code(atk_descriptors_block_fork(), 0);
    assert_int_equal(pthread_create(&thread, NULL, block_for_a_moment, &is_done), 0);
    while (!__atomic_load_n(&is_done, __ATOMIC_ACQUIRE) && atk_deadline_pause(&patience) == 0) {}
    const int was_done = __atomic_load_n(&is_done, __ATOMIC_ACQUIRE);
    atk_descriptors_allow_fork();
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(was_done, 1);
}

/* One of two that block is ready before the other, which has opened and not noted yet. */
static void test_a_fork_waits_for_all_who_block(void **state) {
    (void)state;
    int fd = -1;
    struct forker forker = { &fd, 0, -1 };
    pthread_t thread;
    assert_code(atk_descriptors_block_fork(), 0);
    assert_code(atk_descriptors_block_fork(), 0);
    atk_descriptors_allow_fork();
    note_beside_a_fork(&forker, &thread);
    atk_descriptors_allow_fork();
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(forker.found, 0);
    let_go(fd);
}

enum { BLOCKERS = 8, BLOCKS_MAX = 2000, BLOCK_US = 1000 };

/* What each of the blockers has done when all end, or when a fork has come through. */
struct blocker {
    uint32_t blocks, is_over;
};

static void *block_on_and_on(void *ctx) {
    struct blocker *b = ctx;
    while (b->blocks < BLOCKS_MAX && !__atomic_load_n(&b->is_over, __ATOMIC_ACQUIRE)) {
        if (atk_descriptors_block_fork() != 0) break;
        (void)usleep(BLOCK_US);
        atk_descriptors_allow_fork();
        __atomic_store_n(&b->blocks, b->blocks + 1, __ATOMIC_RELEASE);
    }
    return NULL;
}

static int nothing(void *ctx) {
    (void)ctx;
    return 0;
}

/* There is always one of them that blocks: without any courtesy the fork comes when they end. */
static void test_a_fork_gets_its_turn_among_many_who_block(void **state) {
    (void)state;
    static struct blocker blockers[BLOCKERS];
    pthread_t threads[BLOCKERS];
    memset(blockers, 0, sizeof blockers);
    for (size_t i = 0; i < BLOCKERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, block_on_and_on, &blockers[i]), 0);
    for (size_t i = 0; i < BLOCKERS; i++)
        while (__atomic_load_n(&blockers[i].blocks, __ATOMIC_ACQUIRE) == 0) (void)sched_yield();
    assert_int_equal(child_run(nothing, NULL), 0);
    for (size_t i = 0; i < BLOCKERS; i++)
        __atomic_store_n(&blockers[i].is_over, 1, __ATOMIC_RELEASE);
    for (size_t i = 0; i < BLOCKERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(blockers[i].blocks < BLOCKS_MAX);
    }
}

static void test_what_is_not_open_cannot_be_noted(void **state) {
    (void)state;
    assert_code(note(-1, ATK_CLOSE_AT_FORK), APITOKEN_E_IO);
    forget(-1);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_locks_are_closed_at_the_fork),
        cmocka_unit_test(test_others_are_closed_at_the_first_open),
        cmocka_unit_test(test_the_parent_closes_nothing_of_its_own),
        cmocka_unit_test(test_what_was_removed_stays_open_in_a_child),
        cmocka_unit_test(test_all_descriptors_of_a_file_are_removed),
        cmocka_unit_test(test_a_number_that_was_used_anew_is_left_alone),
        cmocka_unit_test(test_a_number_that_was_used_anew_survives_the_fork),
        cmocka_unit_test(test_an_inherited_descriptor_is_not_forgotten),
        cmocka_unit_test(test_a_child_notes_its_own),
        cmocka_unit_test(test_grandchildren_close_what_their_parent_did_not),
        cmocka_unit_test(test_many_descriptors),
        cmocka_unit_test(test_no_fork_between_open_and_note),
        cmocka_unit_test(test_who_blocks_forks_waits_for_nobody),
        cmocka_unit_test(test_a_fork_waits_for_all_who_block),
        cmocka_unit_test(test_a_fork_gets_its_turn_among_many_who_block),
        cmocka_unit_test(test_what_is_not_open_cannot_be_noted),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
