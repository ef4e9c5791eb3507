/* SPDX-License-Identifier: MIT */
/* apitoken_owner_block() and apitoken_owner_unblock() */
#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/input.h"
#include "objects/token_steps.h"
#include "rules/edit_block.h"

/* A block or unblock in progress. */
struct blocking {
    apitoken_store *store;
    const char *owner;
    size_t owner_len;
    apitoken_block_opts opts;
    struct atk_blocking blocking;
};

static int begin(struct blocking *b, const apitoken_block_opts *opts, apitoken_error *err) {
    apitoken_block_opts *o = &b->opts;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(b->store, err));
    ATK_TRY(atk_opts_load(o, sizeof *o, ATK_SIZE_BLOCK_OPTS, 0, opts, err));
    ATK_TRY(atk_input_reserved(o->reserved, err));
    ATK_TRY(atk_input_owner(b->owner, b->owner_len, err));
    ATK_TRY(atk_input_reason(o->reason, o->reason_len, err));
    ATK_TRY(atk_input_required_actor(o->actor, o->actor_len, err));
    ATK_TRY(atk_store_require_write(b->store, err));
    ATK_TRY(atk_store_require_admin(b->store, err));
    b->blocking = (struct atk_blocking){ .actor = o->actor,
                                         .actor_len = o->actor_len,
                                         .reason = o->reason,
                                         .reason_len = o->reason_len };
    return atk_clock_read(&b->store->clock, &b->blocking.now_ms, err);
}

static int change_owner(const struct blocking *b, enum atk_audit_verb verb, atk_owner_edit_fn edit,
                        const void *ctx, uint32_t *ret_revision, apitoken_error *err) {
    struct atk_backend *backend = b->store->backend;
    struct atk_deadline deadline = atk_store_deadline(b->store, b->opts.timeout_ms);
    size_t index;
    struct atk_change change = { .kind = ATK_CHANGE_OWNER,
                                 .room = b->opts.reason_len ? ATK_ROOM_DENIAL_WITH_TEXT
                                                            : ATK_ROOM_DENIAL,
                                 .owner = b->owner,
                                 .owner_len = b->owner_len,
                                 .now_ms = b->blocking.now_ms,
                                 .verb = verb,
                                 .actor = b->opts.actor,
                                 .actor_len = b->opts.actor_len,
                                 .reason = b->opts.reason,
                                 .reason_len = b->opts.reason_len,
                                 .edit_owner = edit,
                                 .edit_ctx = ctx };
    ATK_TRY(backend->ops->write(backend, &change, 1, &index, &deadline, err));
    if (ret_revision) *ret_revision = change.revision;
    return 0;
}

static int change_tokens(const struct blocking *b, const struct atk_block_step *step,
                         apitoken_error *err) {
    struct atk_token_steps steps = { .store = b->store,
                                     .owner = b->owner,
                                     .owner_len = b->owner_len };
    steps.change = (struct atk_change){ .kind = ATK_CHANGE_EDIT,
                                        .room = ATK_ROOM_DENIAL,
                                        .now_ms = b->blocking.now_ms,
                                        .edit = atk_edit_token_blocked,
                                        .edit_ctx = step,
                                        .denies = step->is_blocked };
    return atk_token_steps_take(&steps, b->opts.timeout_ms, err);
}

int apitoken_owner_block(apitoken_store *store, const char *owner, size_t owner_len,
                         const apitoken_block_opts *opts, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    struct blocking b = { .store = store, .owner = owner, .owner_len = owner_len };
    struct atk_block_step step = { .is_blocked = true };
    ATK_TRY(begin(&b, opts, err));
    int rc = change_owner(&b, ATK_VERB_BLOCK, atk_edit_owner_block, &b.blocking,
                          &step.owner_revision, err);
    if (rc == 0) rc = change_tokens(&b, &step, err);
    atk_store_log_trouble(store);
    return rc;
}

int apitoken_owner_unblock(apitoken_store *store, const char *owner, size_t owner_len,
                           const apitoken_block_opts *opts, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    struct blocking b = { .store = store, .owner = owner, .owner_len = owner_len };
    struct atk_block_step step = { .is_blocked = false };
    ATK_TRY(begin(&b, opts, err));
    int rc = change_owner(&b, ATK_VERB_UNBLOCK, atk_edit_owner_unblock, &b.blocking,
                          &step.owner_revision, err);
    if (rc == 0) rc = change_tokens(&b, &step, err);
    if (rc == 0) rc = change_owner(&b, 0, atk_edit_owner_unblocked, &step, NULL, err);
    atk_store_log_trouble(store);
    return rc;
}
