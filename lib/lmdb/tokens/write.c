/* SPDX-License-Identifier: MIT */
/*
 * The one entry for writes: a list of changes in one durable transaction. Calls of several threads
 * share a transaction: the first call leads and takes those queued behind it, each of them a single
 * change with a result of its own. The leader does everything that may wait before it takes the
 * first of them, because its deadline is not theirs. If the shared transaction fails, no change is
 * made and each call is written once more, alone.
 */
#include "lmdb/tokens/write.h"

#include <sched.h>
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/form/error.h"
#include "lmdb/process/locks.h"
#include "lmdb/tokens/change.h"
#include "lmdb/tokens/commit.h"
#include "lmdb/tokens/key_list.h"
#include "lmdb/tokens/limit.h"
#include "outside/file_limit.h"

/* ---- what every write transaction begins with ------------------------------------------------ */

static int begin_transaction(struct atk_write *w, apitoken_error *err) {
    struct atk_env *env = w->store->env;
    if (!env->mdb) ATK_TRY(atk_env_reopen(env, w->deadline, err));
    int rc = mdb_txn_begin(env->mdb, NULL, 0, &w->view.txn);
    if (rc == MDB_PANIC) {
        ATK_TRY(atk_env_reopen(env, w->deadline, err));
        rc = mdb_txn_begin(env->mdb, NULL, 0, &w->view.txn);
    }
    if (rc == EAGAIN) return atk_fail_os(err, APITOKEN_E_PID_CLASH, rc, NULL);
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "begin to write");
}

static int check_homes(const struct atk_write *w, uint64_t before, apitoken_error *err) {
    const struct atk_homes homes = atk_lmdb_homes(w->store);
    struct atk_homes_said said;
    struct atk_home home = { .transaction = before };
    memcpy(home.environment, w->state.environment, sizeof home.environment);
    atk_homes_read(&homes, &said);
    return atk_homes_check(&said, &home, err);
}

/*
 * Reads the state record. The schema must be one that we know, and the state the newest that this
 * machine has seen: nothing may be built on an old copy.
 */
static int read_state(struct atk_write *w, apitoken_error *err) {
    uint64_t before = mdb_txn_id(w->view.txn) - 1;
    int rc = atk_state_get(&w->view, &w->state, err);
    /* perhaps it was written under another key of the same id: then report that */
    if (rc == APITOKEN_E_DAMAGED) {
        struct atk_keys_record list;
        ATK_TRY(atk_prints_get(&w->view, &list, err));
    }
    ATK_TRY(rc);
    if (w->state.transaction != before) return atk_fail(err, APITOKEN_E_ROLLED_BACK, NULL);
    __atomic_store_n(&w->store->base.id_floor, w->state.id_floor, __ATOMIC_RELAXED);
    return check_homes(w, before, err);
}

/* ---- space ----------------------------------------------------------------------------------- */

int atk_write_read_space(struct atk_write *w, uint64_t beyond, struct atk_deadline *deadline,
                         apitoken_error *err) {
    struct atk_pool_entry *entry;
    ATK_TRY(atk_env_read_begin(w->store->env, deadline, &entry, err));
    int rc =
        atk_space_read(w->store->env, entry->txn, w->state.limit_bytes, beyond, &w->space, err);
    atk_env_read_end(entry);
    if (rc < 0) w->space.pages = 0;
    return rc;
}

/*
 * Reads the spare space, on which the answer to a change may depend. Other calls may join only if
 * the map and the disk have so much of it that no answer depends on the changes before it.
 */
static int measure_space(struct atk_write *w, const struct atk_write_call *lead,
                         apitoken_error *err) {
    struct atk_deadline none = atk_deadline_in(0);
    bool matters = lead->step && lead->step->space != ATK_SPACE_ANY;
    w->call_limit = 1;
    if (lead->make)
        return atk_write_read_space(w, (uint64_t)lead->count * ATK_CHANGE_PAGES, w->deadline, err);
    for (size_t i = 0; i < lead->count; i++)
        matters |= atk_change_space_need(&lead->changes[i]) != ATK_SPACE_ANY;
    int rc = atk_write_read_space(w, ATK_GROUP_PAGES, matters ? w->deadline : &none,
                                  matters ? err : NULL);
    if (rc < 0) return matters ? rc : 0;
    if (lead->queued.is_alone || !atk_space_has(&w->space, ATK_GROUP_PAGES)) return 0;
    if (atk_space_extend(w->store->env, &w->space, ATK_GROUP_PAGES, NULL) < 0) return 0;
    atk_space_write_ahead(w->store->env, &w->space);
    w->call_limit = ATK_GROUP_MAX;
    return 0;
}

