/* SPDX-License-Identifier: MIT */
#include "rules/audit_filter.h"

#include <string.h>

/* Whether the id is among those of a step. */
static bool is_in_step(const struct atk_audit_text *text, const char *id) {
    struct atk_reader r = atk_reader_of(text->changes, text->changes_len);
    struct atk_audit_change change = { .field = 0 };
    while (r.left > 0 && atk_audit_change_get(&r, change.field, &change)) {
        if (change.field != ATK_CHANGED_TOKENS) continue;
        for (size_t at = 0; at + APITOKEN_ID_LEN <= change.after_len; at += APITOKEN_ID_LEN)
            if (memcmp(change.after + at, id, APITOKEN_ID_LEN) == 0) return true;
    }
    return false;
}

static bool is_of_owner(const struct atk_audit_text *text, const char *owner, size_t len) {
    return text->owner_len == len && memcmp(text->owner, owner, len) == 0;
}

bool atk_audit_filter_passes(const struct atk_audit_filter *filter, const struct atk_audit *audit,
                             const struct atk_audit_text *text) {
    const bool has_text = audit->text_len > 0;
    if (audit->at_ms < filter->since_ms || audit->at_ms >= filter->until_ms) return false;
    if (filter->owner && !(has_text && is_of_owner(text, filter->owner, filter->owner_len)))
        return false;
    return !filter->id || memcmp(audit->id, filter->id, APITOKEN_ID_LEN) == 0 ||
           (has_text && is_in_step(text, filter->id));
}
