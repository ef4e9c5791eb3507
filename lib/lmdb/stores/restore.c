/* SPDX-License-Identifier: MIT */
/*
 * Restores a backup, with the revocations that the store it replaces can still prove. That store is
 * locked exclusively before it is checked that its revocations were read completely, and until it
 * is replaced, so none is missed. The new store is built beside it and replaces it in one step.
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
#include "rules/edit_revoke.h"

#define REASON "restored"

/* The store that is to be replaced. */
struct present {
    bool exists;          /* there is anything at its path */
    bool is_proven;       /* it was read completely: all its revocations are known */
    int lock;             /* of exclusive access, or -1 */
    uint64_t transaction; /* of the snapshot that was read, if proven */
    uint8_t store_id[16]; /* if proven */
    int dir_fd;           /* its directory, or -1 */
    struct atk_revocations revocations;
};

struct work {
    struct atk_restore *restore;
    struct present present;
    struct atk_store_copy *copy;
    uint64_t matched; /* tokens of the backup that the current store has, too */
};

/* ---- the current store ----------------------------------------------------------------------- */

static int read_whole(struct present *p, struct atk_lmdb *store, struct atk_deadline *deadline,
                      apitoken_error *err) {
    struct atk_pool_entry *entry;
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    const struct atk_view view = atk_lmdb_view(store, entry->txn);
    p->transaction = mdb_txn_id(entry->txn);
    int rc = atk_env_check_structure(store->env, entry->txn, err);
    if (rc == 0 && mdb_txn_id(entry->txn) != p->transaction)
        rc = atk_fail(err, APITOKEN_E_IN_USE, NULL);
    if (rc == 0) rc = atk_revocations_read(&p->revocations, &view, err);
    atk_env_read_end(entry);
    memcpy(p->store_id, store->base.config.store_id, sizeof p->store_id);
    return rc;
}

/*
 * Opened verify-only, for which membership of its group is enough. Whether it may be replaced shows
 * when the new store gets its owner.
 */
static int open_and_read(struct work *w, struct atk_deadline *deadline, apitoken_error *err) {
    const struct atk_backend_open open = { .path = w->restore->path,
                                           .verify_only = true,
                                           .any_fs = w->restore->any_fs,
                                           .check_max_bytes = UINT64_MAX,
                                           .keys = w->restore->keys,
                                           .remembers_nothing = true };
    struct atk_open_report report = { 0 };
    struct atk_backend *backend;
    ATK_TRY(atk_lmdb_open(&open, deadline, &backend, &report, err));
    int rc = read_whole(&w->present, atk_lmdb_of(backend), deadline, err);
    backend->ops->close(backend, false);
    return rc;
}

/* The store cannot be read, and trying again would not help. */
static bool is_lost(int rc) {
    switch (rc) {
    case APITOKEN_E_NO_STORE:
    case APITOKEN_E_DAMAGED:
    case APITOKEN_E_ROLLED_BACK:
    case APITOKEN_E_SCHEMA:
    case APITOKEN_E_KEY_WRONG:
    case APITOKEN_E_KEY_MISSING: return true;
    default: return false;
    }
}

/* Finds revocations on the pages of a store that cannot be opened. */
static int salvage_pages(struct present *p, const struct atk_keys *keys, apitoken_error *err) {
    ATK_SCOPED_FD data = -1;
    if (atk_member_open(p->dir_fd, ATK_DATA_FILE, O_RDONLY, true, &data, NULL) < 0) return 0;
    return atk_salvage(&p->revocations, data, keys, err);
}

/* A store without a lock file cannot be open anywhere. */
static int lock_exclusively(struct present *p, apitoken_error *err) {
    int rc = atk_exclusive_take(p->dir_fd, true, &p->lock, err);
    return rc == APITOKEN_E_IN_USE || p->is_proven ? rc : 0;
}

static int lock_present(struct work *w, const struct atk_keys *keys, apitoken_error *err) {
    struct present *p = &w->present;
    const unsigned allowed = ATK_DIR_ANY_OWNER | (w->restore->any_fs ? ATK_DIR_ANY_FS : 0);
    ATK_TRY(atk_dir_open(w->restore->path, allowed, &p->dir_fd, err));
    ATK_TRY(lock_exclusively(p, err));
    return p->is_proven ? atk_exclusive_check_unchanged(p->dir_fd, p->transaction, err)
                        : salvage_pages(p, keys, err);
}

/* `keys` are bound to the store of the backup: of another store there is nothing to find. */
static int read_present(struct work *w, const struct atk_keys *keys, struct atk_deadline *deadline,
                        apitoken_error *err) {
    struct present *p = &w->present;
    apitoken_error detail = APITOKEN_ERROR_INIT;
    struct stat st;
    p->exists = lstat(w->restore->path, &st) == 0;
    int rc = open_and_read(w, deadline, &detail);
    p->is_proven = rc == 0;
    if (rc < 0 && !is_lost(rc)) return atk_fail_as(err, &detail);
    if (rc < 0 && !w->restore->revokes_all && !w->restore->accepts_lost)
        return atk_fail(err, APITOKEN_E_UNPROVEN,
                        "the current store cannot prove which tokens were revoked: %.120s",
                        detail.text);
    if (rc < 0) atk_revocations_free(&p->revocations);
    return p->exists ? lock_present(w, keys, err) : 0;
}

