/* SPDX-License-Identifier: MIT */
/* apitoken_revoke_texts() */
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/candidate.h"
#include "objects/input.h"
#include "objects/revoking.h"
#include "rules/edit_revoke_secret.h"
#include "rules/text.h"

/* a secret that was the newest is the older one after a rotate, and none after another */
#define LOOKS 3

/* A token that a text is a secret of. */
struct target {
    size_t item;
    struct atk_secret_revocation revocation;
    enum apitoken_ended ended;
    char id[APITOKEN_ID_LEN];
    char owner[APITOKEN_OWNER_MAX];
    uint8_t owner_len;
    bool is_older; /* the text is its older secret */
};

/* A call in progress, with the texts of its step. */
struct revoking_texts {
    apitoken_store *store;
    apitoken_revoke_item *const *items;
    struct atk_revoking revoking;
    size_t looked_up[ATK_TOKEN_STEP]; /* items that are to be looked up, perhaps again */
    size_t count;
    struct target targets[ATK_TOKEN_STEP]; /* those of them that are to be ended */
    size_t target_count;
    apitoken_error damage; /* of the first token that could not be ended */
};

/* ---- answers --------------------------------------------------------------------------------- */

#define NO_ANSWER APITOKEN_E_ARGUMENT /* no text has this answer */

static void answer(apitoken_revoke_item *item, int code) {
    item->code = code;
    item->ended = APITOKEN_ENDED_NOTHING;
    item->owner_len = item->reserved2 = 0;
    memset(item->id, 0, sizeof item->id);
    memset(item->owner, 0, sizeof item->owner);
}

static bool is_usable(const apitoken_revoke_item *item) {
    return item && atk_out_require_size(item, ATK_SIZE_REVOKE_ITEM, NULL) == 0;
}

/* Before anything is known. */
static void clear_answers(apitoken_revoke_item *const *items, size_t count) {
    if (!items || count > APITOKEN_REVOKE_TEXTS_MAX) return;
    for (size_t i = 0; i < count; i++)
        if (is_usable(items[i])) answer(items[i], NO_ANSWER);
}

/* What ended the call is the answer for the items that have none. */
static void complete_answers(apitoken_revoke_item *const *items, size_t count, int code) {
    if (!items || count > APITOKEN_REVOKE_TEXTS_MAX) return;
    for (size_t i = 0; i < count; i++)
        if (is_usable(items[i]) && items[i]->code == NO_ANSWER) items[i]->code = code;
}

static void answer_ended(const struct revoking_texts *r, const struct target *target) {
    apitoken_revoke_item *item = r->items[target->item];
    answer(item, 0);
    item->ended = (uint32_t)target->ended;
    item->owner_len = target->owner_len;
    memcpy(item->id, target->id, sizeof target->id);
    memcpy(item->owner, target->owner, target->owner_len);
}

/* A token that cannot be read or changed keeps nobody from the others. */
static void answer_failed(struct revoking_texts *r, size_t i, const apitoken_error *detail) {
    answer(r->items[i], detail->code);
    if (r->damage.code != 0) return;
    (void)atk_fail_as(&r->damage, detail);
    (void)atk_fail_add_item(&r->damage, detail->code, (uint32_t)i);
}

/* ---- looking up ------------------------------------------------------------------------------ */

static void set_target(struct target *target, size_t item, const struct atk_candidate *c) {
    struct atk_older_secret older;
    const struct atk_hot_view *hot = &c->hot;
    target->item = item;
    target->is_older = c->older_until_ms != 0;
    memcpy(target->revocation.verifier, hot->verifier, ATK_VERIFIER_LEN);
    if (target->is_older && atk_older_secret_get(hot->parts, hot->parts_len, &older))
        memcpy(target->revocation.verifier, older.verifier, sizeof older.verifier);
    memcpy(target->id, c->token.id, sizeof target->id);
    target->owner_len = hot->owner_len;
    memcpy(target->owner, hot->owner, hot->owner_len);
}