/* ---- the calls of one transaction ------------------------------------------------------------ */

static int apply_step(struct atk_write *w, struct atk_write_call *lead) {
    w->calls[w->count++] = lead;
    ATK_TRY(atk_space_reserve(w->store->env, &w->space, lead->step->space, lead->err));
    int rc = lead->step->apply(w, lead->step->ctx, lead->err);
    w->is_changed = rc == ATK_EDIT_CHANGED;
    return rc < 0 ? rc : 0;
}

/* Everything that comes before other calls are taken; the leader's changes are the first. */
static int apply_lead_call(struct atk_write *w, struct atk_write_call *lead) {
    ATK_TRY(read_state(w, lead->err));
    atk_lmdb_hold_owed_reserve(w->store, &w->state);
    if (!lead->limit_bytes) ATK_TRY(measure_space(w, lead, lead->err));
    ATK_TRY(atk_write_check_keys(w, lead, lead->err));
    if (lead->step) return apply_step(w, lead);
    if (lead->limit_bytes) return atk_write_apply_limit(w, lead, lead->err);
    return atk_write_apply_call(w, lead, lead->err);
}

/*
 * Waits for the calls of the last transaction to come back: taking them along serves that many more
 * at the price of one commit. Waits for at most a part of the time that the last one took. A thread
 * that writes alone never waits.
 */
static void wait_for_calls(const struct atk_write *w) {
    const struct atk_lmdb *store = w->store;
    if (store->group_size <= 1) return;
    const uint64_t expected = store->group_size - 1 + w->waited;
    const int64_t end_us = atk_monotonic_us() + store->group_us / ATK_GATHER_SHARE;
    while (atk_group_waiting(&store->group) < expected && atk_monotonic_us() < end_us)
        (void)sched_yield();
}

/*
 * Takes queued calls into the transaction. One that fails and leaves nothing in it ends with that
 * error, or goes again if it found no memory: when it leads, it may use what the handle holds. One
 * that leaves something breaks the transaction, and all its calls go again.
 */
static void take_queued_calls(struct atk_write *w) {
    while (w->count < w->call_limit && !w->is_broken) {
        apitoken_error detail = APITOKEN_ERROR_INIT;
        struct atk_write_call *call = (struct atk_write_call *)atk_group_take(&w->store->group);
        if (!call) return;
        call->rc = atk_write_apply_call(w, call, &detail);
        if (call->rc == 0) continue;
        if (w->is_broken) {
            w->calls[w->count++] = call;
        } else {
            call->goes_again = call->rc == APITOKEN_E_NOMEM;
            atk_fail_as(call->err, &detail);
            atk_group_done(&w->store->group, &call->queued);
        }
    }
}

/* Puts the id of the call's first token into its error: the caller can look the token up by it. */
static void name_first_token(struct atk_write_call *call) {
    struct atk_change made;
    if (call->changes && call->changes[0].id)
        atk_fail_add_id(call->err, call->changes[0].id);
    else if (!call->make)
        return; /* it is of no token */
    else if (call->make(call->make_ctx, 0, &made, NULL) == 0)
        atk_fail_add_id(call->err, made.id);
}

/*
 * Gives each call its result. A failed transaction of one call is that call's failure; of several
 * calls none is done and each goes again alone.
 */
static void set_results(struct atk_write *w, int rc, const apitoken_error *detail) {
    const bool go_again = w->count > 1 && rc < 0 && rc != APITOKEN_E_MAYBE;
    for (size_t i = 0; i < w->count && rc < 0; i++) {
        struct atk_write_call *call = w->calls[i];
        call->rc = rc;
        call->at = 0;
        call->goes_again = go_again;
        if (go_again) continue;
        atk_fail_as(call->err, detail);
        if (rc == APITOKEN_E_MAYBE) name_first_token(call);
    }
}

/* The tokens that a call made or changed. */
static uint64_t count_tokens(const struct atk_write_call *call) {
    uint64_t tokens = call->make ? call->count : 0;
    for (size_t i = 0; call->changes && i < call->count; i++) {
        const struct atk_change *change = &call->changes[i];
        tokens += change->kind == ATK_CHANGE_CREATE ||
                  (change->kind == ATK_CHANGE_EDIT && change->is_changed);
    }
    return tokens;
}

