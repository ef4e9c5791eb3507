/* SPDX-License-Identifier: MIT */
/*
 * LMDB's reader table, lock.mdb, before LMDB opens it. Never call this while this process has the
 * store open: closing the file would drop LMDB's locks.
 */
#ifndef APITOKEN_LMDB_PROCESS_READER_TABLE_H
#define APITOKEN_LMDB_PROCESS_READER_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

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

/* The head of the table, mapped for reading. All zeros: not mapped. */
struct atk_reader_head {
    const void *map;
    dev_t dev;
    ino_t ino;
};

/* Maps the head, and closes the file again: LMDB's locks are not yet there to be dropped. */
int atk_reader_table_map(int dir_fd, bool any_owner, struct atk_reader_head *ret_head,
                         apitoken_error *err);
void atk_reader_table_unmap(struct atk_reader_head *head);

/*
 * Where LMDB, which has opened the table since it was mapped, keeps the number of the newest
 * transaction: the variable from which a read transaction takes the number of its snapshot. LMDB
 * stores it when a commit is on disk, before mdb_txn_commit() returns. NULL if the file at the path
 * is not the mapped one, or if its layout is not the expected one. Call with ATK_LOCK_READERS held.
 */
const uint64_t *atk_reader_table_newest(const struct atk_reader_head *head, int dir_fd);

#endif