/* 0 and the token, APITOKEN_E_MALFORMED, APITOKEN_E_UNKNOWN, or what failed. */
static int find_target(const struct revoking_texts *r, size_t i, struct target *ret,
                       apitoken_error *err) {
    const struct atk_prefix *prefix = &r->store->backend->config.prefix;
    struct atk_deadline deadline = atk_store_deadline(r->store, r->revoking.opts.timeout_ms);
    struct atk_candidate c;
    bool is_match = false;
    c.token = (struct atk_presented){ .text = r->items[i]->text,
                                      .len = r->items[i]->text_len,
                                      .now_ms = r->revoking.revocation.revoked_ms };
    c.older_until_ms = 0;
    if (!atk_text_find_id(prefix, c.token.text, c.token.len, &c.token.id) ||
        !atk_text_is_well_formed(c.token.id))
        return APITOKEN_E_MALFORMED;
    ATK_TRY(atk_candidate_load(r->store, &c, &deadline, err));
    ATK_TRY(atk_candidate_match(r->store, &c, &is_match, err));
    if (!is_match) return APITOKEN_E_UNKNOWN;
    set_target(ret, i, &c);
    return 0;
}

/* Answers for the texts that are no secrets; the others become targets. */
static int find_targets(struct revoking_texts *r, apitoken_error *err) {
    r->target_count = 0;
    for (size_t n = 0; n < r->count; n++) {
        apitoken_error detail = APITOKEN_ERROR_INIT;
        const size_t i = r->looked_up[n];
        int rc = find_target(r, i, &r->targets[r->target_count], &detail);
        if (rc == 0)
            r->target_count++;
        else if (rc == APITOKEN_E_MALFORMED || rc == APITOKEN_E_UNKNOWN)
            answer(r->items[i], rc);
        else if (atk_error_is_of_one_record(rc))
            answer_failed(r, i, &detail);
        else
            return atk_fail_as(err, &detail);
    }
    r->count = 0;
    return 0;
}

/* ---- ending ---------------------------------------------------------------------------------- */

/* To end an older secret is an update, which has no reason. */
static struct atk_change change_of(struct revoking_texts *r, struct target *target) {
    struct atk_change change = r->revoking.change;
    target->revocation.revocation = &r->revoking.revocation;
    target->revocation.ret_ended = &target->ended;
    change.id = target->id;
    change.owner = target->owner;
    change.owner_len = target->owner_len;
    change.edit = atk_edit_revoke_newest;
    change.edit_ctx = &target->revocation;
    change.has_own_record = true;
    if (!target->is_older) return change;
    change.edit = atk_edit_revoke_older;
    change.room = ATK_ROOM_DENIAL;
    change.verb = ATK_VERB_UPDATE;
    change.reason = NULL;
    change.reason_len = 0;
    change.repairs = false;
    return change;
}

static void drop_targets(struct revoking_texts *r, size_t first, size_t count) {
    r->target_count -= count;
    memmove(&r->targets[first], &r->targets[first + count],
            (r->target_count - first) * sizeof r->targets[0]);
}

/* Ends the first ones in one durable step. What was rotated meanwhile is looked up again. */
static int write_targets(struct revoking_texts *r, size_t count, size_t *ret_index,
                         apitoken_error *err) {
    struct atk_backend *backend = r->store->backend;
    struct atk_deadline deadline = atk_store_deadline(r->store, r->revoking.opts.timeout_ms);
    struct atk_change changes[ATK_TOKEN_STEP];
    for (size_t i = 0; i < count; i++) changes[i] = change_of(r, &r->targets[i]);
    ATK_TRY(backend->ops->write(backend, changes, count, ret_index, &deadline, err));
    for (size_t i = 0; i < count; i++) {
        if (r->targets[i].ended != APITOKEN_ENDED_NOTHING)
            answer_ended(r, &r->targets[i]);
        else
            r->looked_up[r->count++] = r->targets[i].item;
    }
    drop_targets(r, 0, count);
    return 0;
}

