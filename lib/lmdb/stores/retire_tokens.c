/* SPDX-License-Identifier: MIT */
/* The tokens of a key that is retired, in steps of limited size. */
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/stores/retire.h"
#include "outside/record_tag.h"
#include "rules/edit_retire.h"

/* A token that needs the key, as a snapshot had it. */
struct token {
    char id[APITOKEN_ID_LEN];
    char owner[APITOKEN_OWNER_MAX];
    uint8_t owner_len;
    bool was_revoked;
    enum atk_key_need need;
};

struct step {
    struct atk_retire_work *work;
    struct token tokens[ATK_TOKEN_STEP];
    size_t count;
};

static bool is_named(const MDB_val *key) {
    return key->mv_size > 0 && *(const char *)key->mv_data == ATK_NAME_MARK;
}

/* ---- how many there are ---------------------------------------------------------------------- */

/* An atk_sweep_fn. */
static int count_token(void *ctx, const struct atk_view *view, const MDB_val *key,
                       const MDB_val *value, apitoken_error *err) {
    const struct atk_retire_work *work = ctx;
    struct atk_retire *retire = work->retire;
    struct atk_hot hot;
    if (atk_name_may_be_ignored(key))
        return atk_fail(err, APITOKEN_E_SCHEMA,
                        "a newer version has added records to the store: retire the key with that");
    if (is_named(key) || atk_hot_read(view->keys, key, value, &hot, NULL) < 0)
        return ATK_VISIT_NEXT;
    retire->result.tokens += atk_key_need_is_live(&hot, retire->key_id, retire->now_ms);
    return ATK_VISIT_NEXT;
}

int atk_retire_count_tokens(struct atk_retire_work *work, apitoken_error *err) {
    struct atk_sweep sweep = atk_retire_sweep(work, work->store->env->hot);
    return atk_sweep_all(&sweep, count_token, work, err);
}

/* ---- those of a step ------------------------------------------------------------------------- */

static void take_token(struct step *step, const MDB_val *id, const struct atk_hot *hot) {
    struct token *token = &step->tokens[step->count++];
    memcpy(token->id, id->mv_data, sizeof token->id);
    memcpy(token->owner, hot->owner, hot->owner_len);
    token->owner_len = hot->owner_len;
    token->was_revoked = (hot->flags & ATK_FLAG_REVOKED) != 0;
    token->need = atk_key_need_of(hot, step->work->retire->key_id);
}

/* An atk_sweep_fn. */
static int find_token(void *ctx, const struct atk_view *view, const MDB_val *key,
                      const MDB_val *value, apitoken_error *err) {
    struct step *step = ctx;
    const uint32_t key_id = step->work->retire->key_id;
    apitoken_error detail = APITOKEN_ERROR_INIT;
    struct atk_hot hot;
    (void)err;
    if (is_named(key)) return ATK_VISIT_NEXT;
    int rc = key->mv_size == APITOKEN_ID_LEN ? atk_hot_read(view->keys, key, value, &hot, &detail)
                                             : atk_fail(&detail, APITOKEN_E_DAMAGED, NULL);
    if (rc < 0) {
        if (atk_record_key_id(value->mv_data, value->mv_size) == key_id)
            atk_retire_note_damage(step->work, &detail, key);
        return ATK_VISIT_NEXT;
    }
    if (atk_key_need_of(&hot, key_id) == ATK_KEY_NOT_NEEDED) return ATK_VISIT_NEXT;
    take_token(step, key, &hot);
    return step->count == ATK_TOKEN_STEP ? ATK_VISIT_STOP : ATK_VISIT_NEXT;
}

/* By owner, so that those of one owner share a record of the audit. */
static int compare_tokens(const void *left, const void *right) {
    const struct token *a = left, *b = right;
    if (a->owner_len != b->owner_len) return a->owner_len < b->owner_len ? -1 : 1;
    int order = memcmp(a->owner, b->owner, a->owner_len);
    return order != 0 ? order : memcmp(a->id, b->id, sizeof a->id);
}