/* ---- the tokens that are copied -------------------------------------------------------------- */

static bool revise_row(struct work *w, const struct atk_revocations_token *old,
                       struct atk_row *row) {
    const char *reasons = w->present.revocations.reasons;
    struct atk_revocation now = { .revoked_ms = w->restore->act.now_ms,
                                  .reason = REASON,
                                  .reason_len = strlen(REASON) };
    if (row->flags & ATK_FLAG_REVOKED) return false;
    row->revision = atk_revision_after(row->revision);
    if (old && old->is_revoked) {
        w->copy->carried_over++;
        if (old->revoked_ms)
            now = (struct atk_revocation){ .revoked_ms = old->revoked_ms,
                                           .reason =
                                               old->reason_len ? reasons + old->reason_at : NULL,
                                           .reason_len = old->reason_len };
    } else {
        w->restore->result.revoked_now++;
    }
    atk_revoke_row(row, &now);
    return true;
}

static bool revise_token(void *ctx, const char *id, struct atk_hot *hot, struct atk_row *row) {
    struct work *w = ctx;
    const struct atk_revocations_token *old = atk_revocations_find(&w->present.revocations, id);
    const bool is_to_revoke = w->restore->revokes_all || (old && old->is_revoked);
    if (row) {
        w->matched += old != NULL;
        return is_to_revoke && revise_row(w, old, row);
    }
    if (hot->flags & ATK_FLAG_REVOKED || !is_to_revoke) return false;
    hot->revision = atk_revision_after(hot->revision);
    atk_revoke_hot(hot);
    return true;
}

/* ---- the new store --------------------------------------------------------------------------- */

static int place_store(struct work *w, const struct atk_new_store *plan, apitoken_error *err) {
    const char *path = w->restore->path;
    char aside[ATK_PATH_MAX + 16];
    if (!w->present.exists) return atk_new_store_put(path, plan, err);
    (void)snprintf(aside, sizeof aside, "%.*s.replaced", (int)atk_path_len(path), path);
    return atk_new_store_exchange(path, aside, plan, err);
}

static int copy_backup(struct work *w, struct atk_lmdb *backup, MDB_txn *snapshot,
                       struct atk_deadline *deadline, apitoken_error *err) {
    struct present *p = &w->present;
    struct stat like;
    struct atk_store_copy copy = { .from = atk_lmdb_view(backup, snapshot),
                                   .from_use = &backup->use,
                                   .deadline = deadline,
                                   .revise = revise_token,
                                   .id_floor = p->revocations.id_floor,
                                   .raises_floor = true,
                                   .act = &w->restore->act,
                                   .ctx = w };
    w->restore->act.verb = p->is_proven ? ATK_VERB_RESTORE : ATK_VERB_SALVAGE;
    if (p->is_proven && memcmp(p->store_id, backup->base.config.store_id, sizeof p->store_id) != 0)
        return atk_fail(err, APITOKEN_E_EXISTS, "the backup is not of the store at %.120s",
                        w->restore->path);
    int like_fd = p->exists ? p->dir_fd : backup->env->dir_fd;
    if (fstat(like_fd, &like) != 0)
        return atk_fail_errno(err, errno, "examine", "the store's directory");
    const struct atk_new_store plan = { .config = &backup->base.config,
                                        .mode = like.st_mode & ATK_STORE_MODE_MAX,
                                        .any_fs = w->restore->any_fs,
                                        .like_fd = like_fd,
                                        .fill = atk_store_copy_fill,
                                        .ctx = &copy };
    w->copy = &copy;
    ATK_TRY(place_store(w, &plan, err));
    apitoken_restore_result *result = &w->restore->result;
    result->size = sizeof *result;
    result->is_proven = (uint32_t)p->is_proven;
    result->tokens = copy.tokens;
    result->revoked = copy.revoked;
    result->carried_over = copy.carried_over;
    result->gone = p->is_proven ? p->revocations.count - w->matched : 0;
    return 0;
}

static int restore_from(struct work *w, struct atk_lmdb *backup, struct atk_deadline *deadline,
                        apitoken_error *err) {
    struct atk_pool_entry *entry;
    ATK_TRY(read_present(w, backup->base.keys, deadline, err));
    ATK_TRY(atk_env_read_begin(backup->env, deadline, &entry, err));
    int rc = copy_backup(w, backup, entry->txn, deadline, err);
    atk_env_read_end(entry);
    return rc;
}

int atk_lmdb_restore(struct atk_restore *restore, struct atk_deadline *deadline,
                     apitoken_error *err) {
    const struct atk_backend_open open = { .path = restore->backup_path,
                                           .verify_only = true,
                                           .any_fs = restore->any_fs,
                                           .check_max_bytes = UINT64_MAX,
                                           .keys = restore->keys,
                                           .remembers_nothing = true };
    struct atk_open_report report = { 0 };
    struct atk_backend *backup;
    struct work w = { .restore = restore, .present = { .lock = -1, .dir_fd = -1 } };
    ATK_TRY(atk_lmdb_open(&open, deadline, &backup, &report, err));
    int rc = restore_from(&w, atk_lmdb_of(backup), deadline, err);
    atk_locks_close(&w.present.lock);
    atk_fd_close(&w.present.dir_fd);
    atk_revocations_free(&w.present.revocations);
    backup->ops->close(backup, false);
    return rc;
}
