/* SPDX-License-Identifier: MIT */
/* Accepting a rollback: the state that a store was put back to becomes its newest one. */
#include "base/attr.h"
#include "base/error.h"
#include "outside/files.h"
#include "lmdb/form/meta.h"
#include "lmdb/process/locks.h"
#include "lmdb/stores/exclusive.h"
#include "lmdb/stores/store_act.h"
#include "lmdb/form/error.h"
#include "rules/text.h"

struct acceptance {
    const struct atk_config *config;
    const struct atk_store_act *act;
};

/*
 * No id of the accepted state is drawn again. The environment gets another name: transactions count
 * on from the accepted state, so the numbers of the one that was given up are taken a second time,
 * and its file, put back once more, must not pass for a newer one.
 */
static int start_anew(const struct atk_view *view, struct atk_state_record *state,
                      apitoken_error *err) {
    MDB_val key, value;
    MDB_cursor *cursor;
    int rc = mdb_cursor_open(view->txn, view->env->hot, &cursor);
    if (rc == 0) {
        rc = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
        mdb_cursor_close(cursor);
    }
    if (rc != 0) return atk_fail_mdb(err, rc, "read the store");
    atk_random(state->environment, sizeof state->environment);
    if (!atk_id_is_valid(key.mv_data, key.mv_size)) return 0; /* no token: all others sort before */
    const uint64_t tick = atk_id_tick(key.mv_data);
    if (tick > state->id_floor) state->id_floor = tick;
    return 0;
}

/* An atk_exclusive_fn. */
static int accept(void *ctx, const struct atk_view *view, struct atk_state_record *state,
                  apitoken_error *err) {
    const struct acceptance *acceptance = ctx;
    const struct atk_audit_place place = { view, acceptance->config->store_id, state };
    ATK_TRY(start_anew(view, state, err));
    return atk_store_act_note(&place, acceptance->act, NULL, 0, err);
}

/* With exclusive access. If interrupted, the store still reports as rolled back. */
static int accept_exclusively(int dir_fd, int lock, const struct atk_config *config,
                              const struct atk_backend_offline *store, apitoken_error *err) {
    struct acceptance acceptance = { config, &store->act };
    const struct atk_exclusive_change change = { .dir_fd = dir_fd,
                                                 .lock = lock,
                                                 .config = config,
                                                 .keys = store->keys,
                                                 .accepts_rolled_back = true,
                                                 .write = accept,
                                                 .ctx = &acceptance };
    uint64_t file_bytes;
    ATK_TRY(atk_meta_check(dir_fd, false, &file_bytes, err));
    return atk_exclusive_write(&change, err);
}

int atk_lmdb_accept_rollback(const struct atk_backend_offline *store, struct atk_deadline *deadline,
                             apitoken_error *err) {
    ATK_SCOPED_FD dir_fd = -1;
    const struct atk_backend_open open = { .path = store->path,
                                           .any_fs = store->any_fs,
                                           .check_max_bytes = UINT64_MAX,
                                           .keys = store->keys,
                                           .tolerates_rolled_back = true };
    struct atk_config config;
    int lock = -1;
    ATK_TRY(atk_exclusive_examine(&open, deadline, &config, err));
    ATK_TRY(atk_dir_open(store->path, store->any_fs ? ATK_DIR_ANY_FS : 0, &dir_fd, err));
    ATK_TRY(atk_exclusive_take(dir_fd, false, &lock, err));
    int rc = accept_exclusively(dir_fd, lock, &config, store, err);
    atk_locks_close(&lock);
    return rc;
}
