/* SPDX-License-Identifier: MIT */
#include "objects/owner_steps.h"

#include <string.h>

#include "base/attr.h"
#include "base/error.h"

/* The tokens of a step. */
struct step {
    struct atk_owner_steps *steps;
    char ids[ATK_OWNER_STEP][APITOKEN_ID_LEN];
    size_t count;
    char last[APITOKEN_ID_LEN]; /* the last row that was looked at */
    apitoken_error *damage;     /* of the first token that could not be changed */
};

static void note_damage(struct step *step, const char *id, const apitoken_error *detail) {
    if (detail->code == APITOKEN_E_NOT_FOUND || step->damage->code != 0) return;
    (void)atk_fail_as(step->damage, detail);
    atk_fail_add_id(step->damage, id);
}

/* An atk_row_skip_fn. */
static void skip_row(void *ctx, const char *id, const apitoken_error *detail) {
    struct step *step = ctx;
    memcpy(step->last, id, sizeof step->last);
    note_damage(step, id, detail);
}

/* An atk_row_visit_fn. */
static int take_row(void *ctx, const struct atk_row_view *row, apitoken_error *err) {
    struct step *step = ctx;
    const struct atk_owner_steps *steps = step->steps;
    (void)err;
    memcpy(step->last, row->id, sizeof step->last);
    const bool is_excepted = steps->except && memcmp(row->id, steps->except, APITOKEN_ID_LEN) == 0;
    if (is_excepted || !steps->needs(row)) return ATK_VISIT_NEXT;
    memcpy(step->ids[step->count++], row->id, APITOKEN_ID_LEN);
    return step->count == ATK_OWNER_STEP ? ATK_VISIT_STOP : ATK_VISIT_NEXT;
}

static int find_tokens(struct step *step, const char *after, bool *ret_more,
                       struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_backend *backend = step->steps->store->backend;
    struct atk_page_query query = { .owner = step->steps->owner,
                                    .owner_len = step->steps->owner_len,
                                    .after = after,
                                    .visits = atk_row_visits_by(take_row, step) };
    query.visits.skip = skip_row;
    step->count = 0;
    return backend->ops->list_rows(backend, &query, ret_more, deadline, err);
}

static void drop_token(struct step *step, size_t i) {
    step->count--;
    memmove(step->ids[i], step->ids[i + 1], (step->count - i) * sizeof step->ids[0]);
}

/* What is wrong with one token only; it may have been purged meanwhile. */
static bool is_of_one_token(int rc) {
    return rc == APITOKEN_E_NOT_FOUND || rc == APITOKEN_E_DAMAGED || rc == APITOKEN_E_SCHEMA ||
           rc == APITOKEN_E_KEY_MISSING;
}

static int write_tokens(struct step *step, size_t count, size_t *ret_index,
                        struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_owner_steps *steps = step->steps;
    struct atk_change changes[ATK_OWNER_STEP];
    for (size_t i = 0; i < count; i++) {
        changes[i] = steps->change;
        changes[i].id = step->ids[i];
        changes[i].owner = steps->owner;
        changes[i].owner_len = steps->owner_len;
    }
    struct atk_backend *backend = steps->store->backend;
    ATK_TRY(backend->ops->write(backend, changes, count, ret_index, deadline, err));
    for (size_t i = 0; i < count; i++) steps->changed += changes[i].is_changed;
    step->count -= count;
    memmove(step->ids[0], step->ids[count], step->count * sizeof step->ids[0]);
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
        if (is_of_one_token(rc)) {
            note_damage(step, step->ids[index], &detail);
            drop_token(step, index);
        } else if (rc == APITOKEN_E_FULL && count > 1) {
            together = 1;
        } else {
            return atk_fail_as(err, &detail);
        }
    }
    return 0;
}

int atk_owner_steps_take(struct atk_owner_steps *steps, uint32_t timeout_ms, apitoken_error *err) {
    apitoken_error damage = APITOKEN_ERROR_INIT;
    struct step step = { .steps = steps, .damage = &damage };
    bool has_more = true;
    for (const char *after = NULL; has_more; after = step.last) {
        struct atk_deadline deadline = atk_store_deadline(steps->store, timeout_ms);
        ATK_TRY(find_tokens(&step, after, &has_more, &deadline, err));
        ATK_TRY(change_tokens(&step, &deadline, err));
    }
    return damage.code == 0 ? 0 : atk_fail_as(err, &damage);
}
