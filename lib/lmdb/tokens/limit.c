/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/limit.h"

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/tokens/audit.h"

/* A lower limit must leave what a create would have to leave. */
static int require_room(const struct atk_write *w, uint64_t before, apitoken_error *err) {
    if (w->state.limit_bytes > before || atk_space_has(&w->space, 0)) return 0;
    return atk_fail_field(err, APITOKEN_E_MAP_SIZE, APITOKEN_FIELD_MAP_SIZE, 0,
                          "what the store holds and the reserve take %llu bytes",
                          (unsigned long long)atk_space_least_limit(w->store->env, &w->space));
}

/* Not synced: one that a power loss makes too short again, the next open makes longer. */
static int lengthen_use(const struct atk_write *w, apitoken_error *err) {
    struct atk_last_use *use = &w->store->use;
    if (use->fd < 0) return 0;
    return atk_last_use_lengthen(use, w->state.limit_bytes, w->state.next_slot, err);
}

int atk_write_apply_limit(struct atk_write *w, struct atk_write_call *call, apitoken_error *err) {
    const uint64_t before = w->state.limit_bytes;
    w->calls[w->count++] = call;
    if (call->limit_bytes == before) return 0;
    w->state.limit_bytes = call->limit_bytes;
    ATK_TRY(atk_write_read_space(w, UINT64_MAX, w->deadline, err));
    ATK_TRY(require_room(w, before, err));
    ATK_TRY(lengthen_use(w, err));
    w->is_changed = true;
    ATK_TRY(atk_audit_note_limit(w, call->act, before, err));
    return atk_space_extend(w->store->env, &w->space, 0, err);
}
