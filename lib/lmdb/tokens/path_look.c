/* SPDX-License-Identifier: MIT */
/*
 * The regular look: whether the files at the path are still those that this handle has open. Every
 * file counts. Processes with different lock.mdb or writer.lock do not see each other's readers and
 * locks, so that a revoke by one of them could escape the other; and a last-use that nobody finds
 * any more is no second witness against a rollback.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/files.h"
#include "lmdb/form/meta.h"
#include "lmdb/process/locks.h"
#include "lmdb/process/reader_table.h"
#include "lmdb/tokens/engine.h"

#define LAST_USE 3 /* among these */
static const char *const members[ATK_MEMBERS] = { ATK_DATA_FILE, ATK_READERS_FILE, ATK_LOCK_FILE,
                                                  ATK_LAST_USE_FILE };

static void look_again_at_once(struct atk_lmdb *store) {
    __atomic_store_n(&store->next_path_check_ms, 0, __ATOMIC_RELAXED);
}

static int fail_replaced(struct atk_lmdb *store, const char *name, const char *how,
                         apitoken_error *err) {
    __atomic_store_n(&store->is_replaced, true, __ATOMIC_RELAXED);
    look_again_at_once(store);
    return atk_fail(err, APITOKEN_E_REPLACED, "%s was %s while the store was open", name, how);
}

/* An error other than these proves nothing: there may be another store that nobody can see. */
static int fail_look(struct atk_lmdb *store, const char *name, apitoken_error *err) {
    const int os_code = errno;
    if (os_code == ENOENT || os_code == ENOTDIR) return fail_replaced(store, name, "removed", err);
    look_again_at_once(store);
    return atk_fail_errno(err, os_code, "examine", name);
}

/*
 * A file of a store never gets shorter. Its earlier length is read before it is examined: another
 * thread may see a longer one meanwhile.
 */
static int compare_member(struct atk_lmdb *store, size_t i, apitoken_error *err) {
    struct atk_held_file *held = &store->held[i];
    const uint64_t bytes = __atomic_load_n(&held->bytes, __ATOMIC_RELAXED);
    struct stat st;
    if (fstatat(store->env->dir_fd, members[i], &st, AT_SYMLINK_NOFOLLOW) != 0)
        return fail_look(store, members[i], err);
    if (!atk_file_is(held->id, &st)) return fail_replaced(store, members[i], "replaced", err);
    if ((uint64_t)st.st_size < bytes) return fail_replaced(store, members[i], "truncated", err);
    __atomic_store_n(&held->bytes, (uint64_t)st.st_size, __ATOMIC_RELAXED);
    if (i == LAST_USE && (uint64_t)st.st_size != bytes)
        atk_last_use_follow(&store->use, (uint64_t)st.st_size);
    int rc = atk_member_require_one_name(&st, members[i], err);
    if (rc < 0) look_again_at_once(store); /* the other name may go again */
    return rc;
}

/* A handle that found no last-use, and could not make it anew, has none. */
static bool is_held(const struct atk_held_file *held) { return held->id.ino != 0; }

/* Claims the check for this call, so that of several threads one looks. */
static bool claim_path_check(struct atk_lmdb *store, bool now) {
    int64_t at = atk_coarse_ms(),
            due = __atomic_load_n(&store->next_path_check_ms, __ATOMIC_RELAXED);
    if (!now && atk_lmdb_path_is_fresh(store, at)) return false;
    bool is_claimed =
        __atomic_compare_exchange_n(&store->next_path_check_ms, &due, at + ATK_REPLACED_INTERVAL_MS,
                                    0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    return is_claimed || now;
}

/* Needs no descriptor: a process that has none left must still be able to revoke. */
int atk_lmdb_check_path(struct atk_lmdb *store, bool now, apitoken_error *err) {
    static const char directory[] = "the directory of the store";
    struct stat st;
    if (__atomic_load_n(&store->is_replaced, __ATOMIC_RELAXED))
        return atk_fail(err, APITOKEN_E_REPLACED, NULL);
    if (!claim_path_check(store, now)) return 0;
    if (stat(store->path, &st) != 0) return fail_look(store, directory, err);
    if (!atk_file_is(store->dir, &st)) return fail_replaced(store, directory, "replaced", err);
    for (size_t i = 0; i < ATK_MEMBERS; i++)
        if (is_held(&store->held[i])) ATK_TRY(compare_member(store, i, err));
    return 0;
}

/* An absolute path, so that the host may change its working directory. */
int atk_lmdb_set_path(struct atk_lmdb *store, const char *path, apitoken_error *err) {
    char base[ATK_PATH_MAX + 1] = "", joined[2 * ATK_PATH_MAX + 2];
    if (path[0] != '/' && !getcwd(base, sizeof base))
        return atk_fail_errno(err, errno, "find", "the working directory");
    (void)snprintf(joined, sizeof joined, "%s%s%s", base, base[0] ? "/" : "", path);
    store->path = strdup(joined);
    return store->path ? 0 : atk_fail(err, APITOKEN_E_NOMEM, NULL);
}

int atk_lmdb_hold_files(struct atk_lmdb *store, apitoken_error *err) {
    const struct atk_env *env = store->env;
    struct stat dir, lock, use = { .st_ino = 0 };
    if (fstat(env->dir_fd, &dir) != 0 || fstat(env->in_use_fd, &lock) != 0 ||
        (store->use.fd >= 0 && fstat(store->use.fd, &use) != 0))
        return atk_fail_errno(err, errno, "examine", "the open files of the store");
    store->dir = atk_file_id_of(&dir);
    store->held[0].id = env->data;
    store->held[1].id = env->readers;
    store->held[2].id = atk_file_id_of(&lock);
    store->held[LAST_USE].id = atk_file_id_of(&use);
    return atk_lmdb_check_path(store, true, err);
}
