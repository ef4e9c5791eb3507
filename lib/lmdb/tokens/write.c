/* SPDX-License-Identifier: MIT */
/*
 * The one write entry: a list of changes in one durable transaction. Calls of several threads share
 * one: the first leads and takes up those behind it, each of them a single change that is judged
 * alone. Whatever the leader may have to wait for comes before the first taking, as its deadline is
 * not theirs. If what they share fails, none is done and each goes again, alone.
 */
#include <sched.h>
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/form/error.h"
#include "lmdb/process/locks.h"
#include "lmdb/tokens/records.h"
#include "lmdb/tokens/space.h"
#include "lmdb/tokens/engine.h"

/* A call of the one entry. */
struct call {
    struct atk_group_call turn; /* first, so that a turn is its call */
    struct atk_change *changes; /* or made one by one, by `make`: a large write */
    atk_change_fn make;
    void *make_ctx;
    size_t count;
    size_t at; /* the change that is being applied, or failed */
    struct atk_deadline *deadline;
    apitoken_error *err;
    int rc;
    int goes_again;
};

/* A write under way: the calls whose changes stand in its transaction. */
struct write {
    struct atk_lmdb *store;
    struct atk_deadline *deadline; /* of the one who leads */
    MDB_txn *txn;
    struct atk_state_record state;
    struct atk_space space;
    struct call *calls[ATK_GROUP_MAX];
    size_t count;
    size_t room;     /* how many calls there may be */
    uint32_t waited; /* how many waited when it began */
    int is_changed;
    int is_broken;     /* a change failed when part of it stood in the transaction */
    int registers_key; /* this write tells the store of a key */
};

/* ---- what every write transaction begins and ends with --------------------------------------- */

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

/*
 * The store is of a schema we know, and the newest that this machine has seen: an old copy must not
 * be built upon.
 */
