/* SPDX-License-Identifier: MIT */
/* apitoken_owner_erase() */
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "base/out.h"
#include "objects/input.h"
#include "objects/token_steps.h"
#include "rules/edit_erase.h"

struct erase {
    apitoken_store *store;
    apitoken_erase_opts opts;
    struct atk_erasing erasing;
    struct atk_change change; /* what all its changes have in common */
    apitoken_purge_result result;
};

/* Some audit records whose text is to go. */
struct texts {
    const struct atk_erasing *erasing;
    uint64_t positions[ATK_TOKEN_STEP];
    size_t count;
};

static int load_opts(struct erase *e, const apitoken_erase_opts *opts, apitoken_error *err) {
    apitoken_erase_opts *o = &e->opts;
    const struct atk_erasing *erasing = &e->erasing;
    ATK_TRY(atk_opts_load(o, sizeof *o, ATK_SIZE_ERASE_OPTS,
                          APITOKEN_ERASE_ACTOR | APITOKEN_ERASE_DRY_RUN, opts, err));
    ATK_TRY(atk_input_owner(erasing->owner, erasing->owner_len, err));
    ATK_TRY(atk_input_required_actor(o->actor, o->actor_len, err));
    if (o->actor_len == erasing->owner_len && memcmp(o->actor, erasing->owner, o->actor_len) == 0)
        return atk_fail_field(err, APITOKEN_E_ACTOR, APITOKEN_FIELD_ACTOR, 0,
                              "the actor is the owner who is to be erased");
    ATK_TRY(atk_store_require_write(e->store, err));
    ATK_TRY(atk_store_require_admin(e->store, err));
    e->erasing.with_actor = o->flags & APITOKEN_ERASE_ACTOR;
    e->change = (struct atk_change){ .room = ATK_ROOM_DENIAL_WITH_TEXT,
                                     .owner = erasing->owner,
                                     .owner_len = erasing->owner_len,
                                     .verb = ATK_VERB_ERASE,
                                     .actor = o->actor,
                                     .actor_len = o->actor_len,
                                     .edit_ctx = &e->erasing,
                                     .repairs = true,
                                     .removes = true };
    return atk_clock_read(&e->store->clock, &e->change.now_ms, err);
}

static bool is_dry_run(const struct erase *e) {
    return (e->opts.flags & APITOKEN_ERASE_DRY_RUN) != 0;
}

/* ---- tokens, and what is known of the owner besides ------------------------------------------ */

static bool goes_always(void *ctx, const struct atk_row_view *row) {
    (void)ctx, (void)row;
    return true;
}

static int erase_tokens(struct erase *e, apitoken_error *err) {
    struct atk_token_steps steps = { .store = e->store,
                                     .owner = e->erasing.owner,
                                     .owner_len = e->erasing.owner_len,
                                     .needs = goes_always,
                                     .only_counts = is_dry_run(e),
                                     .change = e->change };
    steps.change.kind = ATK_CHANGE_EDIT;
    steps.change.edit = atk_edit_erase;
    int rc = atk_token_steps_take(&steps, e->opts.timeout_ms, err);
    e->result.tokens += steps.changed;
    return rc;
}

/* After the tokens, so that the owner remains blocked as long as there is one. */
static int erase_block(struct erase *e, apitoken_error *err) {
    struct atk_backend *backend = e->store->backend;
    struct atk_deadline deadline = atk_store_deadline(e->store, e->opts.timeout_ms);
    struct atk_change change = e->change;
    size_t index;
    if (is_dry_run(e)) return 0;
    change.kind = ATK_CHANGE_OWNER;
    change.edit_owner = atk_edit_owner_erased;
    return backend->ops->write(backend, &change, 1, &index, &deadline, err);
}

/* ---- texts of the audit ---------------------------------------------------------------------- */

/* An atk_audit_visit_fn. */
static int take_text(void *ctx, const struct atk_audit_view *view, apitoken_error *err) {
    struct texts *texts = ctx;
    (void)err;
    if (view->audit.text_len == 0 || !atk_erasing_has_text(texts->erasing, &view->text))
        return ATK_VISIT_NEXT;
    texts->positions[texts->count++] = view->number;
    return texts->count == ATK_TOKEN_STEP ? ATK_VISIT_STOP : ATK_VISIT_NEXT;
}

static int write_texts(struct erase *e, const uint64_t *positions, size_t count,
                       apitoken_error *err) {
    struct atk_backend *backend = e->store->backend;
    struct atk_deadline deadline = atk_store_deadline(e->store, e->opts.timeout_ms);
    struct atk_change changes[ATK_TOKEN_STEP];
    size_t index;
    for (size_t i = 0; i < count; i++) {
        changes[i] = e->change;
        changes[i].kind = ATK_CHANGE_TEXT;
        changes[i].position = positions[i];
        changes[i].has_text = atk_erasing_has_text;
    }
    ATK_TRY(backend->ops->write(backend, changes, count, &index, &deadline, err));
    for (size_t i = 0; i < count; i++) e->result.texts += changes[i].is_changed;
    return 0;
}

static int erase_found_texts(struct erase *e, const struct texts *texts, apitoken_error *err) {
    if (is_dry_run(e)) e->result.texts += texts->count;
    if (is_dry_run(e) || texts->count == 0) return 0;
    return write_texts(e, texts->positions, texts->count, err);
}

/* A record that cannot be read does not keep the call from the others, as with tokens. */
static int erase_texts(struct erase *e, apitoken_error *err) {
    struct atk_backend *backend = e->store->backend;
    struct texts texts = { .erasing = &e->erasing };
    apitoken_error damage = APITOKEN_ERROR_INIT;
    struct atk_audit_query query = { .filter = { .until_ms = INT64_MAX },
                                     .limit = ATK_LIST_EXAMINE_MAX,
                                     .visit = take_text,
                                     .ctx = &texts,
                                     .damage = &damage };
    for (bool has_more = true; has_more;) {
        struct atk_deadline deadline = atk_store_deadline(e->store, e->opts.timeout_ms);
        texts.count = 0;
        ATK_TRY(backend->ops->read_audit(backend, &query, &has_more, &deadline, err));
        ATK_TRY(erase_found_texts(e, &texts, err));
    }
    return damage.code == 0 ? 0 : atk_fail_as(err, &damage);
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* What is wrong with one record keeps no other from being erased. The first error is the call's. */
static int erase_all(struct erase *e, apitoken_error *err) {
    static int (*const steps[])(struct erase *, apitoken_error *) = { erase_tokens, erase_block,
                                                                      erase_texts };
    int first = 0;
    for (size_t i = 0; i < ATK_LEN(steps); i++) {
        const int rc = steps[i](e, first == 0 ? err : NULL);
        if (first == 0) first = rc;
        if (rc < 0 && !atk_error_is_of_one_record(rc)) break;
    }
    return first;
}

/* ---- the verb -------------------------------------------------------------------------------- */

int apitoken_owner_erase(apitoken_store *store, const char *owner, size_t owner_len,
                         const apitoken_erase_opts *opts, apitoken_purge_result *ret_result,
                         apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    struct erase e = { .store = store,
                       .erasing = { .owner = owner, .owner_len = owner_len },
                       .result = APITOKEN_PURGE_RESULT_INIT };
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    ATK_TRY(atk_out_require_size(ret_result, ATK_SIZE_PURGE_RESULT, err));
    ATK_TRY(load_opts(&e, opts, err));
    int rc = erase_all(&e, err);
    atk_store_log_trouble(store);
    if (rc == 0 && ret_result) atk_out_store(ret_result, &e.result, sizeof e.result);
    return rc;
}