/* After a commit, while nobody else can lead. */
static void count_transaction(const struct atk_write *w) {
    struct atk_counters *counters = w->store->counters;
    if (w->count > 1) atk_counters_add(&counters->shared_writes, w->count);
    atk_counters_raise(&counters->largest_group, w->count);
    if (!w->is_changed) return;
    atk_counters_add(&counters->transactions, 1);
    for (size_t i = 0; i < w->count; i++)
        atk_counters_add(&counters->tokens_changed, count_tokens(w->calls[i]));
}

static int write_transaction(struct atk_write *w, struct atk_write_call *lead) {
    apitoken_error detail = APITOKEN_ERROR_INIT;
    /* a dead reader would keep freed pages from being used again */
    (void)atk_env_clear_readers(w->store->env);
    ATK_TRY(begin_transaction(w, lead->err));
    int rc = apply_lead_call(w, lead);
    if (rc == 0 && w->call_limit > 1) wait_for_calls(w);
    if (rc == 0 && !lead->queued.is_alone) take_queued_calls(w);
    /* only now, because a revoke of what is revoked takes nothing */
    if (rc == 0 && w->call_limit == 1 && w->is_changed)
        rc = atk_space_require_change(&w->space, lead->err);
    if (rc < 0 || w->is_broken) {
        mdb_txn_abort(w->view.txn);
        /* several calls share a broken transaction: none gets this error, each goes again alone */
        if (rc == 0) set_results(w, atk_fail(&detail, APITOKEN_E_FULL, NULL), &detail);
        return rc < 0 ? rc : lead->rc;
    }
    rc = atk_write_commit(w, &detail);
    if (rc == 0) count_transaction(w);
    set_results(w, rc, &detail);
    return lead->rc;
}

/* ---- the entry ------------------------------------------------------------------------------- */

/* What the call as a whole needs, of which the largest counts. */
static enum atk_space_need space_need(const struct atk_write_call *call) {
    enum atk_space_need need = call->make ? ATK_SPACE_ALL : ATK_SPACE_ANY;
    for (size_t i = 0; i < call->count && !call->make; i++) {
        enum atk_space_need one = atk_change_space_need(&call->changes[i]);
        if (one > need) need = one;
    }
    return need;
}

/* If the store is full only because a reader pins it, the error says so: growing would not help. */
static void blame_reader(struct atk_write *w, const struct atk_write_call *lead) {
    struct atk_deadline none = atk_deadline_in(0);
    const struct atk_space *space = &w->space;
    if (atk_write_read_space(w, UINT64_MAX, &none, NULL) < 0) return;
    if (!atk_space_is_pinned(space, space_need(lead))) return;
    (void)atk_fail(lead->err, APITOKEN_E_FULL,
                   "the store is full because a reader pins it: process %d keeps %llu freed pages "
                   "from being reused",
                   space->reader_pid, (unsigned long long)space->pinned);
}

/* Other handles, of this process and of others, may have it. */
static int take_write_lock(const struct atk_write *w, apitoken_error *err) {
    const uint32_t pauses = w->deadline->pauses;
    const int64_t began_us = atk_monotonic_us();
    int rc = atk_locks_take_write(w->store->writer_fd, w->deadline, err);
    if (w->deadline->pauses != pauses)
        atk_counters_add_wait(w->store->counters, (uint64_t)(atk_monotonic_us() - began_us));
    return rc;
}

static int write_under_lock(struct atk_write *w, struct atk_write_call *lead) {
    ATK_NO_FILE_SIGNAL;
    ATK_TRY(atk_lmdb_check_path(w->store, true, lead->err));
    ATK_TRY(take_write_lock(w, lead->err));
    /* again: the store may have been replaced while this call waited */
    int rc = atk_lmdb_check_path(w->store, true, lead->err);
    if (rc == 0) rc = write_transaction(w, lead);
    if (rc == APITOKEN_E_FULL && !lead->goes_again) blame_reader(w, lead);
    atk_locks_drop(w->store->writer_fd, ATK_LOCK_WRITE);
    return rc;
}

static struct atk_write begin_write(struct atk_lmdb *store, const struct atk_write_call *lead) {
    return (struct atk_write){ .store = store,
                               .deadline = lead->deadline,
                               .view = atk_lmdb_view(store, NULL),
                               .leaves_audit = lead->leaves_audit,
                               .waited = atk_group_waiting(&store->group) };
}

/*
 * A call that found no memory is written again, alone, with what the handle holds. Only who leads
 * frees that and holds it again, so that no other call takes it in between.
 */
