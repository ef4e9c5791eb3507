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

struct growth {
    const char *path;
    bool any_fs;
    const struct atk_keys *keys;
    uint64_t limit_bytes;
    struct atk_deadline *deadline;
};

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
                             const struct growth *growth, apitoken_error *err) {
    ATK_NO_FILE_SIGNAL;
    uint64_t map_bytes = atk_space_map_bytes(growth->limit_bytes), file_bytes;
    const struct atk_exclusive_change change = { .dir_fd = dir_fd,
                                                 .lock = lock,
                                                 .config = config,
                                                 .map_bytes = map_bytes,
                                                 .keys = growth->keys,
                                                 .write = write_map_size,
                                                 .ctx = &map_bytes };
    ATK_TRY(atk_meta_check(dir_fd, false, &file_bytes, err));
    return atk_exclusive_write(&change, err);
}

static int widen(const struct growth *growth, const struct atk_config *config,
                 apitoken_error *err) {
    ATK_SCOPED_FD dir_fd = -1;
    int lock = -1;
    ATK_TRY(atk_dir_open(growth->path, growth->any_fs ? ATK_DIR_ANY_FS : 0, &dir_fd, err));
    int rc = atk_exclusive_take(dir_fd, false, &lock, err);
    if (rc == APITOKEN_E_IN_USE)
        return atk_fail(err, rc,
                        "a process has the store open: beyond %llu bytes it can only grow while "
                        "none has",
                        (unsigned long long)config->map_bytes);
    ATK_TRY(rc);
    rc = widen_exclusively(dir_fd, lock, config, growth, err);
    atk_locks_close(&lock);
    return rc;
}

/* ---- the limit ------------------------------------------------------------------------------- */

static int open_store(const struct growth *growth, struct atk_backend **ret_backend,
                      apitoken_error *err) {
    const struct atk_backend_open open = { .path = growth->path,
                                           .any_fs = growth->any_fs,
                                           .check_max_bytes = ATK_STRUCTURE_CHECK_DEFAULT,
                                           .keys = growth->keys };
    struct atk_open_report report = { 0 };
    return atk_lmdb_open(&open, growth->deadline, ret_backend, &report, err);
}

/* A failure to widen the map changes no limit. Whether it was one, the next open tells. */
static int open_wide_store(const struct growth *growth, struct atk_backend **ret_backend,
                           apitoken_error *err) {
    apitoken_error failure = APITOKEN_ERROR_INIT;
    ATK_TRY(open_store(growth, ret_backend, err));
    const struct atk_config config = (*ret_backend)->config;
    if (config.map_bytes >= growth->limit_bytes) return 0;
    (*ret_backend)->ops->close(*ret_backend, false);
    int rc = widen(growth, &config, &failure);
    ATK_TRY(open_store(growth, ret_backend, err));
    if ((*ret_backend)->config.map_bytes >= growth->limit_bytes) return 0;
    (*ret_backend)->ops->close(*ret_backend, false);
    return rc < 0 ? atk_fail_as(err, &failure) : atk_fail(err, APITOKEN_E_DAMAGED, NULL);
}

int atk_lmdb_grow(const char *path, bool any_fs, const struct atk_keys *keys, uint64_t limit_bytes,
                  struct atk_deadline *deadline, apitoken_error *err) {
    const struct growth growth = { path, any_fs, keys, limit_bytes, deadline };
    struct atk_backend *backend;
    ATK_TRY(open_wide_store(&growth, &backend, err));
    int rc = atk_lmdb_set_limit(backend, limit_bytes, deadline, err);
    backend->ops->close(backend, false);
    return rc;
}