static int read_state(struct write *w, apitoken_error *err) {
    uint64_t before = mdb_txn_id(w->txn) - 1;
    int rc = atk_state_get(w->store->env, w->txn, w->store->base.keys, &w->state, err);
    /* or written under another key of the same id: then that is the fault */
    if (rc == APITOKEN_E_DAMAGED) {
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
        return atk_fail_item(err, APITOKEN_E_KEY_LIMIT, active,
                             "the store knows as many keys as it can");
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

/* ---- the changes ----------------------------------------------------------------------------- */

static int create(struct write *w, struct atk_change *change, apitoken_error *err) {
    struct atk_lmdb *store = w->store;
    change->hot->sequence = w->state.next_sequence++;
    change->hot->slot = ATK_SLOT_NONE;
    if (w->state.next_slot < store->use.slots) {
        ATK_TRY(atk_last_use_prepare(&store->use, w->state.next_slot, err));
        change->hot->slot = (uint32_t)w->state.next_slot++;
    }
    change->row->slot = change->hot->slot;
    int rc = atk_hot_put(store->env, w->txn, store->base.keys, change->id, change->hot,
                         MDB_NOOVERWRITE, err);
    w->is_broken = rc < 0 && rc != APITOKEN_E_EXISTS;
    ATK_TRY(rc);
    rc = atk_row_put(store->env, w->txn, store->base.keys, change->hot, change->row, err);
    w->is_broken = rc < 0;
    w->state.tokens++;
    w->is_changed = 1;
    return rc;
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
    if (hot.owner_len != change->owner_len ||
        memcmp(hot.owner, change->owner, change->owner_len) != 0)
        return atk_fail(err, APITOKEN_E_NOT_FOUND, NULL);
    ATK_TRY(atk_row_get(store->env, w->txn, store->base.keys, &hot, change->id, &row, err));
    if (hot.is_revoked && row.is_revoked) return 0;
    /* else an old hot record was put back: the row keeps time and reason */
    if (!row.is_revoked) put_revocation(w, change, &row);
    hot.is_revoked = 1;
    int rc = atk_hot_put(store->env, w->txn, store->base.keys, change->id, &hot, 0, err);
    if (rc == 0) rc = atk_row_put(store->env, w->txn, store->base.keys, &hot, &row, err);
    w->is_broken = rc < 0;
    w->is_changed = 1;
    return rc;
}

/*
 * What a change needs of the reserve: a create leaves all of it, a revoke with a reason half, one
 * without takes what there is.
 */
static enum atk_space_need need_of(const struct atk_change *change) {
    if (change->kind == ATK_CHANGE_CREATE) return ATK_SPACE_ALL;
    return change->reason_len > 0 ? ATK_SPACE_HALF : ATK_SPACE_ANY;
}

static int apply_change(struct write *w, struct atk_change *change, apitoken_error *err) {
    ATK_TRY(atk_space_reserve(w->store->env, &w->space, need_of(change), err));
    return change->kind == ATK_CHANGE_CREATE ? create(w, change, err) : revoke(w, change, err);
}

static int apply_at(struct write *w, struct call *call, size_t i, apitoken_error *err) {
    struct atk_change made;
    if (!call->make) return apply_change(w, &call->changes[i], err);
    ATK_TRY(call->make(call->make_ctx, i, &made, err));
    return apply_change(w, &made, err);
}

/* The disk blocks of all slots of a large write in one step. */
static int prepare_slots(struct write *w, size_t count, apitoken_error *err) {
    struct atk_last_use *use = &w->store->use;
    uint64_t end =
        w->state.next_slot + count < use->slots ? w->state.next_slot + count : use->slots;
    return w->state.next_slot < end ? atk_last_use_prepare(use, end - 1, err) : 0;
}

/*
 * A large write leaves the reserve as well. It copies each page that it changes, so it needs as
 * many as the trees have now, or as its changes can take at most.
 */
static int leave_reserve(struct write *w, size_t count, apitoken_error *err) {
    MDB_stat hot, rows;
    int rc = mdb_stat(w->txn, w->store->env->hot, &hot);
    if (rc == 0) rc = mdb_stat(w->txn, w->store->env->rows, &rows);
    if (rc != 0) return atk_fail_mdb(err, rc, "measure the store");
    uint64_t pages = hot.ms_branch_pages + hot.ms_leaf_pages + rows.ms_branch_pages +
                     rows.ms_leaf_pages + rows.ms_overflow_pages;
    uint64_t most = (uint64_t)count * ATK_CHANGE_PAGES, needed = pages < most ? pages : most;
    if (!atk_space_has(&w->space, needed)) return atk_fail(err, APITOKEN_E_FULL, NULL);
    return atk_space_extend(w->store->env, &w->space, needed, err);
}

/*
 * All changes of a call. Those of one that failed are not there, unless the write is broken or the
 * call has several.
 */
static int apply(struct write *w, struct call *call, apitoken_error *err) {
    const struct atk_state_record before = w->state;
    if (call->make) ATK_TRY(prepare_slots(w, call->count, err));
    for (call->at = 0; call->at < call->count; call->at++) {
        int rc = apply_at(w, call, call->at, err);
        if (rc == 0) continue;
        w->state = before;
        return rc;
    }
    if (call->make) ATK_TRY(leave_reserve(w, call->count, err));
    call->rc = 0;
    w->calls[w->count++] = call;
    return 0;
}

/* ---- what became of a commit ----------------------------------------------------------------- */

/* 1 if a change stands in the store, 0 if it does not, or an error. */
static int stands(const struct write *w, MDB_txn *txn, const struct atk_change *change) {
    struct atk_hot hot;
    int rc = atk_hot_get(w->store->env, txn, w->store->base.keys, change->id, &hot, NULL);
    if (rc == APITOKEN_E_NOT_FOUND) return 0;
    ATK_TRY(rc);
    if (change->kind == ATK_CHANGE_REVOKE) return hot.is_revoked;
    return memcmp(hot.verifier, change->hot->verifier, ATK_DIGEST_LEN) == 0;
}

static int is_call_done(const struct write *w, MDB_txn *txn, struct call *call) {
    struct atk_change made;
    int done = 1;
    if (call->make) {
        ATK_TRY(call->make(call->make_ctx, 0, &made, NULL));
        return stands(w, txn, &made);
    }
    for (size_t i = 0; i < call->count && done > 0; i++) done = stands(w, txn, &call->changes[i]);
    return done;
}

/*
 * The same of all of them. All changes of a commit stand or fall together, so of a large write the
 * first one tells.
 */
static int is_done(const struct write *w, struct atk_deadline *deadline) {
    struct atk_pool_entry *entry;
    int done = 1;
    ATK_TRY(atk_env_read_begin(w->store->env, deadline, &entry, NULL));
    for (size_t i = 0; i < w->count && done > 0; i++)
        done = is_call_done(w, entry->txn, w->calls[i]);
    atk_env_read_end(entry);
    return done;
}

/*
 * After a failed meta page write nobody knows which of two states the disk holds. A further commit,
 * of the state record alone, writes that meta page anew, durably: from then on what is seen is what
 * stays.
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

/*
 * Looks the changes up: done, not done, or nobody can tell. Takes its own time: the verb's may be
 * spent.
 */
static int settle(struct write *w, int mdb_code, apitoken_error *err) {
    struct atk_env *env = w->store->env;
    struct atk_deadline deadline = atk_deadline_in(ATK_SETTLE_MS);
    int rc = mdb_txn_begin(env->mdb, NULL, 0, &w->txn);
    if (rc == 0)
        mdb_txn_abort(w->txn);
    else
        rc = commit_anew(w, &deadline); /* MDB_PANIC: the meta page could not be written */
    if (rc == 0) rc = is_done(w, &deadline);
    if (rc < 0) return atk_fail_os(err, APITOKEN_E_MAYBE, mdb_code, NULL);
    if (rc == 0) return atk_fail_mdb(err, mdb_code, "commit the change");
    return mdb_env_sync(env->mdb, 1) == 0 ? 0 : atk_fail_os(err, APITOKEN_E_MAYBE, mdb_code, NULL);
}

/*
 * What LMDB wrote is there for whoever looks. It is not if a page that it changed has a flag by
 * which LMDB does not write it: a flipped bit, which only the structure check finds. Without a
 * transaction at hand to look in, LMDB is believed.
 */
static int confirm(const struct write *w, apitoken_error *err) {
    struct atk_deadline none = atk_deadline_in(0);
    int rc = is_done(w, &none);
    if (rc != 0 && rc != APITOKEN_E_DAMAGED) return 0;
    return atk_fail(err, APITOKEN_E_MAYBE,
                    "the commit went well, but the change is not to be seen: check the store");
}

/* ---- the write ------------------------------------------------------------------------------- */

/* All was done before, perhaps by a process that died before its sync. */
static int sync_only(struct write *w, apitoken_error *err) {
    uint64_t before = mdb_txn_id(w->txn) - 1;
    mdb_txn_abort(w->txn);
    int rc = mdb_env_sync(w->store->env->mdb, 1);
    if (rc != 0) return atk_fail_mdb(err, rc, "sync the store");
    atk_last_use_raise(&w->store->use, before);
    return 0;
}

/* What the calls share: 0 if all their changes are durable. */
static int finish(struct write *w, apitoken_error *err) {
    if (!w->is_changed) return sync_only(w, err);
    uint64_t transaction = mdb_txn_id(w->txn);
    int rc = write_state(w, err);
    if (rc < 0) {
        mdb_txn_abort(w->txn);
        return rc;
    }
    rc = mdb_txn_commit(w->txn);
    ATK_TRY(rc == 0 ? confirm(w, err) : settle(w, rc, err));
    atk_last_use_raise(&w->store->use, transaction);
    if (w->registers_key)
        __atomic_store_n(&w->store->known_key, w->store->base.keys->active, __ATOMIC_RELAXED);
    return 0;
}

static int read_space(struct write *w, uint64_t beyond, struct atk_deadline *deadline,
                      apitoken_error *err) {
    struct atk_pool_entry *entry;
    ATK_TRY(atk_env_read_begin(w->store->env, deadline, &entry, err));
    int rc = atk_space_read(w->store->env, entry->txn, beyond, &w->space, err);
    atk_env_read_end(entry);
    return rc;
}

/*
 * The spare space, on which the answer to a change may depend; and whether there is so much of it,
 * also on disk, that it does not depend on those before it in the transaction: else there is room
 * for one.
 */
static int look_at_space(struct write *w, const struct call *lead, apitoken_error *err) {
    struct atk_deadline none = atk_deadline_in(0);
    int matters = 0;
    w->room = 1;
    if (lead->make)
        return read_space(w, (uint64_t)lead->count * ATK_CHANGE_PAGES, w->deadline, err);
    for (size_t i = 0; i < lead->count; i++) matters |= need_of(&lead->changes[i]) != ATK_SPACE_ANY;
    int rc = read_space(w, ATK_GROUP_PAGES, matters ? w->deadline : &none, matters ? err : NULL);
    if (rc < 0) return matters ? rc : 0;
    if (lead->turn.is_alone || !atk_space_has(&w->space, ATK_GROUP_PAGES)) return 0;
    if (atk_space_extend(w->store->env, &w->space, ATK_GROUP_PAGES, NULL) == 0)
        w->room = ATK_GROUP_MAX;
    return 0;
}

/* All that comes before the first taking; the leader's own change is the first. */
static int prepare(struct write *w, struct call *lead) {
    ATK_TRY(look_at_space(w, lead, lead->err));
    ATK_TRY(read_state(w, lead->err));
    ATK_TRY(register_key(w, lead->err));
    return apply(w, lead, lead->err);
}

/*
 * Those of the last write are about to come again, and a write that takes them along serves as many
 * more for the same price: worth waiting for, up to a part of what the last one took. Whoever
 * writes alone waits for nobody.
 */
static void gather(const struct write *w) {
    const struct atk_lmdb *store = w->store;
    if (store->group_size <= 1) return;
    const uint64_t due = store->group_size - 1 + w->waited;
    const int64_t end_us = atk_monotonic_us() + store->group_us / ATK_GATHER_SHARE;
    while (atk_group_waiting(&store->group) < due && atk_monotonic_us() < end_us)
        (void)sched_yield();
}

/*
 * Takes up those who wait. One that fails without a trace is done with that; one that leaves a
 * trace goes again with the others.
 */
static void take_up(struct write *w) {
    while (w->count < w->room && !w->is_broken) {
        apitoken_error detail = APITOKEN_ERROR_INIT;
        struct call *call = (struct call *)atk_group_take(&w->store->group);
        if (!call) return;
        call->rc = apply(w, call, &detail);
        if (call->rc == 0) continue;
        if (w->is_broken) {
            w->calls[w->count++] = call;
        } else {
            atk_fail_as(call->err, &detail);
            atk_group_done(&w->store->group, &call->turn);
        }
    }
}

/* By its id the caller finds out later. */
static void name_first(struct call *call) {
    struct atk_change made;
    if (!call->make)
        atk_fail_id(call->err, call->changes[0].id);
    else if (call->make(call->make_ctx, 0, &made, NULL) == 0)
        atk_fail_id(call->err, made.id);
}

/*
 * How the calls ended: as one alone would have; or together they are not done, and each of them
 * goes again.
 */
static void conclude(struct write *w, int rc, const apitoken_error *detail) {
    const int go_again = w->count > 1 && rc < 0 && rc != APITOKEN_E_MAYBE;
    for (size_t i = 0; i < w->count && rc < 0; i++) {
        struct call *call = w->calls[i];
        call->rc = rc;
        call->at = 0;
        call->goes_again = go_again;
        if (go_again) continue;
        atk_fail_as(call->err, detail);
        if (rc == APITOKEN_E_MAYBE) name_first(call);
    }
}

static int write_locked(struct write *w, struct call *lead) {
    apitoken_error detail = APITOKEN_ERROR_INIT;
    /* a dead reader would keep pages from being used again */
    (void)atk_env_clear_readers(w->store->env);
    ATK_TRY(begin(w, lead->err));
    int rc = prepare(w, lead);
    if (rc == 0 && w->room > 1) gather(w);
    if (rc == 0 && !lead->turn.is_alone) take_up(w);
    if (rc < 0 || w->is_broken) {
        mdb_txn_abort(w->txn);
        if (rc == 0) conclude(w, atk_fail(&detail, APITOKEN_E_FULL, NULL), &detail);
        return rc < 0 ? rc : lead->rc;
    }
    conclude(w, finish(w, &detail), &detail);
    return lead->rc;
}

static int write_all(struct write *w, struct call *lead) {
    int lock = -1;
    ATK_TRY(atk_lmdb_check_path(w->store, 1, lead->err));
    ATK_TRY(atk_locks_take_write(w->store->env->dir_fd, w->deadline, &lock, lead->err));
    /* again: it may have been replaced while this waited */
    int rc = atk_lmdb_check_path(w->store, 1, lead->err);
    if (rc == 0) rc = write_locked(w, lead);
    atk_locks_close(&lock);
    return rc;
}

/* Writes, with whoever waits; or another one writes, and leaves in the call how it ended. */
static int take_turn(struct atk_lmdb *store, struct call *call) {
    call->goes_again = 0;
    int turn = atk_group_join(&store->group, &call->turn, call->deadline);
    if (turn == APITOKEN_E_BUSY)
        return atk_fail(call->err, turn, "the time was up while waiting for a writer");
    if (turn < 0) return atk_fail(call->err, turn, NULL);
    if (turn == ATK_GROUP_DONE) return call->rc;
    struct write w = { .store = store,
                       .deadline = call->deadline,
                       .waited = atk_group_waiting(&store->group) };
    const int64_t began_us = atk_monotonic_us();
    int rc = write_all(&w, call);
    store->group_us = atk_monotonic_us() - began_us;
    store->group_size = w.count;
    for (size_t i = 1; i < w.count; i++) atk_group_done(&store->group, &w.calls[i]->turn);
    atk_group_leave(&store->group);
    return rc;
}

static int write_call(struct atk_backend *backend, struct call *call, size_t *ret_index) {
    struct atk_lmdb *store = atk_lmdb_of(backend);
    call->turn.is_alone = call->count > 1 || call->make;
    int rc = take_turn(store, call);
    if (call->goes_again) {
        call->turn.is_alone = 1;
        rc = take_turn(store, call);
    }
    if (rc < 0) *ret_index = call->at;
    return rc;
}

int atk_lmdb_write(struct atk_backend *backend, struct atk_change *changes, size_t count,
                   size_t *ret_index, struct atk_deadline *deadline, apitoken_error *err) {
    struct call call = { .changes = changes, .count = count, .deadline = deadline, .err = err };
    return write_call(backend, &call, ret_index);
}

int atk_lmdb_write_many(struct atk_backend *backend, atk_change_fn make, void *ctx, size_t count,
                        size_t *ret_index, struct atk_deadline *deadline, apitoken_error *err) {
    struct call call = {
        .make = make, .make_ctx = ctx, .count = count, .deadline = deadline, .err = err
    };
    return write_call(backend, &call, ret_index);
}
