/* SPDX-License-Identifier: MIT */
/* Growing the map, while no handle in any process is open: LMDB cannot be grown under readers without risk. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attr.h"
#include "error.h"
#include "files.h"
#include "lmdb/codes.h"
#include "lmdb/forkfd.h"
#include "lmdb/gate.h"
#include "lmdb/last_use.h"
#include "lmdb/locks.h"
#include "lmdb/records.h"

static int check_larger(const struct atk_config *config, uint64_t map_bytes, apitoken_error *err) {
    if (map_bytes > config->map_bytes) return 0;
    return atk_fail_field(err, APITOKEN_E_MAP_SIZE, APITOKEN_FIELD_MAP_SIZE, 0, "the map has %llu bytes already",
                          (unsigned long long)config->map_bytes);
}

/* One transaction that writes the larger size into the configuration; LMDB stores it with the meta page of the same commit. */
static int rewrite_in(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys, uint64_t map_bytes,
                      apitoken_error *err) {
    struct atk_state_record state;
    struct atk_config config;
    ATK_TRY(atk_state_get(env, txn, keys, &state, err));
    if (state.transaction != mdb_txn_id(txn) - 1) return atk_fail(err, APITOKEN_E_ROLLED_BACK, NULL);
    ATK_TRY(atk_config_get(env, txn, keys, &config, err));
    ATK_TRY(check_larger(&config, map_bytes, err));
    config.map_bytes = map_bytes;
    state.transaction = mdb_txn_id(txn);
    ATK_TRY(atk_config_put(env, txn, keys, &config, err));
    return atk_state_put(env, txn, keys, &state, err);
}

static int rewrite(MDB_env *mdb, const struct atk_keys *keys, uint64_t map_bytes, uint64_t *ret_transaction,
                   apitoken_error *err) {
    struct atk_env env = { .mdb = mdb };
    MDB_txn *txn = NULL;
    int rc = mdb_txn_begin(mdb, NULL, 0, &txn);
    if (rc != 0) return atk_fail_mdb(err, rc, "begin to write");
    rc = mdb_dbi_open(txn, NULL, 0, &env.hot);
    rc = rc == 0 ? rewrite_in(&env, txn, keys, map_bytes, err) : atk_fail_mdb(err, rc, "open the trees of the store");
    if (rc < 0) {
        mdb_txn_abort(txn);
        return rc;
    }
    *ret_transaction = mdb_txn_id(txn);
    rc = mdb_txn_commit(txn);
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "commit the larger map");
}

static int open_and_rewrite(int dir_fd, const struct atk_keys *keys, uint64_t map_bytes, uint64_t *ret_transaction,
                            apitoken_error *err) {
    char path[64];
    MDB_env *mdb = NULL;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", dir_fd);
    int rc = mdb_env_create(&mdb);
    if (rc != 0) return atk_fail_mdb(err, rc, "open the store");
    rc = mdb_env_set_mapsize(mdb, (size_t)map_bytes);
    if (rc == 0) rc = mdb_env_set_maxreaders(mdb, ATK_READERS_MAX);
    if (rc == 0) rc = mdb_env_set_maxdbs(mdb, 1);
    if (rc == 0) rc = mdb_env_open(mdb, path, MDB_NOTLS, 0640);
    rc = rc == 0 ? rewrite(mdb, keys, map_bytes, ret_transaction, err) : atk_fail_mdb(err, rc, "open the store");
    mdb_env_close(mdb);
    return rc;
}

/* No child is born meanwhile: it would keep the files open. */
static int rewrite_alone(int dir_fd, const struct atk_keys *keys, uint64_t map_bytes, uint64_t *ret_transaction,
                         apitoken_error *err) {
    int rc = atk_forkfd_hold();
    if (rc < 0) return atk_fail(err, rc, NULL);
    rc = open_and_rewrite(dir_fd, keys, map_bytes, ret_transaction, err);
    atk_forkfd_release();
    return rc;
}

/* With the store for itself. The last-use file first: a file that is too long is harmless, one too short is not. */
static int grow_alone(int dir_fd, const struct atk_config *config, const struct atk_keys *keys, uint64_t map_bytes,
                      apitoken_error *err) {
    ATK_SCOPED_FD use_fd = -1;
    struct atk_last_use use;
    uint64_t file_bytes, transaction = 0;
    ATK_TRY(atk_gate_check(dir_fd, 0, &file_bytes, err));
    ATK_TRY(atk_member_open(dir_fd, ATK_LAST_USE_FILE, O_RDWR, 0, &use_fd, err));
    ATK_TRY(atk_last_use_extend(use_fd, map_bytes, err));
    ATK_TRY(rewrite_alone(dir_fd, keys, map_bytes, &transaction, err));
    ATK_TRY(atk_last_use_open(dir_fd, 0, config->store_id, map_bytes, 0, &use, err));
    atk_last_use_raise(&use, transaction);
    atk_last_use_close(&use);
    return 0;
}

/* An ordinary open first: it runs every check there is, and tells the present size. */
static int examine(const char *path, const struct atk_keys *keys, struct atk_deadline *deadline, struct atk_config *ret_config,
                   apitoken_error *err) {
    const struct atk_backend_open open = { .path = path, .check_max_bytes = ATK_CHECK_DEFAULT, .keys = keys };
    struct atk_backend_news news = { 0, 0, 0 };
    struct atk_backend *backend;
    ATK_TRY(atk_lmdb_open(&open, deadline, &backend, &news, err));
    *ret_config = backend->config;
    backend->ops->close(backend, 0);
    return 0;
}

/* Something failed, perhaps the commit: what the store says of itself decides. */
static int settle(const char *path, const struct atk_keys *keys, uint64_t map_bytes, const apitoken_error *failure,
                  apitoken_error *err) {
    struct atk_deadline deadline = atk_deadline_in(ATK_SETTLE_MS);
    struct atk_config config;
    if (examine(path, keys, &deadline, &config, NULL) < 0) return atk_fail_os(err, APITOKEN_E_MAYBE, failure->os_code, NULL);
    return config.map_bytes == map_bytes ? 0 : atk_fail_as(err, failure);
}

int atk_lmdb_grow(const char *path, const struct atk_keys *keys, uint64_t map_bytes, struct atk_deadline *deadline,
                  apitoken_error *err) {
    ATK_SCOPED_FD dir_fd = -1;
    apitoken_error failure = APITOKEN_ERROR_INIT;
    struct atk_config config;
    int lock = -1;
    int rc = examine(path, keys, deadline, &config, err);
    if (rc == APITOKEN_E_MODE) return atk_fail(err, APITOKEN_E_IN_USE, NULL); /* this process has it open verify-only */
    ATK_TRY(rc);
    ATK_TRY(check_larger(&config, map_bytes, err)); /* and once more with the store alone: another may grow it meanwhile */
    ATK_TRY(atk_dir_open(path, 0, &dir_fd, err));
    ATK_TRY(atk_locks_open(dir_fd, 0, &lock, err));
    int is_alone = atk_locks_try(lock, ATK_LOCK_IN_USE, 0);
    if (is_alone) rc = grow_alone(dir_fd, &config, keys, map_bytes, &failure);
    atk_locks_close(&lock);
    if (!is_alone) return atk_fail(err, APITOKEN_E_IN_USE, NULL);
    return rc == 0 ? 0 : settle(path, keys, map_bytes, &failure, err);
}
