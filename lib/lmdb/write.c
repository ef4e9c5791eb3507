/* SPDX-License-Identifier: MIT */
/* The one write entry: a list of changes in one durable transaction. */
#include <string.h>

#include "attr.h"
#include "error.h"
#include "lmdb/codes.h"
#include "lmdb/locks.h"
#include "lmdb/records.h"
#include "lmdb/space.h"
#include "lmdb/store.h"

/* A write under way. */
struct write {
    struct atk_lmdb *store;
    struct atk_change *changes;
    size_t count;
    size_t at; /* the change that is being applied */
    struct atk_deadline *deadline;
    MDB_txn *txn;
    struct atk_state_record state;
    int is_changed;
    int registers_key; /* this write tells the store of a key */
};

/* ---- what every write transaction begins and ends with ------------------------------------------------------------ */

static int begin(struct write *w, apitoken_error *err) {
    struct atk_env *env = w->store->env;
    if (!env->mdb) ATK_TRY(atk_env_reopen(env, w->deadline, err));
    int rc = mdb_txn_begin(env->mdb, NULL, 0, &w->txn);
    if (rc == MDB_PANIC) {
        ATK_TRY(atk_env_reopen(env, w->deadline, err));
        rc = mdb_txn_begin(env->mdb, NULL, 0, &w->txn);
    }
    if (rc == EAGAIN) return atk_fail_os(err, APITOKEN_E_PID_CLASH, rc, NULL);
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "begin to write");
}

/* The store is of a schema we know, and the newest that this machine has seen: an old copy must not be built upon. */
static int read_state(struct write *w, apitoken_error *err) {
    uint64_t before = mdb_txn_id(w->txn) - 1;
    int rc = atk_state_get(w->store->env, w->txn, w->store->base.keys, &w->state, err);
    if (rc == APITOKEN_E_DAMAGED) { /* or written under another key of the same id: then that is the fault */
        struct atk_keys_record known;
        ATK_TRY(atk_prints_get(w->store->env, w->txn, w->store->base.keys, &known, err));
    }
    ATK_TRY(rc);
    if (w->state.transaction != before || before < atk_last_use_transaction(&w->store->use))
        return atk_fail(err, APITOKEN_E_ROLLED_BACK, NULL);
    return 0;
}

/* A key that was activated since is told to the store by the first process that writes under it. */
static int register_key(struct write *w, apitoken_error *err) {
    struct atk_lmdb *store = w->store;
    struct atk_keys_record known;
    uint32_t active = store->base.keys->active;
    if (__atomic_load_n(&store->known_key, __ATOMIC_RELAXED) == active) return 0;
    ATK_TRY(atk_prints_get(store->env, w->txn, store->base.keys, &known, err));
    uint32_t i = 0;
    while (i < known.count && known.entry[i].key_id != active) i++;
    if (i < known.count) {
        __atomic_store_n(&store->known_key, active, __ATOMIC_RELAXED);
        return 0;
    }
    if (known.count == ATK_KEYS_MAX)
        return atk_fail_item(err, APITOKEN_E_KEY_LIMIT, active, "the store knows as many keys as it can");
    known.entry[i].key_id = active;
    known.entry[i].prints = atk_keys_find(store->base.keys, active)->prints;
    known.count++;
    known.key_id = active;
    struct atk_config config = store->base.config;
    config.key_id = active;
    w->registers_key = 1;
    ATK_TRY(atk_prints_put(store->env, w->txn, store->base.keys, &known, err));
    return atk_config_put(store->env, w->txn, store->base.keys, &config, err);
}

static int write_state(struct write *w, apitoken_error *err) {
    w->state.key_id = w->store->base.keys->active;
    w->state.schema = ATK_SCHEMA;
    w->state.transaction = mdb_txn_id(w->txn);
    return atk_state_put(w->store->env, w->txn, w->store->base.keys, &w->state, err);
}

/* ---- the changes --------------------------------------------------------------------------------------------------- */

static int create(struct write *w, struct atk_change *change, apitoken_error *err) {
    struct atk_lmdb *store = w->store;
    change->hot->sequence = w->state.next_sequence++;
    change->hot->slot = ATK_SLOT_NONE;
    if (w->state.next_slot < store->use.slots) {
        ATK_TRY(atk_last_use_prepare(&store->use, w->state.next_slot, err));
        change->hot->slot = (uint32_t)w->state.next_slot++;
    }
    change->row->slot = change->hot->slot;
    ATK_TRY(atk_hot_put(store->env, w->txn, store->base.keys, change->id, change->hot, MDB_NOOVERWRITE, err));
    ATK_TRY(atk_row_put(store->env, w->txn, store->base.keys, change->hot, change->row, err));
    w->state.tokens++;
    w->is_changed = 1;
    return 0;
}

