/* SPDX-License-Identifier: MIT */
/* A store that no other handle in any process has open, for what cannot be done beside readers. */
#ifndef APITOKEN_LMDB_STORES_EXCLUSIVE_H
#define APITOKEN_LMDB_STORES_EXCLUSIVE_H

#include "lmdb/tokens/records.h"

/* Takes a store for itself: *ret_lock holds it until atk_locks_close(). APITOKEN_E_IN_USE. */
int atk_exclusive_take(int dir_fd, int any_owner, int *ret_lock, apitoken_error *err);

/* One change of such a store; only the main tree is open. */
typedef int (*atk_exclusive_fn)(void *ctx, const struct atk_env *env, MDB_txn *txn,
                                apitoken_error *err);

/*
 * Makes it in a durable transaction, whose number it gives. map_bytes: the map's new size, 0 = as
 * it is.
 */
int atk_exclusive_write(int dir_fd, uint64_t map_bytes, atk_exclusive_fn write, void *ctx,
                        uint64_t *ret_transaction, apitoken_error *err);

#endif
