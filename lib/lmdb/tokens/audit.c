/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/audit.h"

#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/form/error.h"
#include "lmdb/tokens/facts.h"
#include "outside/audit_tag.h"

#define TRIMMED 2 /* old records are removed twice as fast as new ones come */

/* A change as its record tells it. */
struct entry {
    const struct atk_change *change;
    const char *id; /* NULL: of several tokens */
    const char *owner;
    size_t owner_len;
    size_t tokens; /* how many of them it tells of; 1 if it is of no token */
    const uint8_t *changes;
    size_t changes_len;
};

static size_t encode_text(const struct entry *entry, uint8_t out[ATK_AUDIT_TEXT_MAX]) {
    const struct atk_change *change = entry->change;
    uint8_t salt[ATK_AUDIT_SALT_LEN];
    const struct atk_audit_text text = { .actor_len = (uint8_t)change->actor_len,
                                         .owner_len = (uint8_t)entry->owner_len,
                                         .reason_len = (uint16_t)change->reason_len,
                                         .changes_len = (uint16_t)entry->changes_len,
                                         .salt = salt,
                                         .actor = change->actor,
                                         .owner = entry->owner,
                                         .reason = change->reason,
                                         .changes = entry->changes };
    atk_random(salt, sizeof salt);
    return atk_audit_text_encode(&text, out);
}

static int put_record(const struct atk_audit_place *place, const struct entry *entry,
                      apitoken_error *err) {
    uint8_t text[ATK_AUDIT_TEXT_MAX];
    struct atk_state_record *state = place->state;
    const struct atk_keys *keys = place->view->keys;
    const uint32_t key_id = atk_keys_find_active(keys)->id;
    struct atk_audit audit = { .key_id = key_id,
                               .chain_key_id = key_id,
                               .verb = (uint8_t)entry->change->verb,
                               .at_ms = entry->change->now_ms,
                               .unrecorded = state->audit_unrecorded,
                               .text = text };
    if (entry->id) memcpy(audit.id, entry->id, sizeof audit.id);
    audit.text_len = (uint16_t)encode_text(entry, text);
    int rc =
        atk_audit_tag_write(keys, place->store_id, ATK_AUDIT_CHAIN, &state->audit_last, &audit);
    if (rc < 0) return atk_fail(err, rc, NULL);
    state->audit_unrecorded = 0;
    return atk_audit_put(place->view, ATK_AUDIT_CHAIN, state->audit_last.number, &audit, err);
}

/* ---- retention ------------------------------------------------------------------------------- */

/* The oldest record, if its time is over. One that cannot be read stays: a check finds it. */
static int find_old(const struct atk_write *w, MDB_cursor *cursor, int64_t now_ms,
                    struct atk_audit_head *ret, bool *ret_found, apitoken_error *err) {
    struct atk_audit audit;
    MDB_val key, value;
    *ret_found = false;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    if (rc == MDB_NOTFOUND) return 0;
    if (rc != 0) return atk_fail_mdb(err, rc, "read the audit");
    if (atk_audit_read(w->view.keys, &key, &value, &ret->number, &audit, NULL) < 0) return 0;
    memcpy(ret->tag, audit.tag, sizeof ret->tag);
    *ret_found = !atk_policy_keeps_audit(&w->policy.policy, audit.at_ms, now_ms);
    return 0;
}

/* Removes records whose time is over. The place of the last of them is kept in the state. */
static int trim_at(struct atk_write *w, MDB_cursor *cursor, int64_t now_ms, apitoken_error *err) {
    for (int i = 0; i < TRIMMED; i++) {
        struct atk_audit_head old;
        bool is_found;
        ATK_TRY(find_old(w, cursor, now_ms, &old, &is_found, err));
        if (!is_found) return 0;
        ATK_TRY(atk_audit_remove(&w->view, ATK_AUDIT_CHAIN, old.number, err));
        w->state.audit_removed = old;
    }
    return 0;
}

