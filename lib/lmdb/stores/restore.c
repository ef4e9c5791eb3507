/* SPDX-License-Identifier: MIT */
/*
 * Restores a backup, with every denial that the store it replaces can still prove. That store is
 * locked exclusively before it is checked that it was read completely, and until it is replaced, so
 * none is missed. The new store is built beside it and replaces it in one step.
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
#include "rules/text.h"

/* The store that is to be replaced. */
struct present {
    bool exists;          /* there is anything at its path */
    bool is_proven;       /* it was read completely: all that it denies is known */
    int lock;             /* of exclusive access, or -1 */
    uint64_t transaction; /* of the snapshot that was read, if proven */
    uint8_t store_id[16]; /* if proven */
    int dir_fd;           /* its directory, or -1 */
    struct atk_proofs proofs;
};

struct work {
    struct atk_restore *restore;
    struct present present;
    struct atk_store_copy copy;       /* while the backup is copied */
    struct atk_proof_records records; /* of the token in work */
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
    if (rc == 0) rc = atk_proofs_read(&p->proofs, &view, err);
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

/* Finds what the pages of a store prove that cannot be opened. */
static int salvage_pages(struct present *p, const struct atk_keys *keys, apitoken_error *err) {
    ATK_SCOPED_FD data = -1;
    if (atk_member_open(p->dir_fd, ATK_DATA_FILE, O_RDONLY, true, &data, NULL) < 0) return 0;
    return atk_salvage(&p->proofs, data, keys, err);
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

/* What was read before it failed: the pages say more. */
static void forget(struct present *p) {
    const struct atk_view *backup = p->proofs.backup;
    atk_proofs_free(&p->proofs);
    atk_proofs_init(&p->proofs, backup);
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
                        "the current store cannot prove what it denied: %.120s", detail.text);
    if (rc < 0) forget(p);
    return p->exists ? lock_present(w, keys, err) : 0;
}

/* ---- the tokens that are copied -------------------------------------------------------------- */

static struct atk_proofs *proofs_of(struct work *w) { return &w->present.proofs; }

/* It was in the store once, and a store in order has it no longer: it was purged. */
static bool is_purged(struct work *w, const char *id) {
    const struct atk_proofs *proofs = proofs_of(w);
    return proofs->is_whole && atk_id_tick(id) <= proofs->id_floor;
}

static bool is_owner_blocked(struct work *w, const struct atk_hot *hot) {
    const struct atk_proof_owner *owner =
        atk_proofs_find_owner(proofs_of(w), hot->owner, hot->owner_len);
    return owner && !(atk_proofs_owner_record(proofs_of(w), owner).flags & ATK_OWNER_UNBLOCKING);
}

static enum atk_revise judge_token(void *ctx, const char *id, const struct atk_hot *hot) {
    struct work *w = ctx;
    const enum atk_proof_found found = atk_proofs_find(proofs_of(w), id);
    if (found == ATK_PROOF_NONE && is_purged(w, id)) return ATK_REVISE_DROP;
    if (found == ATK_PROOF_DIFFERENT || is_owner_blocked(w, hot)) return ATK_REVISE_CHANGE;
    const bool is_to_revoke = w->restore->revokes_all && !(hot->flags & ATK_FLAG_REVOKED);
    return is_to_revoke || found == ATK_PROOF_NONE ? ATK_REVISE_CHANGE : ATK_REVISE_KEEP;
}

static bool revoke(struct work *w, struct atk_hot *hot, struct atk_row *row) {
    const struct atk_revocation now = { .revoked_ms = w->restore->act.now_ms,
                                        .reason = ATK_RESTORED,
                                        .reason_len = strlen(ATK_RESTORED) };
    atk_revoke_hot(hot);
    atk_revoke_row(row, &now);
    return atk_records_unite(hot, row);
}

static void count(struct work *w, unsigned carried, bool is_revoked_now, bool is_unproven) {
    apitoken_restore_result *result = &w->restore->result;
    const bool is_denied = (carried & ~(unsigned)ATK_CARRIED_OTHER) != 0;
    result->carried_over += (carried & ATK_CARRIED_REVOKED) != 0;
    result->narrowed += is_denied && !(carried & ATK_CARRIED_REVOKED);
    result->revoked_now += is_revoked_now;
    result->unproven += is_unproven;
    w->copy.carried_over += is_denied;
}

static int change(void *ctx, struct atk_hot *hot, struct atk_row *row, bool is_last,
                  apitoken_error *err) {
    struct work *w = ctx;
    const enum atk_proof_found found = atk_proofs_find(proofs_of(w), row->id);
    unsigned carried = 0;
    if (found == ATK_PROOF_DIFFERENT) {
        const struct atk_proof proof = atk_proofs_get(proofs_of(w), row->id, hot, row, &w->records);
        carried = atk_carry_denials(&proof, w->restore->act.now_ms, hot, row);
    }
    if (is_owner_blocked(w, hot)) carried |= atk_carry_block(hot, row);
    const bool is_to_revoke = w->restore->revokes_all && !(hot->flags & ATK_FLAG_REVOKED);
    if (is_to_revoke && !revoke(w, hot, row)) carried |= ATK_CARRIED_NO_ROOM;
    if (carried & ATK_CARRIED_NO_ROOM)
        return atk_fail(err, APITOKEN_E_SCHEMA, "what newer versions stored leaves no room");
    if (is_last) count(w, carried, is_to_revoke, found == ATK_PROOF_NONE);
    return 0;
}

/* ---- what else is copied --------------------------------------------------------------------- */

/* With the time, reason and actor of the restore, if the record was lost. */
static struct atk_owner_record owner_record(struct work *w, const struct atk_proof_owner *owner) {
    const struct atk_store_act *act = &w->restore->act;
    struct atk_owner_record record = atk_proofs_owner_record(proofs_of(w), owner);
    if (record.actor_len > 0) return record;
    record.blocked_ms = act->now_ms;
    record.reason = ATK_RESTORED;
    record.reason_len = strlen(ATK_RESTORED);
    record.actor = act->actor;
    record.actor_len = (uint8_t)act->actor_len;
    return record;
}

static int add_owner(struct work *w, const struct atk_view *to, const struct atk_proof_owner *owner,
                     apitoken_error *err) {
    struct atk_owner_record record = { .reason = "", .actor = "" };
    const struct atk_owner_record present = owner_record(w, owner);
    int rc = atk_owner_get(to, owner->owner, owner->owner_len, &record, err);
    if (rc != APITOKEN_E_NOT_FOUND) ATK_TRY(rc);
    if (!atk_carry_owner(&present, &record)) return 0;
    record.key_id = to->keys->active;
    return atk_owner_put(to, owner->owner, owner->owner_len, &record, err);
}

static int add_owners(void *ctx, const struct atk_view *to, apitoken_error *err) {
    struct work *w = ctx;
    const struct atk_proofs *proofs = proofs_of(w);
    for (size_t i = 0; i < proofs->owner_count; i++)
        ATK_TRY(add_owner(w, to, &proofs->owners[i], err));
    return 0;
}

static bool is_erased(void *ctx, uint64_t number, const struct atk_audit *audit) {
    return atk_proofs_is_erased(proofs_of(ctx), number, audit->tag);
}

static int change_keys(void *ctx, struct atk_keys_record *keys, apitoken_error *err) {
    return atk_keys_record_carry(keys, &proofs_of(ctx)->keys)
               ? 0
               : atk_fail(err, APITOKEN_E_KEY_LIMIT, "the store's list of keys is full");
}

/* ---- the new store --------------------------------------------------------------------------- */

static int place_store(struct work *w, const struct atk_new_store *plan, apitoken_error *err) {
    const char *path = w->restore->path;
    char aside[ATK_PATH_MAX + 16];
    if (!w->present.exists) return atk_new_store_put(path, plan, err);
    (void)snprintf(aside, sizeof aside, "%.*s.replaced", (int)atk_path_len(path), path);
    return atk_new_store_exchange(path, aside, plan, err);
}

/* Tokens of the replaced store that the backup has not are gone. */
static void fill_result(struct work *w, const struct atk_store_copy *copy) {
    const struct atk_proofs *proofs = &w->present.proofs;
    apitoken_restore_result *result = &w->restore->result;
    result->size = sizeof *result;
    result->is_proven = (uint32_t)w->present.is_proven;
    result->tokens = copy->tokens;
    result->revoked = copy->revoked;
    result->purged = copy->dropped;
    result->gone = w->present.is_proven ? proofs->tokens + result->unproven - copy->tokens : 0;
    if (w->present.is_proven) result->unproven = 0;
}

static int copy_backup(struct work *w, struct atk_lmdb *backup, MDB_txn *snapshot,
                       struct atk_deadline *deadline, apitoken_error *err) {
    struct present *p = &w->present;
    struct stat like;
    const struct atk_revision revision = { judge_token, change,      add_owners,
                                           is_erased,   change_keys, w };
    w->copy = (struct atk_store_copy){ .from = atk_lmdb_view(backup, snapshot),
                                       .from_use = &backup->use,
                                       .deadline = deadline,
                                       .revision = &revision,
                                       .id_floor = p->proofs.id_floor,
                                       .raises_floor = true,
                                       .act = &w->restore->act };
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
                                        .ctx = &w->copy };
    ATK_TRY(place_store(w, &plan, err));
    fill_result(w, &w->copy);
    return 0;
}

static int restore_from(struct work *w, struct atk_lmdb *backup, struct atk_deadline *deadline,
                        apitoken_error *err) {
    struct atk_pool_entry *entry;
    ATK_TRY(atk_env_read_begin(backup->env, deadline, &entry, err));
    const struct atk_view view = atk_lmdb_view(backup, entry->txn);
    atk_proofs_init(&w->present.proofs, &view);
    int rc = read_present(w, backup->base.keys, deadline, err);
    if (rc == 0) rc = copy_backup(w, backup, entry->txn, deadline, err);
    atk_proofs_free(&w->present.proofs);
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
    backup->ops->close(backup, false);
    return rc;
}