/* ---- what becomes of them -------------------------------------------------------------------- */

static void count_changed(struct atk_retire_work *work, const struct token *token) {
    apitoken_retire_result *result = &work->retire->result;
    if (token->need == ATK_KEY_NEEDED_BY_OLDER) {
        result->superseded++;
        return;
    }
    result->ended += !token->was_revoked;
    result->records += 2;
}

static struct atk_change change_of(const struct atk_retire *retire, const struct token *token) {
    return (struct atk_change){ .kind = ATK_CHANGE_EDIT,
                                .room = ATK_ROOM_DENIAL,
                                .id = token->id,
                                .owner = token->owner,
                                .owner_len = token->owner_len,
                                .now_ms = retire->now_ms,
                                .verb = ATK_VERB_RETIRE_KEY,
                                .actor = retire->actor,
                                .actor_len = retire->actor_len,
                                .edit = atk_edit_retire,
                                .repairs = true };
}

/* With the key that is active now; again if it is another one by the time they are written. */
static int write_tokens(const struct step *step, size_t from, size_t count, apitoken_error *err) {
    const struct atk_retire *retire = step->work->retire;
    struct atk_lmdb *store = step->work->store;
    struct atk_change changes[ATK_TOKEN_STEP];
    struct atk_retirement retirement = { .key_id = retire->key_id,
                                         .ends_live = retire->ends_tokens,
                                         .revocation = { .revoked_ms = retire->now_ms,
                                                         .code = retire->reason_code,
                                                         .is_final = true } };
    struct atk_deadline deadline = atk_deadline_in(retire->timeout_ms);
    size_t index;
    int rc;
    do {
        const struct atk_key *active = atk_keys_find_active(store->base.keys);
        retirement.active_id = active->id;
        for (size_t i = 0; i < count; i++) {
            changes[i] = change_of(retire, &step->tokens[from + i]);
            changes[i].edit_ctx = &retirement;
            changes[i].key = active;
        }
        rc = atk_lmdb_write(&store->base, changes, count, &index, &deadline, err);
    } while (rc == APITOKEN_E_EXISTS);
    for (size_t i = 0; rc == 0 && i < count; i++)
        if (changes[i].is_changed) count_changed(step->work, &step->tokens[from + i]);
    return rc;
}

static int write_each(const struct step *step, apitoken_error *err) {
    for (size_t i = 0; i < step->count; i++) {
        apitoken_error detail = APITOKEN_ERROR_INIT;
        const MDB_val id = { APITOKEN_ID_LEN, (void *)(uintptr_t)step->tokens[i].id };
        int rc = write_tokens(step, i, 1, &detail);
        if (rc < 0 && !atk_error_is_of_one_record(rc)) return atk_fail_as(err, &detail);
        if (rc < 0 && rc != APITOKEN_E_NOT_FOUND) atk_retire_note_damage(step->work, &detail, &id);
    }
    return 0;
}

/* All together, or one by one if one of them cannot be changed or all are too many. */
static int end_tokens(struct step *step, apitoken_error *err) {
    apitoken_error detail = APITOKEN_ERROR_INIT;
    if (step->count == 0) return 0;
    qsort(step->tokens, step->count, sizeof step->tokens[0], compare_tokens);
    int rc = write_tokens(step, 0, step->count, &detail);
    if (rc == 0) return 0;
    if (!atk_error_is_of_one_record(rc) && rc != APITOKEN_E_FULL) return atk_fail_as(err, &detail);
    return write_each(step, err);
}

int atk_retire_end_tokens(struct atk_retire_work *work, apitoken_error *err) {
    struct atk_sweep sweep = atk_retire_sweep(work, work->store->env->hot);
    struct step step;
    step.work = work;
    while (!sweep.is_over) {
        step.count = 0;
        ATK_TRY(atk_sweep_on(&sweep, find_token, &step, err));
        ATK_TRY(end_tokens(&step, err));
    }
    return 0;
}
