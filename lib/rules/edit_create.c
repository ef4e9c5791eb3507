/* SPDX-License-Identifier: MIT */
#include "rules/edit_create.h"

#include "base/error.h"

int atk_edit_create(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                    struct atk_row *row, apitoken_error *err) {
    const struct atk_creation *creation = ctx;
    if (facts->is_owner_blocked) return atk_fail(err, APITOKEN_E_OWNER_BLOCKED, NULL);
    if (creation->takes_default_end) {
        const struct atk_end end = atk_edit_default_end(facts->policy, creation->now_ms);
        (void)atk_edit_set_end(&end, hot, row);
    }
    ATK_TRY(atk_edit_require_allowed_end(facts->policy, row, creation->now_ms, err));
    ATK_TRY(atk_edit_require_room(facts, err));
    return ATK_EDIT_CHANGED;
}
