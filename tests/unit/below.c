/* SPDX-License-Identifier: MIT */
#include "below.h"

#include <string.h>

#include "objects/store.h"

struct atk_lmdb *engine_of(const struct fixture *f) {
    return atk_lmdb_of(f->store->backend);
}

MDB_txn *txn_begin(const struct fixture *f) {
    MDB_txn *txn;
    assert_int_equal(mdb_txn_begin(engine_of(f)->env->mdb, NULL, 0, &txn), 0);
    return txn;
}

void txn_commit(MDB_txn *txn) { assert_int_equal(mdb_txn_commit(txn), 0); }

struct atk_state_record get_state(const struct fixture *f, MDB_txn *txn) {
    struct atk_state_record state;
    const struct atk_view view = atk_lmdb_view(engine_of(f), txn);
    assert_code(atk_state_get(&view, &state, NULL), 0);
    return state;
}

void set_state(const struct fixture *f, MDB_txn *txn, const struct atk_state_record *state) {
    struct atk_state_record present = *state;
    present.transaction = mdb_txn_id(txn);
    const struct atk_view view = atk_lmdb_view(engine_of(f), txn);
    assert_code(atk_state_put(&view, &present, NULL), 0);
}

void get_records(const struct fixture *f, const char *owner, const char *id, struct atk_hot *hot,
                 struct atk_row *row) {
    struct atk_deadline deadline = atk_deadline_in(1000);
    struct atk_backend *backend = f->store->backend;
    const struct atk_token_ref token = { owner, strlen(owner), id };
    assert_code(backend->ops->find_token(backend, &token, hot, row, &deadline, NULL), 0);
}
