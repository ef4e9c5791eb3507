/* SPDX-License-Identifier: MIT */
#include "lmdb/stores/new_store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/files.h"
#include "lmdb/form/error.h"
#include "lmdb/process/descriptors.h"
#include "lmdb/form/meta.h"
#include "lmdb/process/locks.h"
#include "lmdb/process/reader_table.h"
#include "lmdb/tokens/records.h"
#include "lmdb/tokens/space.h"

#define DIR_CAP (ATK_PATH_MAX + 16)

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

static int format_last_use(int dir_fd, const struct atk_config *config, apitoken_error *err) {
    ATK_SCOPED_FD fd = -1;
    ATK_TRY(atk_member_open(dir_fd, ATK_LAST_USE_FILE, O_RDWR, 0, &fd, err));
    return atk_last_use_format(fd, config->store_id, config->map_bytes, err);
}

/* A child that is forked meanwhile closes the new store's files when it opens a store. */
static int open_noted(int dir_fd, uint64_t map_bytes, MDB_env **ret_mdb, apitoken_error *err) {
    int rc = atk_descriptors_block_fork();
    if (rc < 0) return atk_fail(err, rc, NULL);
    /* no sync at each commit: all files are synced at the end */
    rc = atk_env_open_mdb(dir_fd, map_bytes, MDB_NOSYNC, ret_mdb);
    rc = rc == 0 ? atk_descriptors_note_lmdb(dir_fd, err) : atk_fail_mdb(err, rc, "make the store");
    atk_descriptors_allow_fork();
    return rc;
}

static void shut_noted(int dir_fd, MDB_env *mdb) {
    struct stat st;
    (void)atk_descriptors_block_fork();
    for (size_t i = 0; i < ATK_LEN(members); i++)
        if (fstatat(dir_fd, members[i].name, &st, AT_SYMLINK_NOFOLLOW) == 0)
            atk_descriptors_forget_file(st.st_dev, st.st_ino);
    mdb_env_close(mdb);
    atk_descriptors_allow_fork();
}

/* Both trees are made by a commit of their own, so that their handles hold for all that follow. */
static int make_trees(struct atk_env *env, apitoken_error *err) {
    MDB_txn *txn = NULL;
    int rc = mdb_txn_begin(env->mdb, NULL, 0, &txn);
    if (rc != 0) return atk_fail_mdb(err, rc, "begin to write");
    rc = mdb_dbi_open(txn, NULL, 0, &env->hot);
    if (rc == 0) rc = mdb_dbi_open(txn, ATK_ROWS_DB, MDB_CREATE, &env->rows);
    if (rc != 0) {
        mdb_txn_abort(txn);
        return atk_fail_mdb(err, rc, "make the trees");
    }
    rc = mdb_txn_commit(txn);
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "make the trees");
}

/* Nobody else knows the directory yet, so no locks are needed. */
static int fill_data(int dir_fd, const struct atk_new_store *build, struct atk_last_use *use,
                     apitoken_error *err) {
    struct atk_env env = { .map_bytes = build->config->map_bytes };
    int rc = open_noted(dir_fd, env.map_bytes, &env.mdb, err);
    if (rc == 0) rc = make_trees(&env, err);
    if (rc == 0) rc = build->fill(build->ctx, &env, use, err);
    if (env.mdb) shut_noted(dir_fd, env.mdb);
    return rc;
}

static int fill(int dir_fd, const struct atk_new_store *build, apitoken_error *err) {
    struct atk_last_use use;
    const struct atk_config *config = build->config;
    ATK_TRY(atk_last_use_open(dir_fd, 0, config->store_id, config->map_bytes, 0, &use, err));
    int rc = fill_data(dir_fd, build, &use, err);
    atk_last_use_close(&use);
    return rc;
}

/*
 * Disk space for the reserve behind the data. LMDB takes only an empty file for a new one, so it
 * comes after it.
 */
static int make_room(int dir_fd, uint64_t map_bytes, apitoken_error *err) {
    ATK_SCOPED_FD data = -1;
    struct stat st;
    uint64_t allocated = 0,
             reserve = atk_space_reserve_bytes(map_bytes, (uint32_t)sysconf(_SC_PAGESIZE));
    ATK_TRY(atk_member_open(dir_fd, ATK_DATA_FILE, O_RDWR, 0, &data, err));
    if (fstat(data, &st) != 0) return atk_fail_errno(err, errno, "examine", ATK_DATA_FILE);
    return atk_space_allocate(data, (uint64_t)st.st_size + reserve, map_bytes, &allocated, err);
}

/* Owner and group of another file, and of its mode what `allowed` has. */
static int make_like(int fd, const struct stat *like, mode_t allowed, const char *name,
                     apitoken_error *err) {
    if ((like->st_uid != geteuid() || like->st_gid != getegid()) &&
        fchown(fd, like->st_uid, like->st_gid) != 0)
        return atk_fail_errno(err, errno, "set the owner of", name);
    return fchmod(fd, like->st_mode & allowed) == 0
               ? 0
               : atk_fail_errno(err, errno, "set the mode of", name);
}

static int finish_members(int dir_fd, int like_fd, apitoken_error *err) {
    for (size_t i = 0; i < ATK_LEN(members); i++) {
        ATK_SCOPED_FD fd = -1;
        struct stat like;
        const char *name = members[i].name;
        ATK_TRY(atk_member_open(dir_fd, name, O_RDONLY, 0, &fd, err));
        if (like_fd >= 0 && fstatat(like_fd, name, &like, AT_SYMLINK_NOFOLLOW) == 0)
            ATK_TRY(make_like(fd, &like, 0660, name, err));
        if (fsync(fd) != 0) return atk_fail_errno(err, errno, "sync", name);
    }
    return 0;
}

