/* SPDX-License-Identifier: MIT */
/* The store's list of keys, as a handle and its writes follow it. */
#ifndef APITOKEN_LMDB_TOKENS_KEY_LIST_H
#define APITOKEN_LMDB_TOKENS_KEY_LIST_H

#include "lmdb/tokens/write.h"

/*
 * Marks the keys of the handle that the list says are retired; no verdict that was remembered
 * before counts then. As the leader of its writers, or while it is opened.
 */
int atk_lmdb_take_key_flags(struct atk_lmdb *store, const struct atk_keys_record *list,
                            apitoken_error *err);

/*
 * In every write: the active key of the handle must be one that is neither retired nor being
 * retired, or APITOKEN_E_KEY_RETIRED. The first call that is written under a key adds it to the
 * list.
 */
int atk_write_check_keys(struct atk_write *write, const struct atk_write_call *lead,
                         apitoken_error *err);

#endif
