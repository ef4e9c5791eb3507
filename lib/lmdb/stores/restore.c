/* SPDX-License-Identifier: MIT */
/*
 * A backup in the place of a store, with the revocations that the store can still prove. The store
 * is held alone from before they are read for good until it is replaced, so none is missed; the new
 * one is built whole beside it and takes its place in one step.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/files.h"
#include "lmdb/stores/exclusive.h"
#include "lmdb/stores/new_store.h"
#include "lmdb/stores/store_copy.h"
#include "lmdb/form/meta.h"
#include "lmdb/process/locks.h"
#include "lmdb/stores/salvage.h"
#include "lmdb/tokens/engine.h"

#define REASON "restored"

/* The store that is there now. */
struct present {
    int is_there;         /* anything stands at its path */
    int is_proven;        /* it was read whole: all its revocations are known */
    int lock;             /* held alone, or -1 */
    uint64_t transaction; /* that was read, if proven */
    uint8_t store_id[16]; /* the same */
    int dir_fd;           /* its directory, or -1 */
    struct atk_revocations known;
};

struct work {
    struct atk_restore *restore;
    struct present present;
    uint64_t matched; /* tokens of the backup that the present store has, too */
};

/* ---- the present store ----------------------------------------------------------------------- */

static int read_whole(struct present *p, struct atk_lmdb *store, struct atk_deadline *deadline,
                      apitoken_error *err) {
    struct atk_pool_entry *entry;
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    p->transaction = mdb_txn_id(entry->txn);
    int rc = atk_env_check_structure(store->env, entry->txn, err);
    if (rc == 0 && mdb_txn_id(entry->txn) != p->transaction)
        rc = atk_fail(err, APITOKEN_E_IN_USE, NULL);
    if (rc == 0)
        rc = atk_revocations_read(&p->known, store->env, entry->txn, store->base.keys, err);
    atk_env_read_end(entry);
    memcpy(p->store_id, store->base.config.store_id, sizeof p->store_id);
    return rc;
}

/*
 * To read it is enough to belong to its group, or to be root; whether it can be replaced shows when
 * the new one gets its owner.
 */
static int open_and_read(struct work *w, struct atk_deadline *deadline, apitoken_error *err) {
    const struct atk_backend_open open = { .path = w->restore->path,
                                           .verify_only = 1,
                                           .check_max_bytes = UINT64_MAX,
                                           .keys = w->restore->keys,
                                           .forgets = 1 };
    struct atk_backend_news news = { 0, 0, 0 };
    struct atk_backend *backend;
    ATK_TRY(atk_lmdb_open(&open, deadline, &backend, &news, err));
    int rc = read_whole(&w->present, atk_lmdb_of(backend), deadline, err);
    backend->ops->close(backend, 0);
    return rc;
}

/* It cannot be read, and that will not change. */
static int is_lost(int rc) {
    switch (rc) {
    case APITOKEN_E_NO_STORE:
    case APITOKEN_E_DAMAGED:
    case APITOKEN_E_ROLLED_BACK:
    case APITOKEN_E_SCHEMA:
    case APITOKEN_E_KEY_WRONG:
    case APITOKEN_E_KEY_MISSING: return 1;
    default: return 0;
    }
}

/* What lies on the pages of a store that cannot be read as one. */
static int salvage(struct present *p, const struct atk_keys *keys, apitoken_error *err) {
    ATK_SCOPED_FD data = -1;
    if (atk_member_open(p->dir_fd, ATK_DATA_FILE, O_RDONLY, 1, &data, NULL) < 0) return 0;
    return atk_salvage(&p->known, data, keys, err);
}

/* With the store held alone: nobody has written since it was read. */
static int is_unchanged(const struct present *p, apitoken_error *err) {
    ATK_SCOPED_FD data = -1;
    struct atk_meta metas[2];
    uint32_t page_size;
    ATK_TRY(atk_member_open(p->dir_fd, ATK_DATA_FILE, O_RDONLY, 1, &data, err));
    if (!atk_meta_read_both(data, metas, &page_size))
        return atk_fail(err, APITOKEN_E_DAMAGED, NULL);
    uint64_t newest = metas[metas[1].transaction > metas[0].transaction].transaction;
    return newest == p->transaction ? 0 : atk_fail(err, APITOKEN_E_IN_USE, NULL);
}

/* A store without a lock file cannot be open anywhere. */
static int hold_alone(struct present *p, apitoken_error *err) {
    int rc = atk_exclusive_take(p->dir_fd, 1, &p->lock, err);
    return rc == APITOKEN_E_IN_USE || p->is_proven ? rc : 0;
}

static int hold_present(struct work *w, apitoken_error *err) {
    struct present *p = &w->present;
    ATK_TRY(atk_dir_open(w->restore->path, 1, &p->dir_fd, err));
    ATK_TRY(hold_alone(p, err));
    return p->is_proven ? is_unchanged(p, err) : salvage(p, w->restore->keys, err);
}

