/* SPDX-License-Identifier: MIT */
#include "objects/token_steps.h"

#include <string.h>

#include "base/attr.h"
#include "base/error.h"

/* The tokens of a step. */
struct step {
    struct atk_token_steps *steps;
    struct atk_row_place tokens[ATK_TOKEN_STEP];
    size_t count;
    struct atk_row_place last; /* the last row that was looked at */
    apitoken_error *damage;    /* of the first token that could not be changed */
};

static void note_damage(struct step *step, const char *id, const apitoken_error *detail) {
    if (detail->code == APITOKEN_E_NOT_FOUND || step->damage->code != 0) return;
    (void)atk_fail_as(step->damage, detail);
    atk_fail_add_id(step->damage, id);
}

static void set_place(struct atk_row_place *place, const char *owner, size_t owner_len,
                      const char *id) {
    place->owner_len = owner_len;
    memcpy(place->owner, owner, owner_len);
    memcpy(place->id, id, sizeof place->id);
}

/* The last one that was looked at. */
static int take_last(struct step *step) {
    const char *except = step->steps->except;
    if (except && memcmp(step->last.id, except, APITOKEN_ID_LEN) == 0) return ATK_VISIT_NEXT;
    step->tokens[step->count++] = step->last;
    return step->count == ATK_TOKEN_STEP ? ATK_VISIT_STOP : ATK_VISIT_NEXT;
}

/* An atk_row_skip_fn. What takes rights away needs no row. */
static int skip_row(void *ctx, const struct atk_token_ref *token, const apitoken_error *detail) {
    struct step *step = ctx;
    set_place(&step->last, token->owner, token->owner_len, token->id);
    if (step->steps->change.denies) return take_last(step);
    note_damage(step, token->id, detail);
    return ATK_VISIT_NEXT;
}

/* An atk_row_visit_fn. */
static int take_row(void *ctx, const struct atk_row_view *row, apitoken_error *err) {
    struct step *step = ctx;
    const struct atk_token_steps *steps = step->steps;
    (void)err;
    set_place(&step->last, row->owner, row->owner_len, row->id);
    if (steps->needs && !steps->needs(steps->needs_ctx, row)) return ATK_VISIT_NEXT;
    return take_last(step);
}

/* An atk_id_visit_fn, of a token without a row. */
static int take_rowless(void *ctx, const char *id) {
    struct step *step = ctx;
    set_place(&step->last, step->steps->owner, step->steps->owner_len, id);
    return take_last(step);
}

static int find_owners_tokens(struct step *step, const char *after, bool *ret_more,
                              struct atk_deadline *deadline, apitoken_error *err) {
    const struct atk_token_steps *steps = step->steps;
    struct atk_page_query query = { .owner = steps->owner,
                                    .owner_len = steps->owner_len,
                                    .after = after,
                                    .visits = atk_row_visits_by(take_row, step) };
    query.visits.skip = skip_row;
    return steps->store->backend->ops->list_rows(steps->store->backend, &query, ret_more, deadline,
                                                 err);
}

static int find_any_tokens(struct step *step, const struct atk_row_place *after, bool *ret_more,
                           struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_backend *backend = step->steps->store->backend;
    struct atk_all_rows_query query = { .owner_prefix = "",
                                        .after = after,
                                        .visits = atk_row_visits_by(take_row, step) };
    query.visits.skip = skip_row;
    query.visits.limit_us = ATK_LIST_EXAMINE_US;
    return backend->ops->list_all_rows(backend, &query, ret_more, deadline, err);
}

static int find_tokens(struct step *step, bool is_first, bool *ret_more,
                       struct atk_deadline *deadline, apitoken_error *err) {
    const struct atk_row_place after = step->last;
    step->count = 0;
    return step->steps->owner
               ? find_owners_tokens(step, is_first ? NULL : after.id, ret_more, deadline, err)
               : find_any_tokens(step, is_first ? NULL : &after, ret_more, deadline, err);
}

static int find_rowless(struct step *step, bool is_first, bool *ret_more,
                        struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_backend *backend = step->steps->store->backend;
    const struct atk_row_place after = step->last;
    const struct atk_rowless_query query = { .owner = step->steps->owner,
                                             .owner_len = step->steps->owner_len,
                                             .after = is_first ? NULL : after.id,
                                             .visit = take_rowless,
                                             .ctx = step };
    step->count = 0;
    ATK_TRY(backend->ops->list_rowless(backend, &query, deadline, err));
    *ret_more = step->count == ATK_TOKEN_STEP;
    return 0;
}

static void drop_token(struct step *step, size_t i) {
    step->count--;
    memmove(&step->tokens[i], &step->tokens[i + 1], (step->count - i) * sizeof step->tokens[0]);
}

static int write_tokens(struct step *step, size_t count, size_t *ret_index,
                        struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_token_steps *steps = step->steps;
    struct atk_change changes[ATK_TOKEN_STEP];
    for (size_t i = 0; i < count; i++) {
        changes[i] = steps->change;
        changes[i].id = step->tokens[i].id;
        changes[i].owner = step->tokens[i].owner;
        changes[i].owner_len = step->tokens[i].owner_len;
    }
    struct atk_backend *backend = steps->store->backend;
    ATK_TRY(backend->ops->write(backend, changes, count, ret_index, deadline, err));
    for (size_t i = 0; i < count; i++) steps->changed += changes[i].is_changed;
    step->count -= count;
    memmove(&step->tokens[0], &step->tokens[count], step->count * sizeof step->tokens[0]);
    return 0;
}

/* Writes all of them, without those that cannot be changed; one by one if all are too many. */
static int change_tokens(struct step *step, struct atk_deadline *deadline, apitoken_error *err) {
    size_t together = step->count;
    while (step->count > 0) {
        size_t index = 0, count = together < step->count ? together : step->count;
        apitoken_error detail = APITOKEN_ERROR_INIT;
        int rc = write_tokens(step, count, &index, deadline, &detail);
        if (rc == 0) continue;
        if (atk_error_is_of_one_record(rc)) {
            note_damage(step, step->tokens[index].id, &detail);
            drop_token(step, index);
        } else if (rc == APITOKEN_E_FULL && count > 1) {
            together = 1;
        } else {
            return atk_fail_as(err, &detail);
        }
    }
    return 0;
}

typedef int (*find_fn)(struct step *step, bool is_first, bool *ret_more,
                       struct atk_deadline *deadline, apitoken_error *err);

static int take_steps(struct step *step, find_fn find, uint32_t timeout_ms, apitoken_error *err) {
    struct atk_token_steps *steps = step->steps;
    bool has_more = true;
    for (bool is_first = true; has_more; is_first = false) {
        struct atk_deadline deadline = atk_store_deadline(steps->store, timeout_ms);
        ATK_TRY(find(step, is_first, &has_more, &deadline, err));
        if (steps->only_counts)
            steps->changed += step->count;
        else
            ATK_TRY(change_tokens(step, &deadline, err));
    }
    return 0;
}

int atk_token_steps_take(struct atk_token_steps *steps, uint32_t timeout_ms, apitoken_error *err) {
    apitoken_error damage = APITOKEN_ERROR_INIT;
    struct step step = { .steps = steps, .damage = &damage };
    ATK_TRY(take_steps(&step, find_tokens, timeout_ms, err));
    if (steps->owner && !steps->change.removes && !steps->only_counts)
        ATK_TRY(take_steps(&step, find_rowless, timeout_ms, err));
    return damage.code == 0 ? 0 : atk_fail_as(err, &damage);
}
