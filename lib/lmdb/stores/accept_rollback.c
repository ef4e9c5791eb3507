/* SPDX-License-Identifier: MIT */
/* Accepting a roll-back: the state that a store was put back to becomes its newest one. */
#include <fcntl.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/files.h"
#include "lmdb/form/meta.h"
#include "lmdb/process/locks.h"
#include "lmdb/stores/exclusive.h"
#include "lmdb/tokens/last_use.h"

static int write_number(void *ctx, const struct atk_env *env, MDB_txn *txn, apitoken_error *err) {
    const struct atk_keys *keys = ctx;
    struct atk_state_record state;
    ATK_TRY(atk_state_get(env, txn, keys, &state, err));
    state.transaction = mdb_txn_id(txn);
    return atk_state_put(env, txn, keys, &state, err);
}

/* If it stops in between, the store is told as rolled back still. */
static int accept_alone(int dir_fd, const struct atk_config *config, const struct atk_keys *keys,
                        apitoken_error *err) {
    struct atk_last_use use;
    uint64_t file_bytes, transaction = 0;
    ATK_TRY(atk_meta_check(dir_fd, 0, &file_bytes, err));
    ATK_TRY(
        atk_exclusive_write(dir_fd, 0, write_number, (void *)(uintptr_t)keys, &transaction, err));
    ATK_TRY(atk_last_use_open(dir_fd, 0, config->store_id, config->map_bytes, 0, &use, err));
    atk_last_use_set(&use, transaction);
    atk_last_use_close(&use);
    return 0;
}

static int config_of(const char *path, const struct atk_keys *keys, struct atk_deadline *deadline,
                     struct atk_config *ret, apitoken_error *err) {
    const struct atk_backend_open open = {
        .path = path, .check_max_bytes = UINT64_MAX, .keys = keys, .tolerates_rolled_back = 1
    };
    struct atk_backend_news news = { 0, 0, 0 };
    struct atk_backend *backend;
    ATK_TRY(atk_lmdb_open(&open, deadline, &backend, &news, err));
    *ret = backend->config;
    backend->ops->close(backend, 0);
    return 0;
}

int atk_lmdb_accept_rollback(const char *path, const struct atk_keys *keys,
                             struct atk_deadline *deadline, apitoken_error *err) {
    ATK_SCOPED_FD dir_fd = -1;
    struct atk_config config;
    int lock = -1;
    int rc = config_of(path, keys, deadline, &config, err);
    /* this process has it open verify-only */
    if (rc == APITOKEN_E_MODE) return atk_fail(err, APITOKEN_E_IN_USE, NULL);
    ATK_TRY(rc);
    ATK_TRY(atk_dir_open(path, 0, &dir_fd, err));
    ATK_TRY(atk_exclusive_take(dir_fd, 0, &lock, err));
    rc = accept_alone(dir_fd, &config, keys, err);
    atk_locks_close(&lock);
    return rc;
}
