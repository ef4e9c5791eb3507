/* SPDX-License-Identifier: MIT */
/*
 * Growing the map, while no handle in any process is open: LMDB cannot be grown under readers
 * without risk.
 */
#include <fcntl.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/files.h"
#include "lmdb/stores/exclusive.h"
#include "lmdb/form/meta.h"
#include "lmdb/tokens/last_use.h"
#include "lmdb/process/locks.h"

static int check_larger(const struct atk_config *config, uint64_t map_bytes, apitoken_error *err) {
    if (map_bytes > config->map_bytes) return 0;
    return atk_fail_field(err, APITOKEN_E_MAP_SIZE, APITOKEN_FIELD_MAP_SIZE, 0,
                          "the map has %llu bytes already", (unsigned long long)config->map_bytes);
}

struct growth {
    const struct atk_keys *keys;
    uint64_t map_bytes;
};

/*
 * Writes the larger size into the configuration; LMDB stores it with the meta page of the same
 * commit.
 */
static int write_size(void *ctx, const struct atk_env *env, MDB_txn *txn, apitoken_error *err) {
    const struct growth *growth = ctx;
    struct atk_state_record state;
    struct atk_config config;
    ATK_TRY(atk_state_get(env, txn, growth->keys, &state, err));
    if (state.transaction != mdb_txn_id(txn) - 1)
        return atk_fail(err, APITOKEN_E_ROLLED_BACK, NULL);
    ATK_TRY(atk_config_get(env, txn, growth->keys, &config, err));
    ATK_TRY(check_larger(&config, growth->map_bytes, err));
    config.map_bytes = growth->map_bytes;
    state.transaction = mdb_txn_id(txn);
    ATK_TRY(atk_config_put(env, txn, growth->keys, &config, err));
    return atk_state_put(env, txn, growth->keys, &state, err);
}

/*
 * With the store for itself. The last-use file first, and durably: a file that is too long is
 * harmless, one too short is not, as it is after a power loss that left the larger map without it.
 */
static int grow_alone(int dir_fd, const struct atk_config *config, const struct atk_keys *keys,
                      uint64_t map_bytes, apitoken_error *err) {
    ATK_SCOPED_FD use_fd = -1;
    struct atk_last_use use;
    struct growth growth = { keys, map_bytes };
    uint64_t file_bytes, transaction = 0;
    ATK_TRY(atk_meta_check(dir_fd, 0, &file_bytes, err));
    ATK_TRY(atk_member_open(dir_fd, ATK_LAST_USE_FILE, O_RDWR, 0, &use_fd, err));
    ATK_TRY(atk_last_use_extend(use_fd, map_bytes, err));
    if (fsync(use_fd) != 0) return atk_fail_errno(err, errno, "sync", ATK_LAST_USE_FILE);
    ATK_TRY(atk_exclusive_write(dir_fd, map_bytes, write_size, &growth, &transaction, err));
    ATK_TRY(atk_last_use_open(dir_fd, 0, config->store_id, map_bytes, 0, &use, err));
    atk_last_use_raise(&use, transaction);
    atk_last_use_close(&use);
    return 0;
}

/* An ordinary open first: it runs every check there is, and tells the present size. */
static int examine(const char *path, const struct atk_keys *keys, struct atk_deadline *deadline,
                   struct atk_config *ret_config, apitoken_error *err) {
    const struct atk_backend_open open = { .path = path,
                                           .check_max_bytes = ATK_CHECK_DEFAULT,
                                           .keys = keys };
    struct atk_backend_news news = { 0, 0, 0 };
    struct atk_backend *backend;
    ATK_TRY(atk_lmdb_open(&open, deadline, &backend, &news, err));
    *ret_config = backend->config;
    backend->ops->close(backend, 0);
    return 0;
}

/* Something failed, perhaps the commit: what the store says of itself decides. */
static int settle(const char *path, const struct atk_keys *keys, uint64_t map_bytes,
                  const apitoken_error *failure, apitoken_error *err) {
    struct atk_deadline deadline = atk_deadline_in(ATK_SETTLE_MS);
    struct atk_config config;
    if (examine(path, keys, &deadline, &config, NULL) < 0)
        return atk_fail_os(err, APITOKEN_E_MAYBE, failure->os_code, NULL);
    return config.map_bytes == map_bytes ? 0 : atk_fail_as(err, failure);
}

int atk_lmdb_grow(const char *path, const struct atk_keys *keys, uint64_t map_bytes,
                  struct atk_deadline *deadline, apitoken_error *err) {
    ATK_SCOPED_FD dir_fd = -1;
    apitoken_error failure = APITOKEN_ERROR_INIT;
    struct atk_config config;
    int lock = -1;
    int rc = examine(path, keys, deadline, &config, err);
    /* this process has it open verify-only */
    if (rc == APITOKEN_E_MODE) return atk_fail(err, APITOKEN_E_IN_USE, NULL);
    ATK_TRY(rc);
    /* and once more with the store alone: another may grow it meanwhile */
    ATK_TRY(check_larger(&config, map_bytes, err));
    ATK_TRY(atk_dir_open(path, 0, &dir_fd, err));
    ATK_TRY(atk_exclusive_take(dir_fd, 0, &lock, err));
    rc = grow_alone(dir_fd, &config, keys, map_bytes, &failure);
    atk_locks_close(&lock);
    return rc == 0 ? 0 : settle(path, keys, map_bytes, &failure, err);
}
