/* SPDX-License-Identifier: MIT */
#include "lmdb/stores/exclusive.h"

#include <fcntl.h>
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/form/error.h"
#include "lmdb/form/meta.h"
#include "lmdb/process/descriptors.h"
#include "lmdb/process/locks.h"
#include "lmdb/tokens/homes.h"
#include "lmdb/tokens/last_use.h"
#include "outside/file_limit.h"
#include "outside/files.h"

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

int atk_exclusive_check_unchanged(int dir_fd, uint64_t transaction, apitoken_error *err) {
    ATK_SCOPED_FD data = -1;
    struct atk_meta metas[2];
    uint32_t page_size;
    ATK_TRY(atk_member_open(dir_fd, ATK_DATA_FILE, O_RDONLY, true, &data, err));
    if (!atk_meta_read_both(data, metas, &page_size))
        return atk_fail(err, APITOKEN_E_DAMAGED, NULL);
    uint64_t newest = metas[metas[1].transaction > metas[0].transaction].transaction;
    return newest == transaction ? 0 : atk_fail(err, APITOKEN_E_IN_USE, NULL);
}

static int change_state(const struct atk_exclusive_change *change, const struct atk_view *view,
                        struct atk_home *ret_home, apitoken_error *err) {
    struct atk_state_record state;
    const uint64_t transaction = mdb_txn_id(view->txn);
    ATK_TRY(atk_state_get(view, &state, err));
    if (state.transaction != transaction - 1 && !change->accepts_rolled_back)
        return atk_fail(err, APITOKEN_E_ROLLED_BACK, NULL);
    ATK_TRY(change->write(change->ctx, view, &state, err));
    state.transaction = ret_home->transaction = transaction;
    memcpy(ret_home->environment, state.environment, sizeof ret_home->environment);
    return atk_state_put(view, &state, err);
}

static int write_in(MDB_env *mdb, const struct atk_exclusive_change *change,
                    const struct atk_keys *keys, struct atk_home *ret_home, apitoken_error *err) {
    struct atk_env env = { .mdb = mdb };
    struct atk_view view = { .env = &env, .keys = keys };
    int rc = mdb_txn_begin(mdb, NULL, 0, &view.txn);
    if (rc != 0) return atk_fail_mdb(err, rc, "begin to write");
    rc = atk_env_open_trees(&env, view.txn, 0);
    rc = rc == 0 ? change_state(change, &view, ret_home, err)
                 : atk_fail_mdb(err, rc, "open the trees of the store");
    if (rc < 0) {
        mdb_txn_abort(view.txn);
        return rc;
    }
    rc = mdb_txn_commit(view.txn);
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "commit the change of the store");
}

static int open_and_write(const struct atk_exclusive_change *change, const struct atk_keys *keys,
                          struct atk_home *ret_home, apitoken_error *err) {
    MDB_env *mdb = NULL;
    int rc = atk_env_open_mdb(change->dir_fd, change->map_bytes, 0, &mdb);
    if (rc != 0) return atk_fail_mdb(err, rc, "open the store");
    rc = write_in(mdb, change, keys, ret_home, err);
    mdb_env_close(mdb);
    return rc;
}

static int write_state(const struct atk_exclusive_change *change, struct atk_home *ret_home,
                       apitoken_error *err) {
    bool is_locked;
    const struct atk_keys *keys = atk_keys_bind(change->keys, change->config->store_id, &is_locked);
    if (!keys) return atk_fail(err, APITOKEN_E_NOMEM, "out of guarded memory");
    /* a child forked meanwhile would inherit LMDB's descriptors, which nobody has noted */
    int rc = atk_descriptors_block_fork();
    if (rc == 0) {
        rc = open_and_write(change, keys, ret_home, err);
        atk_descriptors_allow_fork();
    } else {
        rc = atk_fail(err, rc, NULL);
    }
    atk_guarded_free((void *)(uintptr_t)keys);
    return rc;
}

int atk_exclusive_write(const struct atk_exclusive_change *change, apitoken_error *err) {
    ATK_NO_FILE_SIGNAL;
    ATK_SCOPED_FD use_fd = -1;
    struct atk_home home = { .transaction = 0 };
    const struct atk_last_use_place place = { .dir_fd = change->dir_fd };
    if (atk_last_use_is_lost(&place)) ATK_TRY(atk_last_use_renew(&place, err));
    ATK_TRY(atk_member_open(change->dir_fd, ATK_LAST_USE_FILE, O_RDWR, false, &use_fd, err));
    ATK_TRY(write_state(change, &home, err));
    const struct atk_homes homes = atk_homes_of(use_fd, change->lock);
    ATK_TRY(atk_homes_write(&homes, &home, err));
    return atk_homes_sync(&homes, err);
}
