/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/change.h"

#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/form/error.h"
#include "lmdb/tokens/audit.h"
#include "lmdb/tokens/facts.h"
#include "lmdb/tokens/new_slot.h"
#include "lmdb/tokens/remove.h"
#include "rules/text.h"

/* What was made with a key that was active then is made again. A create always has a key. */
static int require_active_key(const struct atk_write *w, const struct atk_change *change,
                              apitoken_error *err) {
    if (!change->key && change->kind == ATK_CHANGE_EDIT) return 0;
    if (change->key == atk_keys_find_active(w->view.keys)) return 0;
    return atk_fail(err, APITOKEN_E_EXISTS, "the keys were replaced");
}

static int create_token(struct atk_write *w, struct atk_change *change, apitoken_error *err) {
    struct atk_edit_facts facts;
    struct atk_new_slot slot;
    if (atk_id_tick(change->id) <= w->state.id_floor) return atk_fail(err, APITOKEN_E_EXISTS, NULL);
    ATK_TRY(require_active_key(w, change, err));
    ATK_TRY(atk_facts_read(w, change, change->hot, change->row, &facts, err));
    ATK_TRY(change->edit(change->edit_ctx, &facts, change->hot, change->row, err));
    ATK_TRY(atk_new_slot_find(w, &slot, err));
    change->hot->slot = change->row->slot = slot.slot;
    int rc = atk_hot_put(&w->view, change->id, change->hot, MDB_NOOVERWRITE, err);
    w->is_broken = rc < 0 && rc != APITOKEN_E_EXISTS;
    ATK_TRY(rc);
    rc = atk_row_put(&w->view, change->hot, change->row, err);
    if (rc == 0) rc = atk_new_slot_take(w, &slot, err);
    w->is_broken = rc < 0;
    w->state.tokens++;
    w->is_changed = change->is_changed = true;
    const struct atk_audit_pair after = { change->hot, change->row };
    return rc == 0 && w->notes_each ? atk_audit_note(w, change, NULL, &after, err) : rc;
}

/* The two records of a token, and whether its row is one that can be used. */
struct pair {
    struct atk_hot hot;
    struct atk_row row;
    bool has_row;
};

/* What is wrong with the row alone keeps no right that the hot record can take away. */
static int load_row(const struct atk_write *w, const struct atk_change *change, struct pair *pair,
                    apitoken_error *err) {
    int rc = atk_row_get(&w->view, &pair->hot, change->id, &pair->row, err);
    if (rc == 0 && !change->repairs) rc = atk_records_check_pair(&pair->hot, &pair->row, err);
    pair->has_row = rc == 0;
    if (rc == 0 || !change->denies || !atk_error_is_of_one_record(rc)) return rc;
    atk_row_stand_in(&pair->hot, change->id, &pair->row);
    return 0;
}

static int load_token(const struct atk_write *w, const struct atk_change *change, struct pair *pair,
                      apitoken_error *err) {
    ATK_TRY(atk_hot_get(&w->view, change->id, &pair->hot, err));
    if (pair->hot.owner_len != change->owner_len ||
        memcmp(pair->hot.owner, change->owner, change->owner_len) != 0)
        return atk_fail(err, APITOKEN_E_NOT_FOUND, NULL);
    return load_row(w, change, pair, err);
}

/* A row that cannot be used stays, so that a check still finds it. */
static int store_token(struct atk_write *w, const struct atk_change *change, struct pair *pair,
                       apitoken_error *err) {
    if (!atk_records_unite(&pair->hot, &pair->row))
        return atk_fail(err, APITOKEN_E_SCHEMA, "what newer versions stored leaves no room");
    int rc = atk_hot_put(&w->view, change->id, &pair->hot, 0, err);
    if (rc == 0 && pair->has_row) rc = atk_row_put(&w->view, &pair->hot, &pair->row, err);
    w->is_broken = rc < 0;
    w->is_changed = true;
    return rc;
}

/* What an edit did only to the row that stands in for a token's own is no change. */
static bool is_edited(const struct pair *before, const struct pair *after, int result) {
    return result == ATK_EDIT_CHANGED &&
           (after->has_row || !atk_hot_same(&before->hot, &after->hot));
}