/* All of them, without those that cannot be ended; one by one if all are too many. */
static int end_targets(struct revoking_texts *r, apitoken_error *err) {
    size_t together = ATK_TOKEN_STEP;
    while (r->target_count > 0) {
        size_t index = 0, count = together < r->target_count ? together : r->target_count;
        apitoken_error detail = APITOKEN_ERROR_INIT;
        int rc = write_targets(r, count, &index, &detail);
        if (rc == 0) continue;
        if (rc == APITOKEN_E_NOT_FOUND) { /* it was purged meanwhile */
            answer(r->items[r->targets[index].item], APITOKEN_E_UNKNOWN);
            drop_targets(r, index, 1);
        } else if (atk_error_is_of_one_record(rc)) {
            answer_failed(r, r->targets[index].item, &detail);
            drop_targets(r, index, 1);
        } else if (rc == APITOKEN_E_FULL && count > 1) {
            together = 1;
        } else {
            return atk_fail_as(err, &detail);
        }
    }
    return 0;
}

static int end_step(struct revoking_texts *r, apitoken_error *err) {
    for (int look = 0; look < LOOKS && r->count > 0; look++) {
        ATK_TRY(find_targets(r, err));
        ATK_TRY(end_targets(r, err));
    }
    return r->count == 0 ? 0 : atk_fail(err, APITOKEN_E_BUSY, "a token is changed again and again");
}

static int end_all(struct revoking_texts *r, size_t count, apitoken_error *err) {
    for (size_t done = 0; done < count;) {
        while (done < count && r->count < ATK_TOKEN_STEP) r->looked_up[r->count++] = done++;
        ATK_TRY(end_step(r, err));
    }
    return r->damage.code == 0 ? 0 : atk_fail_as(err, &r->damage);
}

/* ---- the call -------------------------------------------------------------------------------- */

static int require_valid_item(const apitoken_revoke_item *given, apitoken_error *err) {
    apitoken_revoke_item item;
    if (!given) return atk_fail(err, APITOKEN_E_ARGUMENT, "an item is NULL");
    ATK_TRY(atk_opts_load(&item, sizeof item, ATK_SIZE_REVOKE_ITEM, 0, given, err));
    ATK_TRY(atk_input_reserved(item.reserved, err));
    return atk_input_present(item.text, item.text_len, APITOKEN_FIELD_TOKEN, err);
}

static int require_valid_items(apitoken_revoke_item *const *items, size_t count,
                               apitoken_error *err) {
    if (!items && count > 0) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    if (count > APITOKEN_REVOKE_TEXTS_MAX)
        return atk_fail(err, APITOKEN_E_LIMIT, "a call can revoke at most %d texts",
                        APITOKEN_REVOKE_TEXTS_MAX);
    for (size_t i = 0; i < count; i++) {
        int rc = require_valid_item(items[i], err);
        if (rc < 0) return atk_fail_add_item(err, rc, (uint32_t)i);
    }
    return 0;
}

static int revoke_texts(apitoken_store *store, apitoken_revoke_item *const *items, size_t count,
                        const apitoken_revoke_opts *opts, apitoken_error *err) {
    struct revoking_texts r = { .store = store, .items = items, .damage = APITOKEN_ERROR_INIT };
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    ATK_TRY(require_valid_items(items, count, err));
    ATK_TRY(atk_revoking_load(&r.revoking, store, opts, err));
    ATK_TRY(atk_input_required_actor(r.revoking.opts.actor, r.revoking.opts.actor_len, err));
    ATK_TRY(atk_store_require_admin(store, err));
    ATK_TRY(atk_revoking_read_clock(&r.revoking, store, err));
    int rc = end_all(&r, count, err);
    atk_store_log_trouble(store);
    return rc;
}

int apitoken_revoke_texts(apitoken_store *store, apitoken_revoke_item *const *items, size_t count,
                          const apitoken_revoke_opts *opts, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    clear_answers(items, count);
    int rc = revoke_texts(store, items, count, opts, err);
    complete_answers(items, count, rc);
    return rc;
}
