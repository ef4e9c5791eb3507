/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/commit.h"

#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/form/error.h"
#include "lmdb/tokens/audit.h"

static int put_state(struct atk_write *w, apitoken_error *err) {
    w->state.key_id = w->view.keys->active;
    w->state.schema = ATK_SCHEMA;
    w->state.transaction = mdb_txn_id(w->view.txn);
    return atk_state_put(&w->view, &w->state, err);
}

/* ---- looking up what was written ------------------------------------------------------------- */

static int look_up_owner(const struct atk_view *view, const struct atk_change *change,
                         bool *ret_stored) {
    struct atk_owner_record owner = { .revision = 0 };
    int rc = atk_owner_get(view, change->owner, change->owner_len, &owner, NULL);
    if (rc != APITOKEN_E_NOT_FOUND) ATK_TRY(rc);
    *ret_stored = owner.revision == change->revision;
    return 0;
}

static int look_up_policy(const struct atk_view *view, const struct atk_change *change,
                          bool *ret_stored) {
    struct atk_policy_record policy;
    ATK_TRY(atk_policy_get(view, &policy, NULL));
    *ret_stored = policy.revision == change->revision;
    return 0;
}

static bool was_removed(const struct atk_change *change) {
    return change->kind == ATK_CHANGE_EDIT && change->is_changed && change->revision == 0;
}

static int look_up_text(const struct atk_view *view, const struct atk_change *change,
                        bool *ret_stored) {
    struct atk_audit audit;
    int rc = atk_audit_get(view, ATK_AUDIT_CHAIN, change->position, &audit, NULL);
    *ret_stored = rc == APITOKEN_E_NOT_FOUND || !change->is_changed;
    if (*ret_stored) return 0;
    ATK_TRY(rc);
    *ret_stored = audit.text_len == 0;
    return 0;
}

static int look_up_token(const struct atk_view *view, const struct atk_change *change,
                         bool *ret_stored) {
    struct atk_hot hot;
    int rc = atk_hot_get(view, change->id, &hot, NULL);
    *ret_stored = false;
    if (rc == APITOKEN_E_NOT_FOUND) {
        *ret_stored = was_removed(change);
        return 0;
    }
    ATK_TRY(rc);
    if (was_removed(change)) return 0;
    *ret_stored = change->kind == ATK_CHANGE_EDIT
                      ? hot.revision >= change->revision
                      : memcmp(hot.verifier, change->hot->verifier, ATK_VERIFIER_LEN) == 0;
    return 0;
}

static int look_up_change(const struct atk_view *view, const struct atk_change *change,
                          bool *ret_stored) {
    switch (change->kind) {
    case ATK_CHANGE_OWNER: return look_up_owner(view, change, ret_stored);
    case ATK_CHANGE_POLICY: return look_up_policy(view, change, ret_stored);
    case ATK_CHANGE_TEXT: return look_up_text(view, change, ret_stored);
    default: return look_up_token(view, change, ret_stored);
    }
}

static int look_up_limit(const struct atk_view *view, uint64_t limit_bytes, bool *ret_stored) {
    struct atk_state_record state;
    ATK_TRY(atk_state_get(view, &state, NULL));
    *ret_stored = state.limit_bytes == limit_bytes;
    return 0;
}

/* All changes of a commit are stored or none is, so the first one of a large write is enough. */
static int look_up_call(const struct atk_view *view, struct atk_write_call *call,
                        bool *ret_stored) {
    struct atk_change made;
    *ret_stored = true;
    if (call->step) return call->step->look_up(view, call->step->ctx, ret_stored);
    if (call->limit_bytes) return look_up_limit(view, call->limit_bytes, ret_stored);
    if (call->make) {
        ATK_TRY(call->make(call->make_ctx, 0, &made, NULL));
        return look_up_change(view, &made, ret_stored);
    }
    for (size_t i = 0; i < call->count && *ret_stored; i++)
        ATK_TRY(look_up_change(view, &call->changes[i], ret_stored));
    return 0;
}

static int look_up_calls(const struct atk_view *view, const struct atk_write *w, bool *ret_stored) {
    *ret_stored = true;
    for (size_t i = 0; i < w->count && *ret_stored; i++)
        ATK_TRY(look_up_call(view, w->calls[i], ret_stored));
    return 0;
}

/* Looks up in a new snapshot whether the store has the changes of all calls. */
static int look_up_write(const struct atk_write *w, struct atk_deadline *deadline,
                         bool *ret_stored) {
    struct atk_pool_entry *entry;
    ATK_TRY(atk_env_read_begin(w->store->env, deadline, &entry, NULL));
    const struct atk_view view = atk_lmdb_view(w->store, entry->txn);
    int rc = look_up_calls(&view, w, ret_stored);
    atk_env_read_end(entry);
    return rc;
}