static int trim(struct atk_write *w, int64_t now_ms, apitoken_error *err) {
    MDB_cursor *cursor;
    if (w->policy.policy.audit_retention_ms == ATK_NO_LIMIT) return 0;
    int rc = mdb_cursor_open(w->view.txn, w->store->env->audit, &cursor);
    if (rc != 0) return atk_fail_mdb(err, rc, "read the audit");
    rc = trim_at(w, cursor, now_ms, err);
    mdb_cursor_close(cursor);
    return rc;
}

/* ---- what is recorded ------------------------------------------------------------------------ */

/* A denial takes no room for its record from those that come after it. */
static bool may_record(const struct atk_write *w, const struct atk_change *change) {
    if (!w->has_policy || w->leaves_audit) return false;
    return change->room == ATK_ROOM_ORDINARY || atk_space_has(&w->space, ATK_CHANGE_PAGES);
}

static int add_record(struct atk_write *w, const struct entry *entry, apitoken_error *err) {
    const struct atk_change *change = entry->change;
    const bool has_audit = !w->has_policy || atk_policy_has_audit(&w->policy.policy);
    if (change->verb == 0) return 0;
    if (!may_record(w, change)) {
        if (has_audit) w->state.audit_unrecorded += entry->tokens;
        return 0;
    }
    const struct atk_audit_place place = { &w->view, w->store->base.config.store_id, &w->state };
    int rc = has_audit ? put_record(&place, entry, err) : 0;
    if (rc == 0) rc = trim(w, change->now_ms, err);
    if (rc < 0) w->is_broken = w->has_audit_failed = true;
    return rc;
}

int atk_audit_note(struct atk_write *w, const struct atk_change *change,
                   const struct atk_audit_pair *before, const struct atk_audit_pair *after,
                   apitoken_error *err) {
    uint8_t changes[ATK_AUDIT_CHANGES_MAX];
    const struct entry entry = { .change = change,
                                 .tokens = 1,
                                 .id = change->id,
                                 .owner = after->hot->owner,
                                 .owner_len = after->hot->owner_len,
                                 .changes = changes,
                                 .changes_len =
                                     atk_audit_describe(change->verb, before, after, changes) };
    return add_record(w, &entry, err);
}

int atk_audit_note_owner(struct atk_write *w, const struct atk_change *change,
                         apitoken_error *err) {
    const struct entry entry = {
        .change = change, .tokens = 1, .owner = change->owner, .owner_len = change->owner_len
    };
    return add_record(w, &entry, err);
}

int atk_audit_note_removed(struct atk_write *w, const struct atk_change *change,
                           apitoken_error *err) {
    const struct entry entry = { .change = change, .tokens = 1, .id = change->id };
    return add_record(w, &entry, err);
}

int atk_audit_note_policy(struct atk_write *w, const struct atk_change *change,
                          const struct atk_policy *before, apitoken_error *err) {
    uint8_t changes[ATK_AUDIT_CHANGES_MAX];
    const struct entry entry = { .change = change,
                                 .tokens = 1,
                                 .changes = changes,
                                 .changes_len = atk_audit_describe_policy(before, &w->policy.policy,
                                                                          changes) };
    return add_record(w, &entry, err);
}

int atk_audit_note_key(struct atk_write *w, const struct atk_change *change, uint32_t key_id,
                       apitoken_error *err) {
    uint8_t changes[ATK_AUDIT_CHANGES_MAX];
    const struct entry entry = { .change = change,
                                 .tokens = 1,
                                 .changes = changes,
                                 .changes_len = atk_audit_describe_key(key_id, changes) };
    return add_record(w, &entry, err);
}

/* ---- what is done to the store as a whole ---------------------------------------------------- */

static struct atk_change change_of(const struct atk_store_act *act) {
    return (struct atk_change){ .room = ATK_ROOM_ORDINARY,
                                .now_ms = act->now_ms,
                                .verb = act->verb,
                                .actor = act->actor,
                                .actor_len = act->actor_len };
}

