/* SPDX-License-Identifier: MIT */
/*
 * The lock set of a process: the lock.mdb and the writer.lock that it uses with data.mdb. Processes
 * with different sets do not see each other's readers and locks. So each one that has data.mdb open
 * holds a shared lock on a byte of that file, far behind its end, whose place stands for its set;
 * and whoever finds a lock in another place is refused.
 */
#ifndef APITOKEN_LMDB_PROCESS_LOCK_SET_H
#define APITOKEN_LMDB_PROCESS_LOCK_SET_H

#include "outside/files.h"

struct atk_lock_set {
    struct atk_file_id readers; /* lock.mdb */
    struct atk_file_id locks;   /* writer.lock */
};

/*
 * Takes the lock for a set and looks for others; it goes with the last copy of the descriptor. Of
 * two processes that come at once at least one is refused. APITOKEN_E_REPLACED.
 */
int atk_lock_set_join(int data_fd, const struct atk_lock_set *set, apitoken_error *err);

/* Drops the lock, also for a child that has the descriptor as well. */
void atk_lock_set_leave(int data_fd);

#endif
