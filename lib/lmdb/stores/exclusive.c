/* SPDX-License-Identifier: MIT */
#include "lmdb/stores/exclusive.h"

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/form/error.h"
#include "lmdb/process/descriptors.h"
#include "lmdb/process/locks.h"

int atk_exclusive_examine(const struct atk_backend_open *open, struct atk_deadline *deadline,
                          struct atk_config *ret_config, apitoken_error *err) {
    struct atk_open_report report = { 0 };
    struct atk_backend *backend;
    int rc = atk_lmdb_open(open, deadline, &backend, &report, err);
    if (rc == APITOKEN_E_MODE) return atk_fail(err, APITOKEN_E_IN_USE, NULL);
    ATK_TRY(rc);
    *ret_config = backend->config;
    backend->ops->close(backend, false);
    return 0;
}

int atk_exclusive_take(int dir_fd, bool any_owner, int *ret_lock, apitoken_error *err) {
    int lock = -1;
    ATK_TRY(atk_locks_open(dir_fd, any_owner, &lock, err));
    if (!atk_locks_try(lock, ATK_LOCK_IN_USE, false)) {
        atk_locks_close(&lock);
        return atk_fail(err, APITOKEN_E_IN_USE, NULL);
    }
    *ret_lock = lock;
    return 0;
}

static int write_in(MDB_env *mdb, const struct atk_exclusive_change *change,
                    uint64_t *ret_transaction, apitoken_error *err) {
    struct atk_env env = { .mdb = mdb };
    struct atk_view view = { .env = &env, .keys = change->keys };
    int rc = mdb_txn_begin(mdb, NULL, 0, &view.txn);
    if (rc != 0) return atk_fail_mdb(err, rc, "begin to write");
    rc = mdb_dbi_open(view.txn, NULL, 0, &env.hot);
    rc = rc == 0 ? change->write(change->ctx, &view, err)
                 : atk_fail_mdb(err, rc, "open the trees of the store");
    if (rc < 0) {
        mdb_txn_abort(view.txn);
        return rc;
    }
    *ret_transaction = mdb_txn_id(view.txn);
    rc = mdb_txn_commit(view.txn);
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "commit the change of the store");
}

static int open_and_write(const struct atk_exclusive_change *change, uint64_t *ret_transaction,
                          apitoken_error *err) {
    MDB_env *mdb = NULL;
    int rc = atk_env_open_mdb(change->dir_fd, change->map_bytes, 0, &mdb);
    if (rc != 0) return atk_fail_mdb(err, rc, "open the store");
    rc = write_in(mdb, change, ret_transaction, err);
    mdb_env_close(mdb);
    return rc;
}

int atk_exclusive_write(const struct atk_exclusive_change *change, uint64_t *ret_transaction,
                        apitoken_error *err) {
    /* a child forked meanwhile would inherit LMDB's descriptors, which nobody has noted */
    int rc = atk_descriptors_block_fork();
    if (rc < 0) return atk_fail(err, rc, NULL);
    rc = open_and_write(change, ret_transaction, err);
    atk_descriptors_allow_fork();
    return rc;
}
