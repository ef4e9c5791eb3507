/* SPDX-License-Identifier: MIT */
/*
 * System calls that fail on demand: the functions of calls.c replace libc's, for the library, LMDB
 * and libsodium alike.
 */
#ifndef CALLS_H
#define CALLS_H

#include <stdint.h>

enum calls_fault {
    CALLS_EIO,
    CALLS_ENOSPC,
    CALLS_EINTR,
    CALLS_SHORT, /* half of what was asked is read or written, and that is what the call says */
    CALLS_DONE,  /* done, and said to have failed with EIO */
    CALLS_FAULTS,
    /* and two that leave nobody to say it to */
    CALLS_KILL_BEFORE = CALLS_FAULTS,
    CALLS_KILL_AFTER
};

/*
 * From now on, while faults_are_on (verbs.h): call number `at`, from 1, fails; if sticky, all from
 * then on. 0 = none.
 */
void calls_arm(enum calls_fault fault, uint64_t at, int is_sticky);

/* Call number `at` since calls_arm() fails, too, in a way of its own. */
void calls_arm_second(enum calls_fault fault, uint64_t at);

/* Since calls_arm(): how many there were, and how many of them failed. */
uint64_t calls_seen(void);
uint64_t calls_failed(void);

/*
 * Which call comes after number `at` in a sweep over a verb that makes hundreds: in a long run the
 * next one. In the usual run of the later ones each n-th, in each of `turns` sweeps others, so that
 * all sweeps together reach every one.
 */
uint64_t calls_next(uint64_t at, unsigned turn, unsigned turns);

#endif
