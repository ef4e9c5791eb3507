/* SPDX-License-Identifier: MIT */
#include "rules/edit_block.h"

#include "base/error.h"

static int fail_overtaken(apitoken_error *err) {
    return atk_fail(err, APITOKEN_E_REVISION, "the owner was blocked or unblocked meanwhile");
}

int atk_edit_owner_block(const void *ctx, struct atk_owner_record *owner, apitoken_error *err) {
    const struct atk_blocking *blocking = ctx;
    (void)err;
    if (owner->flags == ATK_OWNER_BLOCKED) return ATK_EDIT_UNCHANGED;
    owner->flags = ATK_OWNER_BLOCKED;
    owner->revision = atk_revision_after(owner->revision);
    owner->blocked_ms = blocking->now_ms;
    owner->reason = blocking->reason;
    owner->reason_len = (uint16_t)blocking->reason_len;
    owner->actor = blocking->actor;
    owner->actor_len = (uint8_t)blocking->actor_len;
    return ATK_EDIT_CHANGED;
}

int atk_edit_owner_unblock(const void *ctx, struct atk_owner_record *owner, apitoken_error *err) {
    (void)ctx, (void)err;
    if (owner->revision == 0 || owner->flags & ATK_OWNER_UNBLOCKING) return ATK_EDIT_UNCHANGED;
    owner->flags |= ATK_OWNER_UNBLOCKING;
    owner->revision = atk_revision_after(owner->revision);
    return ATK_EDIT_CHANGED;
}

int atk_edit_token_blocked(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                           struct atk_row *row, apitoken_error *err) {
    const struct atk_block_step *step = ctx;
    const uint8_t flags = (uint8_t)(step->is_blocked ? hot->flags | ATK_FLAG_BLOCKED
                                                     : hot->flags & ~ATK_FLAG_BLOCKED);
    (void)row;
    if (facts->owner_error) return atk_fail(err, facts->owner_error, NULL);
    if (facts->owner_revision != step->owner_revision) return fail_overtaken(err);
    if (hot->flags == flags) return ATK_EDIT_UNCHANGED;
    hot->flags = flags;
    return ATK_EDIT_CHANGED;
}

int atk_edit_owner_unblocked(const void *ctx, struct atk_owner_record *owner, apitoken_error *err) {
    const struct atk_block_step *step = ctx;
    if (owner->revision != step->owner_revision) return fail_overtaken(err);
    return owner->revision == 0 ? ATK_EDIT_UNCHANGED : ATK_EDIT_REMOVED;
}
