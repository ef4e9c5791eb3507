/* SPDX-License-Identifier: MIT */
/*
 * Locks between processes: four bytes of writer.lock, taken as open file description locks. Unlike
 * LMDB's own mutex they work across PID namespaces (where the death of a waiter on that mutex lets
 * a third process in), and a wait for them can have a deadline. They also exclude the threads of
 * one process from each other, as long as no two threads use one descriptor at a time.
 */
#ifndef APITOKEN_LMDB_PROCESS_LOCKS_H
#define APITOKEN_LMDB_PROCESS_LOCKS_H

#include <stdbool.h>

#include "outside/clock.h"
#include "base/limits.h"

#define ATK_LOCK_FILE "writer.lock"

enum atk_lock_byte {
    /* held while waiting to write: at most one writer waits for ATK_LOCK_WRITE */
    ATK_LOCK_QUEUE = 0,
    ATK_LOCK_WRITE = 1, /* held while writing */
    /* held while readers are added or cleared: so a stopped writer never blocks a reader */
    ATK_LOCK_READERS = 2,
    ATK_LOCK_IN_USE = 3 /* shared: held by every open store; exclusive: stores/exclusive.h */
};

/* Opens the lock file; a forked child closes the descriptor. */
int atk_locks_open(int dir_fd, bool any_owner, int *ret_fd, apitoken_error *err);
void atk_locks_close(int *fd); /* drops all its locks; -1 is fine */

/* Waits for a byte until the deadline: 0, APITOKEN_E_BUSY or APITOKEN_E_IO. */
int atk_locks_take(int fd, enum atk_lock_byte byte, bool shared, struct atk_deadline *deadline,
                   apitoken_error *err);
/* Without waiting: whether it was taken. */
bool atk_locks_try(int fd, enum atk_lock_byte byte, bool shared);
void atk_locks_drop(int fd, enum atk_lock_byte byte);

/* Queues for the write lock and takes it. Drop ATK_LOCK_WRITE. */
int atk_locks_take_write(int fd, struct atk_deadline *deadline, apitoken_error *err);

#endif