/* Who makes the first change of a call, and when. */
static int origin_of(const struct atk_write_call *call, struct atk_change *ret,
                     apitoken_error *err) {
    if (call->make) return call->make(call->make_ctx, 0, ret, err);
    *ret = call->changes ? call->changes[0] : change_of(call->act);
    return 0;
}

int atk_audit_note_added_key(struct atk_write *w, const struct atk_write_call *call,
                             uint32_t key_id, apitoken_error *err) {
    struct atk_change origin;
    ATK_TRY(origin_of(call, &origin, err));
    const struct atk_change change = { .room = call->step ? ATK_ROOM_DENIAL : origin.room,
                                       .now_ms = origin.now_ms,
                                       .verb = ATK_VERB_ADD_KEY,
                                       .actor = origin.actor,
                                       .actor_len = origin.actor_len };
    ATK_TRY(atk_facts_read_policy(w, err));
    return atk_audit_note_key(w, &change, key_id, err);
}

int atk_audit_note_limit(struct atk_write *w, const struct atk_store_act *act, uint64_t before,
                         apitoken_error *err) {
    uint8_t changes[ATK_AUDIT_CHANGES_MAX];
    const struct atk_change change = change_of(act);
    const struct entry entry = { .change = &change,
                                 .tokens = 1,
                                 .changes = changes,
                                 .changes_len = atk_audit_describe_size(
                                     before, w->state.limit_bytes, changes) };
    ATK_TRY(atk_facts_read_policy(w, err));
    return add_record(w, &entry, err);
}

int atk_audit_note_act(const struct atk_audit_place *place, const struct atk_store_act *act,
                       const uint8_t *changes, size_t changes_len, apitoken_error *err) {
    const struct atk_change change = change_of(act);
    const struct entry entry = {
        .change = &change, .tokens = 1, .changes = changes, .changes_len = changes_len
    };
    struct atk_policy_record policy;
    ATK_TRY(atk_policy_get(place->view, &policy, err));
    return atk_policy_has_audit(&policy.policy) ? put_record(place, &entry, err) : 0;
}

/* ---- several tokens in one record ------------------------------------------------------------ */

static bool is_of_step(const struct atk_audit_step *step, const struct atk_change *change) {
    if (step->count == ATK_AUDIT_TOKENS_MAX) return false;
    return change->removes || (step->change.owner_len == change->owner_len &&
                               memcmp(step->owner, change->owner, change->owner_len) == 0);
}

int atk_audit_step_add(struct atk_write *w, struct atk_audit_step *step,
                       const struct atk_change *change, apitoken_error *err) {
    if (step->count > 0 && !is_of_step(step, change)) ATK_TRY(atk_audit_step_finish(w, step, err));
    if (step->count == 0) {
        step->change = *change;
        if (change->removes) step->change.owner_len = 0;
        memcpy(step->owner, change->owner, step->change.owner_len);
    }
    if (change->id) memcpy(step->id[step->count], change->id, APITOKEN_ID_LEN);
    step->count++;
    return 0;
}

int atk_audit_step_finish(struct atk_write *w, struct atk_audit_step *step, apitoken_error *err) {
    uint8_t changes[ATK_AUDIT_CHANGE_HEAD + sizeof step->id];
    struct atk_writer out = atk_writer_of(changes, sizeof changes);
    const struct atk_audit_change tokens = { .field = ATK_CHANGED_TOKENS,
                                             .after_len = (uint16_t)(step->count * APITOKEN_ID_LEN),
                                             .after = (const uint8_t *)step->id[0] };
    const size_t count = step->count;
    if (count == 0) return 0;
    step->count = 0;
    if (step->change.id) atk_audit_change_put(&out, &tokens);
    const struct entry entry = { .change = &step->change,
                                 .tokens = count,
                                 .owner = step->owner,
                                 .owner_len = step->change.owner_len,
                                 .changes = changes,
                                 .changes_len = (size_t)(out.at - changes) };
    return add_record(w, &entry, err);
}
