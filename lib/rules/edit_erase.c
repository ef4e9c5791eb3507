/* SPDX-License-Identifier: MIT */
#include "rules/edit_erase.h"

#include <string.h>

int atk_edit_erase(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                   struct atk_row *row, apitoken_error *err) {
    (void)ctx, (void)facts, (void)hot, (void)row, (void)err;
    return ATK_EDIT_REMOVED;
}

int atk_edit_owner_erased(const void *ctx, struct atk_owner_record *owner, apitoken_error *err) {
    (void)ctx, (void)err;
    return owner->revision == 0 ? ATK_EDIT_UNCHANGED : ATK_EDIT_REMOVED;
}

static bool is_owner(const struct atk_erasing *erasing, const char *text, size_t len) {
    return len == erasing->owner_len && memcmp(text, erasing->owner, len) == 0;
}

bool atk_erasing_has_text(const void *ctx, const struct atk_audit_text *text) {
    const struct atk_erasing *erasing = ctx;
    return is_owner(erasing, text->owner, text->owner_len) ||
           (erasing->with_actor && is_owner(erasing, text->actor, text->actor_len));
}
