/* SPDX-License-Identifier: MIT */
/* Accepting a roll-back: the state that a store was put back to becomes its newest one. */
#include "base/attr.h"
#include "base/error.h"
#include "outside/files.h"
#include "lmdb/form/meta.h"
#include "lmdb/process/locks.h"
#include "lmdb/stores/exclusive.h"
#include "lmdb/tokens/last_use.h"

static int write_state(void *ctx, const struct atk_view *view, apitoken_error *err) {
    struct atk_state_record state;
    (void)ctx;
    ATK_TRY(atk_state_get(view, &state, err));
    state.transaction = mdb_txn_id(view->txn);
    return atk_state_put(view, &state, err);
}

/* With exclusive access. If interrupted, the store still reports as rolled back. */
static int accept_exclusively(int dir_fd, const struct atk_config *config,
                              const struct atk_keys *keys, apitoken_error *err) {
    const struct atk_exclusive_change change = { .dir_fd = dir_fd,
                                                 .keys = keys,
                                                 .write = write_state };
    const struct atk_last_use_place place = { .dir_fd = dir_fd,
                                              .store_id = config->store_id,
                                              .map_bytes = config->map_bytes };
    struct atk_last_use use;
    uint64_t file_bytes, transaction = 0;
    ATK_TRY(atk_meta_check(dir_fd, false, &file_bytes, err));
    ATK_TRY(atk_exclusive_write(&change, &transaction, err));
    ATK_TRY(atk_last_use_open(&place, 0, &use, err));
    atk_last_use_set(&use, transaction);
    atk_last_use_close(&use);
    return 0;
}

int atk_lmdb_accept_rollback(const char *path, const struct atk_keys *keys,
                             struct atk_deadline *deadline, apitoken_error *err) {
    ATK_SCOPED_FD dir_fd = -1;
    const struct atk_backend_open open = {
        .path = path, .check_max_bytes = UINT64_MAX, .keys = keys, .tolerates_rolled_back = true
    };
    struct atk_config config;
    int lock = -1;
    ATK_TRY(atk_exclusive_examine(&open, deadline, &config, err));
    ATK_TRY(atk_dir_open(path, false, &dir_fd, err));
    ATK_TRY(atk_exclusive_take(dir_fd, false, &lock, err));
    int rc = accept_exclusively(dir_fd, &config, keys, err);
    atk_locks_close(&lock);
    return rc;
}
