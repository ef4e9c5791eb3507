/* SPDX-License-Identifier: MIT */
/*
 * Writes a store anew, so that its files hold nothing but what it has now. The copy is built beside
 * the store and takes its place in one step, as in a restore. Whoever has the store open while the
 * copy is made is found at its end: then nothing was changed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/form/meta.h"
#include "lmdb/process/locks.h"
#include "lmdb/stores/exclusive.h"
#include "lmdb/stores/new_store.h"
#include "lmdb/stores/store_copy.h"
#include "lmdb/tokens/engine.h"
#include "lmdb/tokens/space.h"
#include "outside/file_system.h"
#include "outside/files.h"

#define SLACK (UINT64_C(1) << 20) /* the small files, and pages that are not full */

struct compacting {
    const struct atk_backend_offline *what;
    struct atk_deadline *deadline;
    int dir_fd;                   /* of the store that is replaced */
    int lock;                     /* of exclusive access, or -1 */
    struct atk_backend *backend;  /* NULL once all is copied */
    struct atk_pool_entry *entry; /* the same */
    struct atk_config config;
    struct atk_store_copy copy;
};

static void close_source(struct compacting *c) {
    if (c->entry) atk_env_read_end(c->entry);
    if (c->backend) c->backend->ops->close(c->backend, false);
    c->entry = NULL;
    c->backend = NULL;
}

/* An atk_new_store_fill_fn. From its end on nobody else can open the store. */
static int fill_and_lock(void *ctx, const struct atk_new_store_place *place,
                         struct atk_new_store_facts *ret_facts, apitoken_error *err) {
    struct compacting *c = ctx;
    const uint64_t transaction = mdb_txn_id(c->entry->txn);
    ATK_TRY(atk_store_copy_fill(&c->copy, place, ret_facts, err));
    close_source(c);
    ATK_TRY(atk_exclusive_take(c->dir_fd, false, &c->lock, err));
    return atk_exclusive_check_unchanged(c->dir_fd, transaction, err);
}

/* Before anything is written. A copy takes what the store holds now, and its reserve. */
static int require_room(const struct compacting *c, apitoken_error *err) {
    struct atk_backend_facts facts;
    ATK_TRY(c->backend->ops->read_facts(c->backend, &facts, c->deadline, err));
    const uint64_t reserve =
        atk_space_reserve_bytes(facts.limit_bytes, (uint32_t)sysconf(_SC_PAGESIZE));
    return atk_fs_require_room(c->dir_fd,
                               facts.used_bytes + reserve + facts.tokens * ATK_SLOT_BYTES + SLACK,
                               c->what->path, err);
}

static int open_source(struct compacting *c, apitoken_error *err) {
    const struct atk_backend_open open = { .path = c->what->path,
                                           .verify_only = true,
                                           .any_fs = c->what->any_fs,
                                           .check_max_bytes = UINT64_MAX,
                                           .keys = c->what->keys,
                                           .remembers_nothing = true };
    struct atk_open_report report = { 0 };
    int rc = atk_lmdb_open(&open, c->deadline, &c->backend, &report, err);
    if (rc == APITOKEN_E_MODE) return atk_fail(err, APITOKEN_E_IN_USE, NULL);
    ATK_TRY(rc);
    ATK_TRY(require_room(c, err));
    struct atk_lmdb *source = atk_lmdb_of(c->backend);
    ATK_TRY(atk_env_read_begin(source->env, c->deadline, &c->entry, err));
    c->config = c->backend->config;
    c->copy = (struct atk_store_copy){ .from = atk_lmdb_view(source, c->entry->txn),
                                       .from_use = &source->use,
                                       .deadline = c->deadline,
                                       .act = &c->what->act };
    return 0;
}

/* A store in use is not copied in vain. What a call left that was killed is removed. */
static int prepare(const struct compacting *c, const char *aside, apitoken_error *err) {
    int lock = -1;
    ATK_TRY(atk_exclusive_take(c->dir_fd, false, &lock, err));
    int rc = atk_old_store_remove(aside, err);
    atk_locks_close(&lock);
    return rc;
}

static int compact(struct compacting *c, apitoken_error *err) {
    const char *path = c->what->path;
    char aside[ATK_PATH_MAX + 16];
    struct stat like;
    (void)snprintf(aside, sizeof aside, "%.*s.compact-old", (int)atk_path_len(path), path);
    ATK_TRY(prepare(c, aside, err));
    ATK_TRY(open_source(c, err));
    if (fstat(c->dir_fd, &like) != 0)
        return atk_fail_errno(err, errno, "examine", "the store's directory");
    const struct atk_new_store plan = { .config = &c->config,
                                        .mode = like.st_mode & ATK_STORE_MODE_MAX,
                                        .any_fs = c->what->any_fs,
                                        .like_fd = c->dir_fd,
                                        .fill = fill_and_lock,
                                        .ctx = c };
    ATK_TRY(atk_new_store_exchange(path, aside, &plan, err));
    return atk_old_store_remove(aside, err);
}

int atk_lmdb_compact(const struct atk_backend_offline *store, struct atk_deadline *deadline,
                     apitoken_error *err) {
    struct compacting c = { .what = store, .deadline = deadline, .dir_fd = -1, .lock = -1 };
    ATK_TRY(atk_dir_open(store->path, store->any_fs ? ATK_DIR_ANY_FS : 0, &c.dir_fd, err));
    int rc = compact(&c, err);
    close_source(&c);
    atk_locks_close(&c.lock);
    atk_fd_close(&c.dir_fd);
    return rc;
}