static void put_revocation(struct write *w, const struct atk_change *change, struct atk_row *row) {
    row->is_revoked = 1;
    row->revoked_ms = change->now_ms;
    row->reason_len = (uint16_t)change->reason_len;
    if (change->reason_len) memcpy(row->reason, change->reason, change->reason_len);
    row->sealed_len = 0;
    w->state.revoked++;
}

static int revoke(struct write *w, const struct atk_change *change, apitoken_error *err) {
    struct atk_lmdb *store = w->store;
    struct atk_hot hot;
    struct atk_row row;
    ATK_TRY(atk_hot_get(store->env, w->txn, store->base.keys, change->id, &hot, err));
    if (hot.owner_len != change->owner_len || memcmp(hot.owner, change->owner, change->owner_len) != 0)
        return atk_fail(err, APITOKEN_E_NOT_FOUND, NULL);
    ATK_TRY(atk_row_get(store->env, w->txn, store->base.keys, &hot, change->id, &row, err));
    if (hot.is_revoked && row.is_revoked) return 0;
    if (!row.is_revoked) put_revocation(w, change, &row); /* else an old hot record was put back: the row keeps time and reason */
    hot.is_revoked = 1;
    ATK_TRY(atk_hot_put(store->env, w->txn, store->base.keys, change->id, &hot, 0, err));
    ATK_TRY(atk_row_put(store->env, w->txn, store->base.keys, &hot, &row, err));
    w->is_changed = 1;
    return 0;
}

static int apply(struct write *w, apitoken_error *err) {
    ATK_TRY(read_state(w, err));
    ATK_TRY(register_key(w, err));
    for (w->at = 0; w->at < w->count; w->at++) {
        struct atk_change *change = &w->changes[w->at];
        ATK_TRY(change->kind == ATK_CHANGE_CREATE ? create(w, change, err) : revoke(w, change, err));
    }
    w->at = 0;
    return w->is_changed ? write_state(w, err) : 0;
}

/* ---- what became of a commit that failed ---------------------------------------------------------------------------- */

/* 1 if every change stands in the store, 0 if one does not, or an error. All changes of a commit stand or fall together. */
static int is_done(struct write *w, struct atk_deadline *deadline) {
    struct atk_pool_entry *entry;
    int done = 1;
    ATK_TRY(atk_env_read_begin(w->store->env, deadline, &entry, NULL));
    for (size_t i = 0; i < w->count && done > 0; i++) {
        const struct atk_change *change = &w->changes[i];
        struct atk_hot hot;
        done = atk_hot_get(w->store->env, entry->txn, w->store->base.keys, change->id, &hot, NULL);
        if (done == APITOKEN_E_NOT_FOUND)
            done = 0;
        else if (done == 0)
            done = change->kind == ATK_CHANGE_REVOKE ? hot.is_revoked
                                                     : memcmp(hot.verifier, change->hot->verifier, ATK_DIGEST_LEN) == 0;
    }
    atk_env_read_end(entry);
    return done;
}

/*
 * After a failed meta page write nobody knows which of two states the disk holds. A further commit, of the state record alone,
 * writes that meta page anew, durably: from then on what is seen is what stays.
 */
static int commit_anew(struct write *w, struct atk_deadline *deadline) {
    struct atk_lmdb *store = w->store;
    ATK_TRY(atk_env_reopen(store->env, deadline, NULL));
    if (mdb_txn_begin(store->env->mdb, NULL, 0, &w->txn) != 0) return APITOKEN_E_IO;
    uint64_t transaction = mdb_txn_id(w->txn);
    int rc = atk_state_get(store->env, w->txn, store->base.keys, &w->state, NULL);
    if (rc == 0 && w->state.transaction != transaction - 1) rc = APITOKEN_E_ROLLED_BACK;
    if (rc == 0) rc = write_state(w, NULL);
    if (rc < 0) {
        mdb_txn_abort(w->txn);
        return rc;
    }
    if (mdb_txn_commit(w->txn) != 0) return APITOKEN_E_IO;
    atk_last_use_raise(&store->use, transaction);
    return 0;
}