static int edit_token(struct atk_write *w, struct atk_change *change, apitoken_error *err) {
    struct atk_edit_facts facts;
    struct pair pair;
    ATK_TRY(require_active_key(w, change, err));
    ATK_TRY(load_token(w, change, &pair, err));
    ATK_TRY(atk_facts_read(w, change, &pair.hot, &pair.row, &facts, err));
    const struct pair before = pair;
    int rc = change->edit(change->edit_ctx, &facts, &pair.hot, &pair.row, err);
    if (rc == ATK_EDIT_REMOVED) return atk_remove_token(w, change, &pair.hot, err);
    change->is_changed = is_edited(&before, &pair, rc);
    if (change->is_changed) {
        const struct atk_audit_pair old = { &before.hot, &before.row },
                                    new = { &pair.hot, &pair.row };
        ATK_TRY(store_token(w, change, &pair, err));
        w->state.revoked += (pair.row.flags & ATK_FLAG_REVOKED) != 0;
        w->state.revoked -= (before.row.flags & ATK_FLAG_REVOKED) != 0;
        if (w->notes_each) ATK_TRY(atk_audit_note(w, change, &old, &new, err));
    }
    change->revision = pair.hot.revision;
    return rc < 0 ? rc : 0;
}

/* ---- owners and the policy ------------------------------------------------------------------- */

static int store_owner(struct atk_write *w, const struct atk_change *change, int result,
                       struct atk_owner_record *owner, apitoken_error *err) {
    owner->key_id = w->view.keys->active;
    return result == ATK_EDIT_REMOVED
               ? atk_owner_remove(&w->view, change->owner, change->owner_len, err)
               : atk_owner_put(&w->view, change->owner, change->owner_len, owner, err);
}

static int edit_owner(struct atk_write *w, struct atk_change *change, apitoken_error *err) {
    struct atk_owner_record owner = { .reason = "", .actor = "" };
    int rc = atk_owner_get(&w->view, change->owner, change->owner_len, &owner, err);
    if (rc != APITOKEN_E_NOT_FOUND) ATK_TRY(rc);
    (void)atk_facts_read_policy(w, NULL); /* for the audit */
    const int result = change->edit_owner(change->edit_ctx, &owner, err);
    ATK_TRY(result);
    change->revision = result == ATK_EDIT_REMOVED ? 0 : owner.revision;
    change->is_changed = result != ATK_EDIT_UNCHANGED;
    if (!change->is_changed) return 0;
    w->is_changed = true;
    rc = store_owner(w, change, result, &owner, err);
    if (rc == 0)
        rc = change->removes ? atk_audit_note_removed(w, change, err)
                             : atk_audit_note_owner(w, change, err);
    w->is_broken = rc < 0;
    return rc;
}

static int edit_policy(struct atk_write *w, struct atk_change *change, apitoken_error *err) {
    ATK_TRY(atk_facts_read_policy(w, err));
    const struct atk_policy before = w->policy.policy;
    struct atk_policy_record *record = &w->policy;
    const int result =
        change->edit_policy(change->edit_ctx, &record->policy, record->revision, err);
    change->is_changed = result == ATK_EDIT_CHANGED;
    change->revision = record->revision;
    if (result <= 0) {
        record->policy = before;
        return result;
    }
    record->revision = change->revision = atk_revision_after(record->revision);
    record->key_id = w->view.keys->active;
    w->is_changed = true;
    int rc = atk_policy_put(&w->view, record, err);
    if (rc == 0) rc = atk_audit_note_policy(w, change, &before, err);
    w->is_broken = rc < 0;
    return rc;
}

/* ---- the changes of a call ------------------------------------------------------------------- */

enum atk_space_need atk_change_space_need(const struct atk_change *change) {
    if (change->kind == ATK_CHANGE_CREATE) return ATK_SPACE_ALL;
    switch (change->room) {
    case ATK_ROOM_DENIAL: return ATK_SPACE_ANY;
    case ATK_ROOM_DENIAL_WITH_TEXT: return ATK_SPACE_HALF;
    default: return ATK_SPACE_ALL;
    }
}

static int apply_change(struct atk_write *w, struct atk_change *change, apitoken_error *err) {
    ATK_TRY(atk_space_reserve(w->store->env, &w->space, atk_change_space_need(change), err));
    switch (change->kind) {
    case ATK_CHANGE_CREATE: return create_token(w, change, err);
    case ATK_CHANGE_EDIT: return edit_token(w, change, err);
    case ATK_CHANGE_OWNER: return edit_owner(w, change, err);
    case ATK_CHANGE_TEXT: return atk_remove_text(w, change, err);
    default: return edit_policy(w, change, err);
    }
}

