/* SPDX-License-Identifier: MIT */
/* Child processes of a test. They die with the test, and none can hang for ever. */
#ifndef CHILD_H
#define CHILD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CHILD_LIMIT_S 600 /* for a hang alone: however busy the machine is, it needs far less */

typedef int (*child_fn)(void *ctx); /* returns 0 if all was well */

/*
 * Runs `run` in a child, which exits with what it returns. cmocka's asserts may be used there: one
 * that fails ends the child.
 */
pid_t child_start(child_fn run, void *ctx);

/* Waits: the exit code, or 128 + the signal that ended it. */
int child_wait(pid_t pid);

/* Waits, and fails the test unless the exit code is 0. */
#define child_join(pid) assert_int_equal(child_wait(pid), 0)

/*
 * In a child: it dies if it takes `seconds` of the processor from now on, or of the clock many
 * times as many. So a hang ends, and one that a busy machine keeps waiting does not.
 */
void child_limit(uint32_t seconds);

/* SIGKILL, and waits. */
void child_kill(pid_t pid);

/* Stops or continues a process, and waits until that shows in /proc. It need not be a child. */
void process_stop(pid_t pid);
void process_continue(pid_t pid);

/* Zeroed memory that children share. Never unmapped: it goes with the test. */
void *shared_memory(size_t size);

/* Values in shared memory, or of threads: what was written before a raise is seen after a read. */
void raise_to(uint32_t *at, uint32_t value);
void raise_by_one(uint32_t *at); /* by several at once; also in a signal handler */
static inline uint32_t reads(const uint32_t *at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }

/* Waits until *at is at least `value`: 1, or 0 if it has not changed for CHILD_LIMIT_S. */
int wait_for(const uint32_t *at, uint32_t value);

/* Microseconds since an unknown moment. */
int64_t now_us(void);

/* Burns time, to spread the moments of a kill or a cancel: no result depends on how long. */
void spin_us(int64_t us);
/* The same for a random time below `max_us`; the same series in every run. */
void spin_random_us(uint32_t max_us);

#endif
