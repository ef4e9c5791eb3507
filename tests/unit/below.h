/* SPDX-License-Identifier: MIT */
/*
 * Changes of a store below an open handle, as no process of the library would make them: with the
 * keys, so with right tags.
 */
#ifndef BELOW_H
#define BELOW_H

#include "lmdb/tokens/records.h"
#include "lmdb/tokens/engine.h"
#include "samples.h"

struct atk_lmdb *engine_of(const struct fixture *f);

MDB_txn *txn_begin(const struct fixture *f);
void txn_commit(MDB_txn *txn);

/*
 * The state in a transaction; and another one, as of this transaction, so that the store does not
 * look rolled back.
 */
struct atk_state_record get_state(const struct fixture *f, MDB_txn *txn);
void set_state(const struct fixture *f, MDB_txn *txn, const struct atk_state_record *state);

/* Both records of a token. */
void get_records(const struct fixture *f, const char *owner, const char *id, struct atk_hot *hot,
                 struct atk_row *row);

#endif
