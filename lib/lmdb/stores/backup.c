/* SPDX-License-Identifier: MIT */
/* A copy of a store that goes on being used. */
#include <sys/stat.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/files.h"
#include "lmdb/stores/new_store.h"
#include "lmdb/stores/store_copy.h"
#include "lmdb/tokens/engine.h"

int atk_lmdb_backup(struct atk_backend *backend, const char *path, struct atk_deadline *deadline,
                    apitoken_error *err) {
    struct atk_lmdb *store = atk_lmdb_of(backend);
    struct atk_pool_entry *entry;
    struct stat dir;
    ATK_TRY(atk_lmdb_check_path(store, 1, err));
    if (fstat(store->env->dir_fd, &dir) != 0)
        return atk_fail_errno(err, errno, "examine", "the store's directory");
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    struct atk_store_copy copy = { .from = store->env,
                                   .snapshot = entry->txn,
                                   .from_use = &store->use,
                                   .keys = store->base.keys };
    const struct atk_new_store build = { .config = &store->base.config,
                                         .mode = dir.st_mode & ATK_STORE_MODE_MAX,
                                         .like_fd = -1,
                                         .fill = atk_store_copy_fill,
                                         .ctx = &copy };
    int rc = atk_new_store_place(path, &build, err);
    atk_env_read_end(entry);
    return rc;
}
