/* SPDX-License-Identifier: MIT */
#include "lmdb/stores/exclusive.h"

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/form/error.h"
#include "lmdb/process/descriptors.h"
#include "lmdb/process/locks.h"

int atk_exclusive_take(int dir_fd, int any_owner, int *ret_lock, apitoken_error *err) {
    int lock = -1;
    ATK_TRY(atk_locks_open(dir_fd, any_owner, &lock, err));
    if (!atk_locks_try(lock, ATK_LOCK_IN_USE, 0)) {
        atk_locks_close(&lock);
        return atk_fail(err, APITOKEN_E_IN_USE, NULL);
    }
    *ret_lock = lock;
    return 0;
}

static int write_in(MDB_env *mdb, atk_exclusive_fn write, void *ctx, uint64_t *ret_transaction,
                    apitoken_error *err) {
    struct atk_env env = { .mdb = mdb };
    MDB_txn *txn = NULL;
    int rc = mdb_txn_begin(mdb, NULL, 0, &txn);
    if (rc != 0) return atk_fail_mdb(err, rc, "begin to write");
    rc = mdb_dbi_open(txn, NULL, 0, &env.hot);
    rc =
        rc == 0 ? write(ctx, &env, txn, err) : atk_fail_mdb(err, rc, "open the trees of the store");
    if (rc < 0) {
        mdb_txn_abort(txn);
        return rc;
    }
    *ret_transaction = mdb_txn_id(txn);
    rc = mdb_txn_commit(txn);
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "commit the change of the store");
}

static int open_and_write(int dir_fd, uint64_t map_bytes, atk_exclusive_fn write, void *ctx,
                          uint64_t *ret_transaction, apitoken_error *err) {
    MDB_env *mdb = NULL;
    int rc = atk_env_open_mdb(dir_fd, map_bytes, 0, &mdb);
    if (rc != 0) return atk_fail_mdb(err, rc, "open the store");
    rc = write_in(mdb, write, ctx, ret_transaction, err);
    mdb_env_close(mdb);
    return rc;
}

/* No child is born meanwhile: it would keep the files open. */
int atk_exclusive_write(int dir_fd, uint64_t map_bytes, atk_exclusive_fn write, void *ctx,
                        uint64_t *ret_transaction, apitoken_error *err) {
    int rc = atk_descriptors_block_fork();
    if (rc < 0) return atk_fail(err, rc, NULL);
    rc = open_and_write(dir_fd, map_bytes, write, ctx, ret_transaction, err);
    atk_descriptors_allow_fork();
    return rc;
}
