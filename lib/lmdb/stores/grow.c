/* SPDX-License-Identifier: MIT */
/*
 * Sets the limit of a store. That is a write like any other, while processes have the store open,
 * as far as their maps reach. Only a limit beyond the map needs exclusive access first: LMDB cannot
 * safely map more while others read.
 */
#include "base/attr.h"
#include "base/error.h"
#include "outside/file_limit.h"
#include "outside/files.h"
#include "lmdb/form/meta.h"
#include "lmdb/process/locks.h"
#include "lmdb/stores/exclusive.h"
#include "lmdb/tokens/engine.h"
#include "lmdb/tokens/space.h"

/* ---- a larger map ---------------------------------------------------------------------------- */

/* LMDB stores the same number in the meta page of the same commit. */
static int write_map_size(void *ctx, const struct atk_view *view, struct atk_state_record *state,
                          apitoken_error *err) {
    const uint64_t *map_bytes = ctx;
    struct atk_config config;
    (void)state;
    ATK_TRY(atk_config_get(view, &config, err));
    if (config.map_bytes >= *map_bytes) return 0; /* by another process meanwhile */
    config.map_bytes = *map_bytes;
    return atk_config_put(view, &config, err);
}

static int widen_exclusively(int dir_fd, int lock, const struct atk_config *config,
                             const struct atk_backend_grow *grow, apitoken_error *err) {
    ATK_NO_FILE_SIGNAL;
    uint64_t map_bytes = atk_space_map_bytes(grow->limit_bytes), file_bytes;
    const struct atk_exclusive_change change = { .dir_fd = dir_fd,
                                                 .lock = lock,
                                                 .config = config,
                                                 .map_bytes = map_bytes,
                                                 .keys = grow->keys,
                                                 .write = write_map_size,
                                                 .ctx = &map_bytes };
    ATK_TRY(atk_meta_check(dir_fd, false, &file_bytes, err));
    return atk_exclusive_write(&change, err);
}

static int widen(const struct atk_backend_grow *grow, const struct atk_config *config,
                 apitoken_error *err) {
    ATK_SCOPED_FD dir_fd = -1;
    int lock = -1;
    ATK_TRY(atk_dir_open(grow->path, grow->any_fs ? ATK_DIR_ANY_FS : 0, &dir_fd, err));
    int rc = atk_exclusive_take(dir_fd, false, &lock, err);
    if (rc == APITOKEN_E_IN_USE)
        return atk_fail(err, rc,
                        "a process has the store open: beyond %llu bytes it can only grow while "
                        "none has",
                        (unsigned long long)config->map_bytes);
    ATK_TRY(rc);
    rc = widen_exclusively(dir_fd, lock, config, grow, err);
    atk_locks_close(&lock);
    return rc;
}

/* ---- the limit ------------------------------------------------------------------------------- */

static int open_store(const struct atk_backend_grow *grow, struct atk_deadline *deadline,
                      struct atk_backend **ret_backend, apitoken_error *err) {
    const struct atk_backend_open open = { .path = grow->path,
                                           .any_fs = grow->any_fs,
                                           .check_max_bytes = ATK_STRUCTURE_CHECK_DEFAULT,
                                           .keys = grow->keys };
    struct atk_open_report report = { 0 };
    return atk_lmdb_open(&open, deadline, ret_backend, &report, err);
}

/* A failure to widen the map changes no limit. Whether it was one, the next open tells. */
static int open_wide_store(const struct atk_backend_grow *grow, struct atk_deadline *deadline,
                           struct atk_backend **ret_backend, apitoken_error *err) {
    apitoken_error failure = APITOKEN_ERROR_INIT;
    ATK_TRY(open_store(grow, deadline, ret_backend, err));
    const struct atk_config config = (*ret_backend)->config;
    if (config.map_bytes >= grow->limit_bytes) return 0;
    (*ret_backend)->ops->close(*ret_backend, false);
    int rc = widen(grow, &config, &failure);
    ATK_TRY(open_store(grow, deadline, ret_backend, err));
    if ((*ret_backend)->config.map_bytes >= grow->limit_bytes) return 0;
    (*ret_backend)->ops->close(*ret_backend, false);
    return rc < 0 ? atk_fail_as(err, &failure) : atk_fail(err, APITOKEN_E_DAMAGED, NULL);
}

int atk_lmdb_grow(const struct atk_backend_grow *grow, struct atk_deadline *deadline,
                  apitoken_error *err) {
    struct atk_backend *backend;
    ATK_TRY(open_wide_store(grow, deadline, &backend, err));
    int rc = atk_lmdb_set_limit(backend, grow->limit_bytes, &grow->act, deadline, err);
    backend->ops->close(backend, false);
    return rc;
}
