/* SPDX-License-Identifier: MIT */
/*
 * LMDB's reader table, lock.mdb, before LMDB opens it. Never call this while this process has the
 * store open: closing the file would drop LMDB's locks.
 */
#ifndef APITOKEN_LMDB_PROCESS_READER_TABLE_H
#define APITOKEN_LMDB_PROCESS_READER_TABLE_H

#include <stdbool.h>

#include "base/limits.h"

#define ATK_READERS_FILE "lock.mdb"

/*
 * Allocates the whole file on disk: LMDB writes it through a map, where a full disk means SIGBUS.
 */
int atk_reader_table_allocate(int dir_fd, bool any_owner, apitoken_error *err);

/*
 * Clears the readers that a dead process with this process's pid has left. LMDB never does, and in
 * a container every process may start as pid 1. Does nothing while a live process holds the lock
 * for that pid. Call with ATK_LOCK_READERS held. *ret_cleared: how many.
 */
int atk_reader_table_clear_own(int dir_fd, bool any_owner, unsigned *ret_cleared,
                               apitoken_error *err);

#endif
