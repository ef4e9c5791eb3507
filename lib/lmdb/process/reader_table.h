/* SPDX-License-Identifier: MIT */
/*
 * lock.mdb before LMDB opens it. Never call this while this process has the store open: closing the
 * file drops LMDB's locks.
 */
#ifndef APITOKEN_LMDB_PROCESS_READER_TABLE_H
#define APITOKEN_LMDB_PROCESS_READER_TABLE_H

#include "base/limits.h"

#define ATK_READERS_FILE "lock.mdb"

/*
 * Gives the file its full size on disk: LMDB writes it through a map, where a full disk is a
 * SIGBUS.
 */
int atk_reader_table_allocate(int dir_fd, int any_owner, apitoken_error *err);

/*
 * Clears reader slots that carry this process's pid, left by a dead process that had it before:
 * LMDB never clears those, and in a container every start may be pid 1. Only while no live process
 * holds that pid's lock. Call under the register lock. *ret_cleared counts them.
 */
int atk_reader_table_clear_own(int dir_fd, int any_owner, unsigned *ret_cleared,
                               apitoken_error *err);

#endif