/* ---- a commit that failed -------------------------------------------------------------------- */

/*
 * After a failed write of the meta page nobody knows which of two states the disk holds. Another
 * commit, of the state record alone, writes that meta page again and syncs it: from then on readers
 * see what will stay.
 */
static int rewrite_meta_page(struct atk_write *w, struct atk_deadline *deadline) {
    struct atk_lmdb *store = w->store;
    ATK_TRY(atk_env_reopen(store->env, deadline, NULL));
    if (mdb_txn_begin(store->env->mdb, NULL, 0, &w->view.txn) != 0) return APITOKEN_E_IO;
    uint64_t transaction = mdb_txn_id(w->view.txn);
    int rc = atk_state_get(&w->view, &w->state, NULL);
    if (rc == 0 && w->state.transaction != transaction - 1) rc = APITOKEN_E_ROLLED_BACK;
    if (rc == 0) rc = put_state(w, NULL);
    if (rc < 0) {
        mdb_txn_abort(w->view.txn);
        return rc;
    }
    if (mdb_txn_commit(w->view.txn) != 0) return APITOKEN_E_IO;
    atk_lmdb_raise_homes(store, &w->state, transaction);
    return 0;
}

/*
 * Finds out whether the changes of a failed commit are stored. Has a time limit of its own, as the
 * verb's time may be used up.
 */
static int resolve_failed_commit(struct atk_write *w, int mdb_code, apitoken_error *err) {
    struct atk_env *env = w->store->env;
    struct atk_deadline deadline = atk_deadline_in(ATK_SETTLE_MS);
    bool is_stored = false;
    int rc = mdb_txn_begin(env->mdb, NULL, 0, &w->view.txn);
    if (rc == 0) {
        mdb_txn_abort(w->view.txn);
    } else { /* MDB_PANIC: the meta page could not be written */
        atk_env_hide_newest(env);
        rc = rewrite_meta_page(w, &deadline);
        if (rc < 0) atk_env_hide_newest(env); /* it may have been reopened meanwhile */
    }
    if (rc == 0) rc = look_up_write(w, &deadline, &is_stored);
    if (rc < 0) return atk_fail_os(err, APITOKEN_E_MAYBE, mdb_code, NULL);
    if (!is_stored) return atk_fail_mdb(err, mdb_code, "commit the change");
    return mdb_env_sync(env->mdb, 1) == 0 ? 0 : atk_fail_os(err, APITOKEN_E_MAYBE, mdb_code, NULL);
}

/* ---- a commit that went well ----------------------------------------------------------------- */

/*
 * Reads back what was committed. It is missing if a flipped bit gave a changed page a flag that
 * keeps LMDB from writing it; later only the structure check would find that. If no read
 * transaction is free, LMDB is believed.
 */
static int verify_commit(const struct atk_write *w, apitoken_error *err) {
    struct atk_deadline none = atk_deadline_in(0);
    bool is_stored = false;
    int rc = look_up_write(w, &none, &is_stored);
    if (rc == 0 ? is_stored : rc != APITOKEN_E_DAMAGED) return 0;
    return atk_fail(
        err, APITOKEN_E_MAYBE,
        "the commit succeeded, but the store does not show the change: check the store");
}

/* Every change was made before, perhaps by a process that died before it had synced. */
static int sync_unchanged(struct atk_write *w, apitoken_error *err) {
    uint64_t before = mdb_txn_id(w->view.txn) - 1;
    mdb_txn_abort(w->view.txn);
    int rc = mdb_env_sync(w->store->env->mdb, 1);
    if (rc != 0) return atk_fail_mdb(err, rc, "sync the store");
    atk_lmdb_raise_homes(w->store, &w->state, before);
    return 0;
}

int atk_write_commit(struct atk_write *w, apitoken_error *err) {
    if (!w->is_changed) return sync_unchanged(w, err);
    uint64_t transaction = mdb_txn_id(w->view.txn);
    int rc = put_state(w, err);
    if (rc < 0) {
        mdb_txn_abort(w->view.txn);
        return rc;
    }
    rc = mdb_txn_commit(w->view.txn);
    ATK_TRY(rc == 0 ? verify_commit(w, err) : resolve_failed_commit(w, rc, err));
    atk_lmdb_raise_homes(w->store, &w->state, transaction);
    return 0;
}