static int read_present(struct work *w, struct atk_deadline *deadline, apitoken_error *err) {
    struct present *p = &w->present;
    apitoken_error detail = APITOKEN_ERROR_INIT;
    struct stat st;
    p->is_there = lstat(w->restore->path, &st) == 0;
    int rc = open_and_read(w, deadline, &detail);
    p->is_proven = rc == 0;
    if (rc < 0 && !is_lost(rc)) return atk_fail_as(err, &detail);
    if (rc < 0 && !w->restore->revokes_all && !w->restore->accepts_lost)
        return atk_fail(err, APITOKEN_E_UNPROVEN,
                        "the present store cannot tell which tokens were revoked: %.120s",
                        detail.text);
    if (rc < 0) atk_revocations_free(&p->known);
    return p->is_there ? hold_present(w, err) : 0;
}

/* ---- the tokens on their way ----------------------------------------------------------------- */

static void revoke_row(struct atk_row *row, int64_t at_ms, const char *reason, size_t reason_len) {
    row->is_revoked = 1;
    row->revoked_ms = at_ms;
    row->reason_len = (uint16_t)reason_len;
    if (reason_len) memcpy(row->reason, reason, reason_len);
    row->sealed_len = 0;
}

static int revise_row(struct work *w, const struct atk_revocations_token *known,
                      struct atk_row *row) {
    w->matched += known != NULL;
    if (row->is_revoked) return 0;
    if (known && known->is_revoked) {
        w->restore->result.carried_over++;
        const char *reason = known->reason_len ? w->present.known.texts + known->reason_at : "";
        if (known->revoked_ms)
            revoke_row(row, known->revoked_ms, reason, known->reason_len);
        else
            revoke_row(row, w->restore->now_ms, REASON, strlen(REASON));
        return 1;
    }
    if (!w->restore->revokes_all) return 0;
    w->restore->result.revoked_now++;
    revoke_row(row, w->restore->now_ms, REASON, strlen(REASON));
    return 1;
}

static int revise(void *ctx, const char *id, struct atk_hot *hot, struct atk_row *row) {
    struct work *w = ctx;
    const struct atk_revocations_token *known = atk_revocations_find(&w->present.known, id);
    if (row) return revise_row(w, known, row);
    if (hot->is_revoked || !(w->restore->revokes_all || (known && known->is_revoked))) return 0;
    hot->is_revoked = 1;
    return 1;
}

/* ---- the new store --------------------------------------------------------------------------- */

static int put_in_place(struct work *w, const struct atk_new_store *build, apitoken_error *err) {
    const char *path = w->restore->path;
    char aside[ATK_PATH_MAX + 16];
    if (!w->present.is_there) return atk_new_store_place(path, build, err);
    (void)snprintf(aside, sizeof aside, "%.*s.replaced", (int)atk_path_len(path), path);
    return atk_new_store_exchange(path, aside, build, err);
}

static int copy_backup(struct work *w, struct atk_lmdb *backup, MDB_txn *snapshot,
                       apitoken_error *err) {
    struct present *p = &w->present;
    struct stat like;
    struct atk_store_copy copy = { .from = backup->env,
                                   .snapshot = snapshot,
                                   .from_use = &backup->use,
                                   .keys = w->restore->keys,
                                   .revise = revise,
                                   .ctx = w };
    if (p->is_proven && memcmp(p->store_id, backup->base.config.store_id, sizeof p->store_id) != 0)
        return atk_fail(err, APITOKEN_E_EXISTS,
                        "the store at %.120s is not the one that the backup is of",
                        w->restore->path);
    int like_fd = p->is_there ? p->dir_fd : backup->env->dir_fd;
    if (fstat(like_fd, &like) != 0)
        return atk_fail_errno(err, errno, "examine", "the store's directory");
    const struct atk_new_store build = { .config = &backup->base.config,
                                         .mode = like.st_mode & ATK_STORE_MODE_MAX,
                                         .like_fd = like_fd,
                                         .fill = atk_store_copy_fill,
                                         .ctx = &copy };
    ATK_TRY(put_in_place(w, &build, err));
    apitoken_restore_result *result = &w->restore->result;
    result->size = sizeof *result;
    result->is_proven = (uint32_t)p->is_proven;
    result->tokens = copy.tokens;
    result->revoked = copy.revoked;
    result->gone = p->is_proven ? p->known.count - w->matched : 0;
    return 0;
}

static int restore_from(struct work *w, struct atk_lmdb *backup, struct atk_deadline *deadline,
                        apitoken_error *err) {
    struct atk_pool_entry *entry;
    ATK_TRY(read_present(w, deadline, err));
    ATK_TRY(atk_env_read_begin(backup->env, deadline, &entry, err));
    int rc = copy_backup(w, backup, entry->txn, err);
    atk_env_read_end(entry);
    return rc;
}

int atk_lmdb_restore(struct atk_restore *restore, struct atk_deadline *deadline,
                     apitoken_error *err) {
    const struct atk_backend_open open = { .path = restore->backup_path,
                                           .verify_only = 1,
                                           .check_max_bytes = UINT64_MAX,
                                           .keys = restore->keys,
                                           .forgets = 1 };
    struct atk_backend_news news = { 0, 0, 0 };
    struct atk_backend *backup;
    struct work w = { .restore = restore, .present = { .lock = -1, .dir_fd = -1 } };
    ATK_TRY(atk_lmdb_open(&open, deadline, &backup, &news, err));
    int rc = restore_from(&w, atk_lmdb_of(backup), deadline, err);
    atk_locks_close(&w.present.lock);
    atk_fd_close(&w.present.dir_fd);
    atk_revocations_free(&w.present.known);
    backup->ops->close(backup, 0);
    return rc;
}
