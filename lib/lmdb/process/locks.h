/* SPDX-License-Identifier: MIT */
/*
 * Locks between processes: four bytes of writer.lock, taken as open file description locks. LMDB's
 * own mutex breaks across PID namespaces (a waiter that is killed there lets a third process in),
 * these do not; and they can be waited for with a deadline. They also exclude threads of one
 * process, as each taker opens the file anew.
 */
#ifndef APITOKEN_LMDB_PROCESS_LOCKS_H
#define APITOKEN_LMDB_PROCESS_LOCKS_H

#include "outside/clock.h"
#include "base/limits.h"

#define ATK_LOCK_FILE "writer.lock"

enum atk_lock_byte {
    /* whoever waits to write; writers queue here, so that one waits at the next */
    ATK_LOCK_QUEUE = 0,
    ATK_LOCK_WRITE = 1, /* whoever writes */
    /* whoever takes or clears a reader slot: a stopped writer never blocks a reader */
    ATK_LOCK_READERS = 2,
    ATK_LOCK_IN_USE = 3 /* every handle, shared; alone: grow */
};

/* A descriptor of the lock file that a forked child closes. */
int atk_locks_open(int dir_fd, int any_owner, int *ret_fd, apitoken_error *err);
void atk_locks_close(int *fd); /* drops what it holds; -1 is fine */

/* Waits for a byte until the deadline: 0, APITOKEN_E_BUSY or APITOKEN_E_IO. */
int atk_locks_take(int fd, enum atk_lock_byte byte, int shared, struct atk_deadline *deadline,
                   apitoken_error *err);
/* Without waiting: 1 if taken, 0 if not. */
int atk_locks_try(int fd, enum atk_lock_byte byte, int shared);
void atk_locks_drop(int fd, enum atk_lock_byte byte);

/* The write lock, through the gate. *ret_fd holds it until atk_locks_close(). */
int atk_locks_take_write(int dir_fd, struct atk_deadline *deadline, int *ret_fd,
                         apitoken_error *err);

#endif