static int finish_directory(const char *dir, int dir_fd, const struct atk_new_store *build,
                            apitoken_error *err) {
    struct stat like;
    if (build->like_fd >= 0 && fstat(build->like_fd, &like) == 0)
        ATK_TRY(make_like(dir_fd, &like, 0770, dir, err));
    if (fchmod(dir_fd, build->mode) != 0) return atk_fail_errno(err, errno, "set the mode of", dir);
    return fsync(dir_fd) == 0 ? 0 : atk_fail_errno(err, errno, "sync", "the new directory");
}

static int build_in(const char *dir, const struct atk_new_store *build, apitoken_error *err) {
    ATK_SCOPED_FD fd = -1;
    ATK_TRY(atk_dir_open(dir, 0, &fd, err));
    ATK_TRY(make_members(fd, err));
    ATK_TRY(atk_reader_table_allocate(fd, 0, err));
    ATK_TRY(format_last_use(fd, build->config, err));
    ATK_TRY(fill(fd, build, err));
    ATK_TRY(make_room(fd, build->config->map_bytes, err));
    ATK_TRY(finish_members(fd, build->like_fd, err));
    return finish_directory(dir, fd, build, err);
}

static void remove_all(const char *dir) {
    char path[ATK_PATH_MAX + 64];
    for (size_t i = 0; i < ATK_LEN(members); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, members[i].name);
        (void)unlink(path);
    }
    (void)rmdir(dir);
}

/* Builds in a new directory beside `path`, whose name it gives in `dir`. */
static int build_beside(const char *path, const struct atk_new_store *build, char dir[DIR_CAP],
                        apitoken_error *err) {
    (void)snprintf(dir, DIR_CAP, "%.*s.new-XXXXXX", (int)atk_path_len(path), path);
    if (!mkdtemp(dir)) return atk_fail_errno(err, errno, "make a directory beside", path);
    (void)chmod(dir, 0700); /* whatever the umask left of it */
    int rc = build_in(dir, build, err);
    if (rc < 0) remove_all(dir);
    return rc;
}

static int refuse_existing(const char *path, apitoken_error *err) {
    struct stat st;
    return lstat(path, &st) == 0 ? atk_fail(err, APITOKEN_E_EXISTS, "%s exists", path) : 0;
}

int atk_new_store_place(const char *path, const struct atk_new_store *build, apitoken_error *err) {
    char dir[DIR_CAP];
    ATK_TRY(refuse_existing(path, err));
    ATK_TRY(build_beside(path, build, dir, err));
    int rc = atk_rename_new(dir, path, err);
    if (rc < 0) {
        remove_all(dir);
        return rc;
    }
    return atk_sync_parent(path, err);
}

int atk_new_store_exchange(const char *path, const char *aside, const struct atk_new_store *build,
                           apitoken_error *err) {
    char dir[DIR_CAP];
    ATK_TRY(refuse_existing(aside, err));
    ATK_TRY(build_beside(path, build, dir, err));
    int rc = atk_rename_new(dir, aside, err);
    if (rc < 0) {
        remove_all(dir);
        return rc;
    }
    ATK_TRY(atk_sync_parent(path, err));
    rc = atk_rename_exchange(aside, path, err);
    if (rc < 0) {
        remove_all(aside);
        return rc;
    }
    return atk_sync_parent(path, err);
}

/* ---- an empty store -------------------------------------------------------------------------- */

struct first {
    const struct atk_config *config;
    const struct atk_keys *keys;
};

static int put_records(const struct first *first, const struct atk_env *env, MDB_txn *txn,
                       apitoken_error *err) {
    const struct atk_key *active = atk_keys_find(first->keys, first->keys->active);
    struct atk_keys_record known = { .key_id = active->id, .count = 1 };
    struct atk_state_record state = { .key_id = active->id,
                                      .schema = ATK_SCHEMA,
                                      .transaction = mdb_txn_id(txn),
                                      .next_sequence = 1 };
    known.entry[0].key_id = active->id;
    known.entry[0].prints = active->prints;
    ATK_TRY(atk_config_put(env, txn, first->keys, first->config, err));
    ATK_TRY(atk_prints_put(env, txn, first->keys, &known, err));
    return atk_state_put(env, txn, first->keys, &state, err);
}

static int fill_empty(void *ctx, const struct atk_env *env, struct atk_last_use *use,
                      apitoken_error *err) {
    MDB_txn *txn = NULL;
    (void)use;
    int rc = mdb_txn_begin(env->mdb, NULL, 0, &txn);
    if (rc != 0) return atk_fail_mdb(err, rc, "begin to write");
    rc = put_records(ctx, env, txn, err);
    if (rc < 0) {
        mdb_txn_abort(txn);
        return rc;
    }
    rc = mdb_txn_commit(txn);
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "commit the new store");
}

int atk_lmdb_create(const char *path, int for_group, const struct atk_config *config,
                    const struct atk_keys *keys, apitoken_error *err) {
    struct first first = { config, keys };
    const struct atk_new_store build = { .config = config,
                                         .mode = for_group ? ATK_STORE_MODE_MAX : 0750,
                                         .like_fd = -1,
                                         .fill = fill_empty,
                                         .ctx = &first };
    return atk_new_store_place(path, &build, err);
}
