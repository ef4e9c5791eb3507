/* SPDX-License-Identifier: MIT */
#include "lmdb/stores/new_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/file_limit.h"
#include "outside/files.h"
#include "lmdb/form/error.h"
#include "lmdb/process/descriptors.h"
#include "lmdb/form/meta.h"
#include "lmdb/process/locks.h"
#include "lmdb/process/reader_table.h"
#include "lmdb/tokens/homes.h"
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

static int format_last_use(int dir_fd, apitoken_error *err) {
    ATK_SCOPED_FD fd = -1;
    ATK_TRY(atk_member_open(dir_fd, ATK_LAST_USE_FILE, O_RDWR, false, &fd, err));
    return atk_last_use_format(fd, err);
}

/* A child that is forked meanwhile closes the new store's files when it opens a store. */
static int open_noted(int dir_fd, uint64_t map_bytes, MDB_env **ret_mdb, apitoken_error *err) {
    int rc = atk_descriptors_block_fork();
    if (rc < 0) return atk_fail(err, rc, NULL);
    /* no sync at each commit: all files are synced at the end */
    rc = atk_env_open_mdb(dir_fd, map_bytes, MDB_NOSYNC, ret_mdb);
    rc = rc == 0 ? atk_descriptors_note_lmdb(dir_fd, err)
                 : atk_fail_mdb(err, rc, "create the store");
    atk_descriptors_allow_fork();
    return rc;
}

static void close_noted(int dir_fd, MDB_env *mdb) {
    struct stat st;
    (void)atk_descriptors_block_fork();
    for (size_t i = 0; i < ATK_LEN(members); i++)
        if (fstatat(dir_fd, members[i].name, &st, AT_SYMLINK_NOFOLLOW) == 0)
            atk_descriptors_forget_file(st.st_dev, st.st_ino);
    mdb_env_close(mdb);
    atk_descriptors_allow_fork();
}

/* Makes the trees in a commit of its own, so that their handles are valid from then on. */
static int make_trees(struct atk_env *env, apitoken_error *err) {
    MDB_txn *txn = NULL;
    int rc = mdb_txn_begin(env->mdb, NULL, 0, &txn);
    if (rc != 0) return atk_fail_mdb(err, rc, "begin to write");
    rc = atk_env_open_trees(env, txn, MDB_CREATE);
    if (rc != 0) {
        mdb_txn_abort(txn);
        return atk_fail_mdb(err, rc, "create the trees");
    }
    rc = mdb_txn_commit(txn);
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "create the trees");
}

/* No other process knows the directory yet, so no locks are needed. */
static int fill_environment(int dir_fd, const struct atk_new_store *plan, struct atk_env *env,
                            const struct atk_new_store_place *place,
                            struct atk_new_store_facts *ret_facts, apitoken_error *err) {
    int rc = open_noted(dir_fd, env->map_bytes, &env->mdb, err);
    if (rc == 0) rc = make_trees(env, err);
    if (rc == 0) rc = plan->fill(plan->ctx, place, ret_facts, err);
    if (env->mdb) close_noted(dir_fd, env->mdb);
    return rc;
}

static int write_homes(int dir_fd, int use_fd, const struct atk_new_store_place *place,
                       uint64_t transaction, apitoken_error *err) {
    ATK_SCOPED_FD lock_fd = -1;
    struct atk_home home = { .transaction = transaction };
    memcpy(home.environment, place->environment, sizeof home.environment);
    ATK_TRY(atk_member_open(dir_fd, ATK_LOCK_FILE, O_RDWR, false, &lock_fd, err));
    const struct atk_homes homes = atk_homes_of(use_fd, lock_fd);
    return atk_homes_write(&homes, &home, err);
}

static int fill_files(int dir_fd, const struct atk_new_store *plan,
                      struct atk_new_store_facts *ret_facts, apitoken_error *err) {
    struct atk_last_use use;
    struct atk_env env = { .map_bytes = plan->config->map_bytes };
    struct atk_new_store_place place = { .env = &env, .use = &use };
    const struct atk_last_use_place use_place = { .dir_fd = dir_fd,
                                                  .map_bytes = plan->config->map_bytes };
    atk_random(place.environment, sizeof place.environment);
    ATK_TRY(atk_last_use_open(&use_place, &use, err));
    int rc = fill_environment(dir_fd, plan, &env, &place, ret_facts, err);
    if (rc == 0) rc = atk_last_use_lengthen(&use, ret_facts->limit_bytes, 0, err);
    if (rc == 0) rc = write_homes(dir_fd, use.fd, &place, ret_facts->transaction, err);
    atk_last_use_close(&use);
    return rc;
}

/*
 * Allocates disk space for the reserve after the data. Only after LMDB has made the file, because
 * LMDB treats only an empty file as new.
 */