static int write_leading(struct atk_lmdb *store, struct atk_write *w, struct atk_write_call *lead) {
    int rc = write_under_lock(w, lead);
    if (rc == APITOKEN_E_NOMEM && !lead->goes_again && atk_write_memory_free(&store->memory)) {
        lead->queued.is_alone = true;
        *w = begin_write(store, lead);
        rc = write_under_lock(w, lead);
    }
    (void)atk_write_memory_hold(&store->memory);
    return rc;
}

/* Leads a transaction, or waits until another call's leader has written this one as well. */
static int write_call_once(struct atk_lmdb *store, struct atk_write_call *call) {
    call->goes_again = false;
    int rc = atk_group_join(&store->group, &call->queued, call->deadline);
    if (call->queued.has_queued) atk_counters_add(&store->counters->queued_writes, 1);
    if (rc == APITOKEN_E_BUSY) return atk_fail(call->err, rc, "timed out waiting for a writer");
    if (rc < 0) return atk_fail(call->err, rc, NULL);
    if (call->queued.turn == ATK_GROUP_DONE) return call->rc;
    struct atk_write w = begin_write(store, call);
    const int64_t began_us = atk_monotonic_us();
    rc = write_leading(store, &w, call);
    call->failed_audit = rc < 0 && w.has_audit_failed;
    store->group_us = atk_monotonic_us() - began_us;
    store->group_size = w.count;
    for (size_t i = 1; i < w.count; i++) atk_group_done(&store->group, &w.calls[i]->queued);
    atk_group_leave(&store->group);
    return rc;
}

static int write_call_again(struct atk_lmdb *store, struct atk_write_call *call) {
    call->queued.is_alone = true;
    return write_call_once(store, call);
}

/*
 * Whether none may join its transaction. What is written to an owner or the policy is looked up
 * by its revision, which a second change in the same transaction would hide; and of a token that
 * is removed in the same transaction, nothing could be looked up.
 */
static bool is_alone(const struct atk_write_call *call) {
    return !call->changes || call->count > 1 || call->changes[0].kind == ATK_CHANGE_OWNER ||
           call->changes[0].kind == ATK_CHANGE_POLICY || call->changes[0].removes;
}

static bool is_denial(const struct atk_write_call *call) {
    return call->changes && call->changes[0].room != ATK_ROOM_ORDINARY;
}

static int write_call(struct atk_backend *backend, struct atk_write_call *call, size_t *ret_index) {
    struct atk_lmdb *store = atk_lmdb_of(backend);
    apitoken_error *err = call->err;
    call->detail = (apitoken_error)APITOKEN_ERROR_INIT;
    call->err = &call->detail;
    call->queued.is_alone = is_alone(call);
    int rc = write_call_once(store, call);
    if (call->goes_again) rc = write_call_again(store, call);
    if (rc < 0 && call->failed_audit && is_denial(call)) {
        call->leaves_audit = true; /* no denial fails for the sake of its record */
        rc = write_call_again(store, call);
    }
    atk_counters_add(rc == 0 ? &store->counters->writes : &store->counters->writes_failed, 1);
    if (rc == 0) return 0;
    *ret_index = call->at;
    (void)atk_fail_as(err, &call->detail);
    return rc;
}

int atk_lmdb_write(struct atk_backend *backend, struct atk_change *changes, size_t count,
                   size_t *ret_index, struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_write_call call = {
        .changes = changes, .count = count, .deadline = deadline, .err = err
    };
    return write_call(backend, &call, ret_index);
}

int atk_lmdb_write_many(struct atk_backend *backend, const struct atk_change_source *source,
                        size_t *ret_index, struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_write_call call = { .make = source->make,
                                   .make_ctx = source->ctx,
                                   .count = source->count,
                                   .deadline = deadline,
                                   .err = err };
    return write_call(backend, &call, ret_index);
}

int atk_lmdb_write_step(struct atk_lmdb *store, const struct atk_write_step *step,
                        struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_write_call call = {
        .step = step, .act = step->act, .deadline = deadline, .err = err
    };
    size_t index;
    return write_call(&store->base, &call, &index);
}

int atk_lmdb_set_limit(struct atk_backend *backend, uint64_t limit_bytes,
                       const struct atk_store_act *act, struct atk_deadline *deadline,
                       apitoken_error *err) {
    struct atk_write_call call = {
        .limit_bytes = limit_bytes, .act = act, .deadline = deadline, .err = err
    };
    size_t index;
    return write_call(backend, &call, &index);
}
