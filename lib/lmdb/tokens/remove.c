/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/remove.h"

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/tokens/audit.h"
#include "lmdb/tokens/facts.h"
#include "lmdb/tokens/new_slot.h"
#include "rules/text.h"

/* Counters that were wrong before must not make a state that no version reads. */
static void count_removed(struct atk_state_record *state, const char *id, unsigned flags) {
    const uint64_t tick = atk_id_tick(id);
    if (state->tokens > 0) state->tokens--;
    if (flags & ATK_FLAG_REVOKED && state->revoked > 0) state->revoked--;
    if (state->revoked > state->tokens) state->revoked = state->tokens;
    if (tick > state->id_floor) state->id_floor = tick;
}

int atk_remove_token(struct atk_write *w, struct atk_change *change, const struct atk_hot *hot,
                     apitoken_error *err) {
    w->is_changed = change->is_changed = true;
    change->revision = 0;
    count_removed(&w->state, change->id, hot->flags);
    int rc = atk_token_remove(&w->view, hot, change->id, err);
    if (rc == 0) rc = atk_slot_release(w, hot->slot, err);
    if (rc == 0 && w->notes_each) rc = atk_audit_note_removed(w, change, err);
    w->is_broken |= rc < 0;
    return rc;
}

static bool has_text_to_remove(const struct atk_change *change, const struct atk_audit *audit) {
    struct atk_audit_text text;
    return audit->text_len > 0 && atk_audit_text_parse(audit->text, audit->text_len, &text) &&
           change->has_text(change->edit_ctx, &text);
}

int atk_remove_text(struct atk_write *w, struct atk_change *change, apitoken_error *err) {
    struct atk_audit audit;
    change->is_changed = false;
    (void)atk_facts_read_policy(w, NULL); /* for the audit */
    int rc = atk_audit_get(&w->view, ATK_AUDIT_CHAIN, change->position, &audit, err);
    if (rc == APITOKEN_E_NOT_FOUND) return 0; /* its time of retention was over */
    ATK_TRY(rc);
    if (!has_text_to_remove(change, &audit)) return 0;
    audit.text_len = 0;
    audit.key_id = w->view.keys->active;
    w->is_changed = change->is_changed = true;
    rc = atk_audit_put_again(&w->view, ATK_AUDIT_CHAIN, change->position, &audit, err);
    if (rc == 0 && w->notes_each) rc = atk_audit_note_removed(w, change, err);
    w->is_broken |= rc < 0;
    return rc;
}