static int allocate_reserve(int dir_fd, uint64_t limit_bytes, apitoken_error *err) {
    ATK_SCOPED_FD data = -1;
    struct stat st;
    uint64_t allocated = 0,
             reserve = atk_space_reserve_bytes(limit_bytes, (uint32_t)sysconf(_SC_PAGESIZE));
    ATK_TRY(atk_member_open(dir_fd, ATK_DATA_FILE, O_RDWR, false, &data, err));
    if (fstat(data, &st) != 0) return atk_fail_errno(err, errno, "examine", ATK_DATA_FILE);
    return atk_space_allocate(data, (uint64_t)st.st_size + reserve, limit_bytes, &allocated, err);
}

/* Of a file that the other store has lost, owner and group are those of its writer.lock. */
static int copy_owner(int fd, int like_fd, size_t i, apitoken_error *err) {
    struct stat like;
    const char *name = members[i].name;
    if (like_fd < 0) return 0;
    if (fstatat(like_fd, name, &like, AT_SYMLINK_NOFOLLOW) == 0)
        return atk_owner_copy(fd, &like, 0660, name, err);
    if (fstatat(like_fd, ATK_LOCK_FILE, &like, AT_SYMLINK_NOFOLLOW) == 0)
        return atk_owner_copy(fd, &like, members[i].mode, name, err);
    return 0;
}

static int finish_members(int dir_fd, int like_fd, apitoken_error *err) {
    for (size_t i = 0; i < ATK_LEN(members); i++) {
        ATK_SCOPED_FD fd = -1;
        const char *name = members[i].name;
        ATK_TRY(atk_member_open(dir_fd, name, O_RDONLY, false, &fd, err));
        ATK_TRY(copy_owner(fd, like_fd, i, err));
        if (fsync(fd) != 0) return atk_fail_errno(err, errno, "sync", name);
    }
    return 0;
}

static int finish_directory(const char *dir, int dir_fd, const struct atk_new_store *plan,
                            apitoken_error *err) {
    struct stat like;
    if (plan->like_fd >= 0 && fstat(plan->like_fd, &like) == 0)
        ATK_TRY(atk_owner_copy(dir_fd, &like, 0770, dir, err));
    if (fchmod(dir_fd, plan->mode) != 0) return atk_fail_errno(err, errno, "set the mode of", dir);
    return fsync(dir_fd) == 0 ? 0 : atk_fail_errno(err, errno, "sync", "the new directory");
}

static int build_in(const char *dir, const struct atk_new_store *plan, apitoken_error *err) {
    ATK_SCOPED_FD fd = -1;
    struct atk_new_store_facts facts = { 0, 0 };
    ATK_TRY(atk_dir_open(dir, plan->any_fs ? ATK_DIR_ANY_FS : 0, &fd, err));
    ATK_TRY(make_members(fd, err));
    ATK_TRY(atk_reader_table_allocate(fd, false, err));
    ATK_TRY(format_last_use(fd, err));
    ATK_TRY(fill_files(fd, plan, &facts, err));
    ATK_TRY(allocate_reserve(fd, facts.limit_bytes, err));
    ATK_TRY(finish_members(fd, plan->like_fd, err));
    return finish_directory(dir, fd, plan, err);
}

static void remove_all(const char *dir) {
    char path[ATK_PATH_MAX + 64];
    for (size_t i = 0; i < ATK_LEN(members); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, members[i].name);
        (void)unlink(path);
    }
    (void)rmdir(dir);
}

/* Builds the store in a new directory beside `path`, and gives its name in `dir`. */
static int build_beside(const char *path, const struct atk_new_store *plan, char dir[DIR_CAP],
                        apitoken_error *err) {
    ATK_NO_FILE_SIGNAL;
    (void)snprintf(dir, DIR_CAP, "%.*s.new-XXXXXX", (int)atk_path_len(path), path);
    if (!mkdtemp(dir)) return atk_fail_errno(err, errno, "create a directory next to", path);
    (void)chmod(dir, 0700); /* whatever the umask has removed */
    int rc = build_in(dir, plan, err);
    if (rc < 0) remove_all(dir);
    return rc;
}

static int refuse_existing(const char *path, apitoken_error *err) {
    struct stat st;
    return lstat(path, &st) == 0 ? atk_fail(err, APITOKEN_E_EXISTS, "%s exists", path) : 0;
}

int atk_new_store_put(const char *path, const struct atk_new_store *plan, apitoken_error *err) {
    char dir[DIR_CAP];
    ATK_TRY(refuse_existing(path, err));
    ATK_TRY(build_beside(path, plan, dir, err));
    int rc = atk_rename_new(dir, path, err);
    if (rc < 0) {
        remove_all(dir);
        return rc;
    }
    return atk_sync_parent(path, err);
}

