/* SPDX-License-Identifier: MIT */
/*
 * Allocations that fail on demand: the functions of heap.c replace libc's, for the library, LMDB
 * and libsodium alike.
 */
#ifndef HEAP_H
#define HEAP_H

#include <stdint.h>

/*
 * From now on, while faults_are_on (verbs.h): allocation number `at`, from 1, fails; if sticky, all
 * from then on. 0 = none.
 */
void heap_arm(uint64_t at, int is_sticky);

/* Allocation number `at` since heap_arm() fails, too. */
void heap_arm_second(uint64_t at);

/* Since heap_arm(): how many were asked for, and how many of them failed. */
uint64_t heap_asked(void);
uint64_t heap_failed(void);

/* Blocks in use now, whether faults are on or not. */
int64_t heap_live(void);

#endif