static int maybe(struct write *w, int mdb_code, apitoken_error *err) {
    atk_fail_os(err, APITOKEN_E_MAYBE, mdb_code, NULL);
    atk_fail_id(err, w->changes[0].id);
    return APITOKEN_E_MAYBE;
}

/* Looks the changes up: done, not done, or nobody can tell. Takes its own time: the verb's may be spent. */
static int settle(struct write *w, int mdb_code, apitoken_error *err) {
    struct atk_env *env = w->store->env;
    struct atk_deadline deadline = atk_deadline_in(ATK_SETTLE_MS);
    int rc = mdb_txn_begin(env->mdb, NULL, 0, &w->txn);
    if (rc == 0)
        mdb_txn_abort(w->txn);
    else
        rc = commit_anew(w, &deadline); /* MDB_PANIC: the meta page could not be written */
    if (rc == 0) rc = is_done(w, &deadline);
    if (rc < 0) return maybe(w, mdb_code, err);
    if (rc == 0) return atk_fail_mdb(err, mdb_code, "commit the change");
    return mdb_env_sync(env->mdb, 1) == 0 ? 0 : maybe(w, mdb_code, err);
}

/* ---- the write -------------------------------------------------------------------------------------------------------- */

static int finish(struct write *w, apitoken_error *err) {
    uint64_t transaction = mdb_txn_id(w->txn);
    if (!w->is_changed) { /* all was done before, perhaps by a process that died before its sync */
        mdb_txn_abort(w->txn);
        int rc = mdb_env_sync(w->store->env->mdb, 1);
        if (rc != 0) return atk_fail_mdb(err, rc, "sync the store");
        atk_last_use_raise(&w->store->use, transaction - 1);
        return 0;
    }
    int rc = mdb_txn_commit(w->txn);
    if (rc != 0) ATK_TRY(settle(w, rc, err));
    atk_last_use_raise(&w->store->use, transaction);
    if (w->registers_key) __atomic_store_n(&w->store->known_key, w->store->base.keys->active, __ATOMIC_RELAXED);
    return 0;
}

/*
 * What the changes need of the reserve: a create leaves all of it, a revoke with a reason half, one without takes what there is.
 */
static enum atk_space_need need_of(const struct write *w) {
    enum atk_space_need need = ATK_SPACE_ANY;
    for (size_t i = 0; i < w->count; i++) {
        if (w->changes[i].kind == ATK_CHANGE_CREATE) return ATK_SPACE_ALL;
        if (w->changes[i].reason_len > 0) need = ATK_SPACE_HALF;
    }
    return need;
}

static int reserve_space(struct write *w, apitoken_error *err) {
    struct atk_pool_entry *entry;
    enum atk_space_need need = need_of(w);
    if (need == ATK_SPACE_ANY) return 0;
    ATK_TRY(atk_env_read_begin(w->store->env, w->deadline, &entry, err));
    int rc = atk_space_reserve(w->store->env, entry->txn, need, err);
    atk_env_read_end(entry);
    return rc;
}

static int write_locked(struct write *w, apitoken_error *err) {
    (void)atk_env_clear_readers(w->store->env); /* a dead reader would keep pages from being used again */
    ATK_TRY(begin(w, err));
    int rc = reserve_space(w, err);
    if (rc == 0) rc = apply(w, err);
    if (rc == 0) return finish(w, err);
    mdb_txn_abort(w->txn);
    return rc;
}

static int write_all(struct write *w, apitoken_error *err) {
    int lock = -1;
    ATK_TRY(atk_lmdb_look(w->store, 1, err));
    ATK_TRY(atk_locks_take_write(w->store->env->dir_fd, w->deadline, &lock, err));
    int rc = atk_lmdb_look(w->store, 1, err); /* again: it may have been replaced while this waited */
    if (rc == 0) rc = write_locked(w, err);
    atk_locks_close(&lock);
    return rc;
}

int atk_lmdb_write(struct atk_backend *backend, struct atk_change *changes, size_t count, size_t *ret_index,
                   struct atk_deadline *deadline, apitoken_error *err) {
    struct write w = { .store = atk_lmdb_of(backend), .changes = changes, .count = count, .deadline = deadline };
    int rc = write_all(&w, err);
    if (rc < 0) *ret_index = w.at;
    return rc;
}
