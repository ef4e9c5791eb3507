/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/change.h"

#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/form/error.h"
#include "rules/text.h"

static int create_token(struct atk_write *w, struct atk_change *change, apitoken_error *err) {
    struct atk_last_use *use = &w->store->use;
    if (atk_id_tick(change->id) <= w->state.id_floor) return atk_fail(err, APITOKEN_E_EXISTS, NULL);
    change->hot->slot = ATK_SLOT_NONE;
    if (w->state.next_slot < use->slots_given) {
        ATK_TRY(atk_last_use_prepare(use, w->state.next_slot, err));
        change->hot->slot = (uint32_t)w->state.next_slot++;
    }
    change->row->slot = change->hot->slot;
    int rc = atk_hot_put(&w->view, change->id, change->hot, MDB_NOOVERWRITE, err);
    w->is_broken = rc < 0 && rc != APITOKEN_E_EXISTS;
    ATK_TRY(rc);
    rc = atk_row_put(&w->view, change->hot, change->row, err);
    w->is_broken = rc < 0;
    w->state.tokens++;
    w->is_changed = true;
    return rc;
}

void atk_row_revoke(struct atk_row *row, int64_t revoked_ms, const char *reason,
                    size_t reason_len) {
    row->flags |= ATK_FLAG_REVOKED;
    row->revoked_ms = revoked_ms;
    row->reason_code = row->revocation_flags = 0;
    row->reason_len = (uint16_t)reason_len;
    if (reason_len) memcpy(row->reason, reason, reason_len);
    row->sealed_len = 0;
    row->other_len = atk_parts_drop_secret(row->other, row->other_len);
}

void atk_hot_revoke(struct atk_hot *hot) {
    hot->flags |= ATK_FLAG_REVOKED;
    hot->parts_len = atk_parts_drop_secret(hot->parts, hot->parts_len);
}

void atk_records_unite(struct atk_hot *hot, struct atk_row *row) {
    const uint32_t later = hot->revision > row->revision ? hot->revision : row->revision;
    row->flags = (uint8_t)((row->flags & ~ATK_FLAGS_COMMON) | (hot->flags & ATK_FLAGS_COMMON));
    if (row->end_ms != hot->end_ms) {
        row->end_ms = hot->end_ms;
        row->expiry_kind =
            hot->end_ms == ATK_END_NEVER ? APITOKEN_EXPIRY_NEVER : APITOKEN_EXPIRY_INSTANT;
        row->day = row->zone_len = 0;
    }
    row->slot = hot->slot;
    row->mark = atk_mark_of(hot->verifier);
    hot->revision = row->revision = atk_revision_after(later);
}

static int revoke_token(struct atk_write *w, const struct atk_change *change, apitoken_error *err) {
    struct atk_hot hot;
    struct atk_row row;
    ATK_TRY(atk_hot_get(&w->view, change->id, &hot, err));
    if (hot.owner_len != change->owner_len ||
        memcmp(hot.owner, change->owner, change->owner_len) != 0)
        return atk_fail(err, APITOKEN_E_NOT_FOUND, NULL);
    ATK_TRY(atk_row_get(&w->view, &hot, change->id, &row, err));
    if (hot.flags & ATK_FLAG_REVOKED && atk_records_agree(&hot, &row)) return 0;
    /* a revoked row beside a hot record that is not: an old hot record was put back */
    if (!(row.flags & ATK_FLAG_REVOKED)) {
        atk_row_revoke(&row, change->now_ms, change->reason, change->reason_len);
        w->state.revoked++;
    }
    atk_hot_revoke(&hot);
    atk_records_unite(&hot, &row);
    int rc = atk_hot_put(&w->view, change->id, &hot, 0, err);
    if (rc == 0) rc = atk_row_put(&w->view, &hot, &row, err);
    w->is_broken = rc < 0;
    w->is_changed = true;
    return rc;
}

enum atk_space_need atk_change_space_need(const struct atk_change *change) {
    if (change->kind == ATK_CHANGE_CREATE) return ATK_SPACE_ALL;
    return change->reason_len > 0 ? ATK_SPACE_HALF : ATK_SPACE_ANY;
}

static int apply_change(struct atk_write *w, struct atk_change *change, apitoken_error *err) {
    ATK_TRY(atk_space_reserve(w->store->env, &w->space, atk_change_space_need(change), err));
    return change->kind == ATK_CHANGE_CREATE ? create_token(w, change, err)
                                             : revoke_token(w, change, err);
}

static int apply_change_at(struct atk_write *w, struct atk_write_call *call, size_t i,
                           apitoken_error *err) {
    struct atk_change made;
    if (!call->make) return apply_change(w, &call->changes[i], err);
    ATK_TRY(call->make(call->make_ctx, i, &made, err));
    return apply_change(w, &made, err);
}

/* Allocates the disk blocks for the last-use slots of a large write in one step. */
static int prepare_slots(struct atk_write *w, size_t count, apitoken_error *err) {
    struct atk_last_use *use = &w->store->use;
    uint64_t end = w->state.next_slot + count < use->slots_given ? w->state.next_slot + count
                                                                 : use->slots_given;
    return w->state.next_slot < end ? atk_last_use_prepare(use, end - 1, err) : 0;
}

/*
 * A large write must leave the reserve untouched, too. It copies each page that it changes: at most
 * every page that the trees have now, and at most what its changes can take.
 */
static int check_reserve(struct atk_write *w, size_t count, apitoken_error *err) {
    const struct atk_env *env = w->store->env;
    MDB_stat hot, rows;
    int rc = mdb_stat(w->view.txn, env->hot, &hot);
    if (rc == 0) rc = mdb_stat(w->view.txn, env->rows, &rows);
    if (rc != 0) return atk_fail_mdb(err, rc, "measure the store");
    uint64_t pages = hot.ms_branch_pages + hot.ms_leaf_pages + rows.ms_branch_pages +
                     rows.ms_leaf_pages + rows.ms_overflow_pages;
    uint64_t most = (uint64_t)count * ATK_CHANGE_PAGES, needed = pages < most ? pages : most;
    if (!atk_space_has(&w->space, needed)) return atk_fail(err, APITOKEN_E_FULL, NULL);
    return atk_space_extend(w->store->env, &w->space, needed, err);
}

int atk_write_apply_call(struct atk_write *w, struct atk_write_call *call, apitoken_error *err) {
    const struct atk_state_record before = w->state;
    if (call->make) ATK_TRY(prepare_slots(w, call->count, err));
    for (call->at = 0; call->at < call->count; call->at++) {
        int rc = apply_change_at(w, call, call->at, err);
        if (rc == 0) continue;
        w->state = before;
        return rc;
    }
    if (call->make) ATK_TRY(check_reserve(w, call->count, err));
    call->rc = 0;
    w->calls[w->count++] = call;
    return 0;
}