/* With a step, which several changes share, each of them is recorded there. */
static int apply_change_at(struct atk_write *w, struct atk_write_call *call, size_t i,
                           struct atk_audit_step *step, apitoken_error *err) {
    struct atk_change made, *change = call->make ? &made : &call->changes[i];
    if (call->make) ATK_TRY(call->make(call->make_ctx, i, &made, err));
    w->notes_each = step == NULL || change->has_own_record;
    ATK_TRY(apply_change(w, change, err));
    return !w->notes_each && change->is_changed ? atk_audit_step_add(w, step, change, err) : 0;
}

/* Allocates the disk blocks for the last-use slots of a large write in one step. */
static int prepare_slots(struct atk_write *w, size_t count, apitoken_error *err) {
    struct atk_last_use *use = &w->store->use;
    const uint64_t more = count > w->state.free_slots ? count - w->state.free_slots : 0;
    uint64_t end =
        w->state.next_slot + more < use->slots_given ? w->state.next_slot + more : use->slots_given;
    return w->state.next_slot < end ? atk_last_use_prepare(use, end - 1, err) : 0;
}

static int count_tree(const struct atk_write *w, MDB_dbi tree, uint64_t *pages,
                      apitoken_error *err) {
    MDB_stat stat;
    int rc = mdb_stat(w->view.txn, tree, &stat);
    if (rc != 0) return atk_fail_mdb(err, rc, "measure the store");
    *pages += stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
    return 0;
}

/*
 * A large write must leave the reserve untouched, too. It copies each page that it changes: at most
 * every page that the trees of tokens have now, what came to the audit, and at most what its
 * changes can take.
 */
static int count_needed(struct atk_write *w, size_t count, uint64_t audit_before,
                        uint64_t *ret_needed, apitoken_error *err) {
    const struct atk_env *env = w->store->env;
    uint64_t pages = 0, most = (uint64_t)count * ATK_CHANGE_PAGES;
    ATK_TRY(count_tree(w, env->audit, &pages, err));
    pages = pages > audit_before ? pages - audit_before : 0; /* old records are removed */
    ATK_TRY(count_tree(w, env->hot, &pages, err));
    ATK_TRY(count_tree(w, env->rows, &pages, err));
    *ret_needed = pages < most ? pages : most;
    return atk_space_has(&w->space, *ret_needed) ? 0 : atk_fail(err, APITOKEN_E_FULL, NULL);
}

/*
 * Now and then, so that a write that is too large is not made first. The trees of tokens only get
 * larger with each change; the audit may get smaller again, and is left out.
 */
static int check_midway(struct atk_write *w, size_t count, apitoken_error *err) {
    uint64_t needed;
    return count % ATK_BATCH_STEP == 0 ? count_needed(w, count, UINT64_MAX, &needed, err) : 0;
}

static int check_reserve(struct atk_write *w, size_t count, uint64_t audit_before,
                         apitoken_error *err) {
    uint64_t needed;
    ATK_TRY(count_needed(w, count, audit_before, &needed, err));
    return atk_space_extend(w->store->env, &w->space, needed, err);
}

static int apply_several(struct atk_write *w, struct atk_write_call *call, apitoken_error *err) {
    struct atk_audit_step step;
    step.count = 0;
    for (call->at = 0; call->at < call->count; call->at++) {
        if (call->make) ATK_TRY(check_midway(w, call->at, err));
        ATK_TRY(apply_change_at(w, call, call->at, &step, err));
    }
    return atk_audit_step_finish(w, &step, err);
}

int atk_write_apply_call(struct atk_write *w, struct atk_write_call *call, apitoken_error *err) {
    const struct atk_state_record before = w->state;
    uint64_t audit_before = 0;
    if (call->make) ATK_TRY(count_tree(w, w->store->env->audit, &audit_before, err));
    if (call->make) ATK_TRY(prepare_slots(w, call->count, err));
    call->at = 0;
    int rc = call->count == 1 && !call->make ? apply_change_at(w, call, 0, NULL, err)
                                             : apply_several(w, call, err);
    if (rc < 0) {
        w->state = before;
        return rc;
    }
    if (call->make) ATK_TRY(check_reserve(w, call->count, audit_before, err));
    call->rc = 0;
    w->calls[w->count++] = call;
    return 0;
}
