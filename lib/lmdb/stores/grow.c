/* SPDX-License-Identifier: MIT */
/* Enlarges the map. Needs exclusive access: LMDB cannot safely do it while others read. */
#include <fcntl.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/files.h"
#include "lmdb/form/meta.h"
#include "lmdb/process/locks.h"
#include "lmdb/stores/exclusive.h"
#include "lmdb/tokens/last_use.h"

struct growth {
    const char *path;
    const struct atk_keys *keys;
    uint64_t map_bytes;
};

static int check_larger(const struct atk_config *config, uint64_t map_bytes, apitoken_error *err) {
    if (map_bytes > config->map_bytes) return 0;
    return atk_fail_field(err, APITOKEN_E_MAP_SIZE, APITOKEN_FIELD_MAP_SIZE, 0,
                          "the map has %llu bytes already", (unsigned long long)config->map_bytes);
}

/*
 * Writes the new size into the configuration; LMDB stores it in the meta page of the same commit.
 */
static int write_size(void *ctx, const struct atk_view *view, struct atk_state_record *state,
                      apitoken_error *err) {
    const struct growth *growth = ctx;
    struct atk_config config;
    (void)state;
    ATK_TRY(atk_config_get(view, &config, err));
    ATK_TRY(check_larger(&config, growth->map_bytes, err));
    config.map_bytes = growth->map_bytes;
    return atk_config_put(view, &config, err);
}

/*
 * With exclusive access. Extends and syncs the last-use file first: one that is too long does no
 * harm, but a power loss must not leave a larger map with a file that is too short.
 */
static int grow_exclusively(int dir_fd, int lock, const struct atk_config *config,
                            struct growth *growth, apitoken_error *err) {
    ATK_SCOPED_FD use_fd = -1;
    const struct atk_exclusive_change change = { .dir_fd = dir_fd,
                                                 .lock = lock,
                                                 .config = config,
                                                 .map_bytes = growth->map_bytes,
                                                 .keys = growth->keys,
                                                 .write = write_size,
                                                 .ctx = growth };
    uint64_t file_bytes;
    ATK_TRY(atk_meta_check(dir_fd, false, &file_bytes, err));
    ATK_TRY(atk_member_open(dir_fd, ATK_LAST_USE_FILE, O_RDWR, false, &use_fd, err));
    ATK_TRY(atk_last_use_extend(use_fd, growth->map_bytes, err));
    if (fsync(use_fd) != 0) return atk_fail_errno(err, errno, "sync", ATK_LAST_USE_FILE);
    return atk_exclusive_write(&change, err);
}

static int examine(const struct growth *growth, struct atk_deadline *deadline,
                   struct atk_config *ret_config, apitoken_error *err) {
    const struct atk_backend_open open = { .path = growth->path,
                                           .check_max_bytes = ATK_STRUCTURE_CHECK_DEFAULT,
                                           .keys = growth->keys };
    return atk_exclusive_examine(&open, deadline, ret_config, err);
}

/* Something failed, perhaps the commit itself: the store's own configuration decides. */
static int resolve_failure(const struct growth *growth, const apitoken_error *failure,
                           apitoken_error *err) {
    struct atk_deadline deadline = atk_deadline_in(ATK_SETTLE_MS);
    struct atk_config config;
    if (examine(growth, &deadline, &config, NULL) < 0)
        return atk_fail_os(err, APITOKEN_E_MAYBE, failure->os_code, NULL);
    return config.map_bytes == growth->map_bytes ? 0 : atk_fail_as(err, failure);
}

int atk_lmdb_grow(const char *path, const struct atk_keys *keys, uint64_t map_bytes,
                  struct atk_deadline *deadline, apitoken_error *err) {
    ATK_SCOPED_FD dir_fd = -1;
    struct growth growth = { path, keys, map_bytes };
    apitoken_error failure = APITOKEN_ERROR_INIT;
    struct atk_config config;
    int lock = -1;
    ATK_TRY(examine(&growth, deadline, &config, err));
    /* checked again with exclusive access: another process may grow the store meanwhile */
    ATK_TRY(check_larger(&config, map_bytes, err));
    ATK_TRY(atk_dir_open(path, false, &dir_fd, err));
    ATK_TRY(atk_exclusive_take(dir_fd, false, &lock, err));
    int rc = grow_exclusively(dir_fd, lock, &config, &growth, &failure);
    atk_locks_close(&lock);
    return rc == 0 ? 0 : resolve_failure(&growth, &failure, err);
}
