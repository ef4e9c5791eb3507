/* SPDX-License-Identifier: MIT */
/*
 * Making a store: everything in a new directory beside the place, synced, then renamed. A crash leaves no store or a whole one.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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
#include "lmdb/slots.h"
#include "lmdb/space.h"

static const struct {
    const char *name;
    mode_t mode;
} members[] = {
    { ATK_DATA_FILE, 0640 },
    { ATK_READERS_FILE, 0660 },
    { ATK_LOCK_FILE, 0660 },
    { ATK_LAST_USE_FILE, 0660 },
};

static int make_members(int dir_fd, apitoken_error *err) {
    for (size_t i = 0; i < ATK_LEN(members); i++) {
        ATK_SCOPED_FD fd = -1;
        ATK_TRY(atk_member_create(dir_fd, members[i].name, members[i].mode, &fd, err));
    }
    return 0;
}

static int put_records(const struct atk_env *env, MDB_txn *txn, const struct atk_config *config, const struct atk_keys *keys,
                       apitoken_error *err) {
    const struct atk_key *active = atk_keys_find(keys, keys->active);
    struct atk_keys_record known = { .key_id = active->id, .count = 1 };
    struct atk_state_record state = {
        .key_id = active->id, .schema = ATK_SCHEMA, .transaction = mdb_txn_id(txn), .next_sequence = 1
    };
    known.entry[0].key_id = active->id;
    known.entry[0].prints = active->prints;
    ATK_TRY(atk_config_put(env, txn, keys, config, err));
    ATK_TRY(atk_prints_put(env, txn, keys, &known, err));
    return atk_state_put(env, txn, keys, &state, err);
}

/* The first transaction. Nobody else knows the directory yet, so no locks are needed. */
static int fill(MDB_env *mdb, const struct atk_config *config, const struct atk_keys *keys, apitoken_error *err) {
    struct atk_env env = { .mdb = mdb };
    MDB_txn *txn = NULL;
    int rc = mdb_txn_begin(mdb, NULL, 0, &txn);
    if (rc != 0) return atk_fail_mdb(err, rc, "begin to write");
    rc = mdb_dbi_open(txn, NULL, 0, &env.hot);
    if (rc == 0) rc = mdb_dbi_open(txn, ATK_ROWS_DB, MDB_CREATE, &env.rows);
    rc = rc == 0 ? put_records(&env, txn, config, keys, err) : atk_fail_mdb(err, rc, "make the trees");
    if (rc < 0) {
        mdb_txn_abort(txn);
        return rc;
    }
    rc = mdb_txn_commit(txn);
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "commit the new store");
}

static int make_data(const char *dir, const struct atk_config *config, const struct atk_keys *keys, apitoken_error *err) {
    MDB_env *mdb = NULL;
    int rc = mdb_env_create(&mdb);
    if (rc != 0) return atk_fail_mdb(err, rc, "make the store");
    rc = mdb_env_set_mapsize(mdb, (size_t)config->map_bytes);
    if (rc == 0) rc = mdb_env_set_maxreaders(mdb, ATK_READERS_MAX);
    if (rc == 0) rc = mdb_env_set_maxdbs(mdb, 1);
    if (rc == 0) rc = mdb_env_open(mdb, dir, MDB_NOTLS, 0640);
    rc = rc == 0 ? fill(mdb, config, keys, err) : atk_fail_mdb(err, rc, "make the store");
    mdb_env_close(mdb);
    return rc;
}

/* No child is born meanwhile: it would keep the new store's files open. */
static int make_data_alone(const char *dir, const struct atk_config *config, const struct atk_keys *keys, apitoken_error *err) {
    int rc = atk_forkfd_hold();
    if (rc < 0) return atk_fail(err, rc, NULL);
    rc = make_data(dir, config, keys, err);
    atk_forkfd_release();
    return rc;
}

/* Disk space for the data and the reserve after it, the head of the last-use file. */
static int make_room(int dir_fd, const struct atk_config *config, apitoken_error *err) {
    ATK_SCOPED_FD data = -1, use = -1;
    uint64_t allocated = 0;
    ATK_TRY(atk_member_open(dir_fd, ATK_DATA_FILE, O_RDWR, 0, &data, err));
    uint64_t reserve = atk_space_reserve_bytes(config->map_bytes, (uint32_t)sysconf(_SC_PAGESIZE));
    ATK_TRY(atk_space_allocate(data, reserve, config->map_bytes, &allocated, err));
    ATK_TRY(atk_member_open(dir_fd, ATK_LAST_USE_FILE, O_RDWR, 0, &use, err));
    return atk_last_use_format(use, config->store_id, config->map_bytes, err);
}

static int sync_members(int dir_fd, apitoken_error *err) {
    for (size_t i = 0; i < ATK_LEN(members); i++) {
        ATK_SCOPED_FD fd = -1;
        ATK_TRY(atk_member_open(dir_fd, members[i].name, O_RDONLY, 0, &fd, err));
        if (fsync(fd) != 0) return atk_fail_errno(err, errno, "sync", members[i].name);
    }
    return fsync(dir_fd) == 0 ? 0 : atk_fail_errno(err, errno, "sync", "the new directory");
}

static int build(const char *dir, int for_group, const struct atk_config *config, const struct atk_keys *keys,
                 apitoken_error *err) {
    ATK_SCOPED_FD fd = -1;
    ATK_TRY(atk_dir_open(dir, 0, &fd, err));
    ATK_TRY(make_members(fd, err));
    ATK_TRY(atk_slots_allocate(fd, 0, err));
    ATK_TRY(
        make_data_alone(dir, config, keys, err)); /* LMDB takes only an empty file for a new one, so the room comes after it */
    ATK_TRY(make_room(fd, config, err));
    if (fchmod(fd, for_group ? 02770 : 0750) != 0) return atk_fail_errno(err, errno, "set the mode of", dir);
    return sync_members(fd, err);
}

static void remove_all(const char *dir) {
    char path[ATK_PATH_MAX + 64];
    for (size_t i = 0; i < ATK_LEN(members); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, members[i].name);
        (void)unlink(path);
    }
    (void)rmdir(dir);
}

int atk_lmdb_create(const char *path, int for_group, const struct atk_config *config, const struct atk_keys *keys,
                    apitoken_error *err) {
    char dir[ATK_PATH_MAX + 16];
    struct stat st;
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/') len--;
    if (lstat(path, &st) == 0) return atk_fail(err, APITOKEN_E_EXISTS, "%s exists", path);
    (void)snprintf(dir, sizeof dir, "%.*s.new-XXXXXX", (int)len, path);
    if (!mkdtemp(dir)) return atk_fail_errno(err, errno, "make a directory beside", path);
    (void)chmod(dir, 0700); /* whatever the umask left of it */
    int rc = build(dir, for_group, config, keys, err);
    if (rc == 0) rc = atk_rename_new(dir, path, err);
    if (rc < 0) {
        remove_all(dir);
        return rc;
    }
    return atk_sync_parent(path, err);
}