int atk_new_store_exchange(const char *path, const char *aside, const struct atk_new_store *plan,
                           apitoken_error *err) {
    char dir[DIR_CAP];
    ATK_TRY(refuse_existing(aside, err));
    ATK_TRY(build_beside(path, plan, dir, err));
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

/* ---- a store that was replaced --------------------------------------------------------------- */

#define ZEROS (1 << 16)

static int overwrite(int fd, uint64_t len, apitoken_error *err) {
    static const uint8_t zeros[ZEROS];
    for (uint64_t at = 0; at < len; at += ZEROS) {
        const size_t part = len - at < ZEROS ? (size_t)(len - at) : ZEROS;
        if (pwrite(fd, zeros, part, (off_t)at) != (ssize_t)part)
            return atk_fail_errno(err, errno, "overwrite", "the old " ATK_DATA_FILE);
    }
    return fsync(fd) == 0 ? 0 : atk_fail_errno(err, errno, "sync", "the old " ATK_DATA_FILE);
}

/* One that was removed already, by a call that was killed, is no error. */
static int overwrite_data(int dir_fd, apitoken_error *err) {
    ATK_NO_FILE_SIGNAL;
    ATK_SCOPED_FD fd = -1;
    struct stat st;
    if (fstatat(dir_fd, ATK_DATA_FILE, &st, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT) return 0;
    ATK_TRY(atk_member_open(dir_fd, ATK_DATA_FILE, O_RDWR, true, &fd, err));
    if (fstat(fd, &st) != 0) return atk_fail_errno(err, errno, "examine", "the old " ATK_DATA_FILE);
    return overwrite(fd, (uint64_t)st.st_size, err);
}

int atk_old_store_remove(const char *path, apitoken_error *err) {
    ATK_SCOPED_FD fd = -1;
    struct stat st;
    if (lstat(path, &st) != 0 && errno == ENOENT) return 0;
    ATK_TRY(atk_dir_open(path, ATK_DIR_ANY_OWNER | ATK_DIR_ANY_FS, &fd, err));
    ATK_TRY(overwrite_data(fd, err));
    for (size_t i = 0; i < ATK_LEN(members); i++)
        if (unlinkat(fd, members[i].name, 0) != 0 && errno != ENOENT)
            return atk_fail_errno(err, errno, "remove", members[i].name);
    if (rmdir(path) != 0 && errno != ENOENT)
        return errno == ENOTEMPTY ? atk_fail(err, APITOKEN_E_EXISTS, "%.160s is not empty", path)
                                  : atk_fail_errno(err, errno, "remove", path);
    return atk_sync_parent(path, err);
}

/* ---- an empty store -------------------------------------------------------------------------- */

struct empty_store {
    const struct atk_config *config;
    uint64_t limit_bytes;
    const struct atk_keys *keys;
};

static int put_first_records(const struct atk_view *view, const struct empty_store *empty,
                             const uint8_t *environment, apitoken_error *err) {
    const struct atk_key *active = atk_keys_find(view->keys, view->keys->active);
    const struct atk_keys_entry entry = { active->id, active->prints };
    struct atk_keys_record list;
    struct atk_state_record state = { .key_id = active->id,
                                      .schema = ATK_SCHEMA,
                                      .limit_bytes = empty->limit_bytes,
                                      .transaction = mdb_txn_id(view->txn) };
    memcpy(state.environment, environment, sizeof state.environment);
    atk_keys_record_init(&list);
    atk_keys_record_set_key(&list, active->id);
    (void)atk_keys_record_add(&list, &entry); /* the first one has room */
    ATK_TRY(atk_config_put(view, empty->config, err));
    ATK_TRY(atk_prints_put(view, &list, err));
    return atk_state_put(view, &state, err);
}

static int fill_empty(void *ctx, const struct atk_new_store_place *place,
                      struct atk_new_store_facts *ret_facts, apitoken_error *err) {
    const struct empty_store *empty = ctx;
    struct atk_view view = { .env = place->env, .keys = empty->keys };
    int rc = mdb_txn_begin(place->env->mdb, NULL, 0, &view.txn);
    if (rc != 0) return atk_fail_mdb(err, rc, "begin to write");
    rc = put_first_records(&view, empty, place->environment, err);
    if (rc < 0) {
        mdb_txn_abort(view.txn);
        return rc;
    }
    *ret_facts = (struct atk_new_store_facts){ mdb_txn_id(view.txn), empty->limit_bytes };
    rc = mdb_txn_commit(view.txn);
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "commit the new store");
}

int atk_lmdb_create(const struct atk_backend_create *create, apitoken_error *err) {
    bool is_locked;
    struct atk_config config = *create->config;
    config.map_bytes = atk_space_map_bytes(create->limit_bytes);
    const struct atk_keys *bound = atk_keys_bind(create->keys, config.store_id, &is_locked);
    if (!bound) return atk_fail(err, APITOKEN_E_NOMEM, "out of guarded memory");
    struct empty_store empty = { &config, create->limit_bytes, bound };
    const struct atk_new_store plan = { .config = &config,
                                        .mode = create->for_group ? ATK_STORE_MODE_MAX : 0750,
                                        .any_fs = create->any_fs,
                                        .like_fd = -1,
                                        .fill = fill_empty,
                                        .ctx = &empty };
    int rc = atk_new_store_put(create->path, &plan, err);
    atk_guarded_free((void *)(uintptr_t)bound);
    return rc;
}
