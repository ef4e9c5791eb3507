/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/facts.h"

#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/form/error.h"
#include "outside/token_uses.h"
#include "rules/token_state.h"

int atk_facts_read_policy(struct atk_write *w, apitoken_error *err) {
    if (w->has_policy) return 0;
    ATK_TRY(atk_policy_get(&w->view, &w->policy, err));
    w->has_policy = true;
    return 0;
}

static int read_owner(const struct atk_write *w, const struct atk_hot *hot,
                      struct atk_edit_facts *ret, apitoken_error *err) {
    struct atk_owner_record owner = { .revision = 0 };
    int rc = atk_owner_get(&w->view, hot->owner, hot->owner_len, &owner, err);
    if (rc == APITOKEN_E_NOT_FOUND) return 0;
    ret->owner_error = rc;
    ATK_TRY(rc);
    ret->is_owner_blocked = (owner.flags & ATK_OWNER_BLOCKED) != 0;
    ret->is_owner_unblocking = (owner.flags & ATK_OWNER_UNBLOCKING) != 0;
    ret->owner_revision = owner.revision;
    return 0;
}

/* ---- how many live tokens the owner has ------------------------------------------------------ */

/* Counts the rows that begin with the owner, but not that of `id`. */
static int count_rows(const struct atk_write *w, MDB_cursor *cursor, const struct atk_hot *hot,
                      const struct atk_change *change, uint64_t *ret_live, apitoken_error *err) {
    static const char lowest[APITOKEN_ID_LEN] = { 0 };
    uint8_t begin[ATK_ROW_KEY_MAX];
    const size_t len = atk_row_key(hot->owner, hot->owner_len, lowest, begin) - APITOKEN_ID_LEN;
    MDB_val key = { len, begin }, value;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    for (; rc == 0; rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        struct atk_row_view row;
        if (key.mv_size != len + APITOKEN_ID_LEN || memcmp(key.mv_data, begin, len) != 0) return 0;
        ATK_TRY(atk_row_read_view(w->view.keys, &key, &value, &row, err));
        *ret_live += atk_token_is_live(row.flags, row.end_ms, change->now_ms) &&
                     memcmp(row.id, change->id, APITOKEN_ID_LEN) != 0;
    }
    return rc == MDB_NOTFOUND ? 0 : atk_fail_mdb(err, rc, "count the tokens of an owner");
}

/* Counted anew for each change: only the tokens themselves say which of them are live by now. */
static int count_live(struct atk_write *w, const struct atk_hot *hot,
                      const struct atk_change *change, uint64_t *ret_live, apitoken_error *err) {
    MDB_cursor *cursor;
    int rc = mdb_cursor_open(w->view.txn, w->store->env->rows, &cursor);
    if (rc != 0) return atk_fail_mdb(err, rc, "count the tokens of an owner");
    *ret_live = 0;
    rc = count_rows(w, cursor, hot, change, ret_live, err);
    mdb_cursor_close(cursor);
    return rc;
}

/* ---- all of them ----------------------------------------------------------------------------- */

int atk_facts_read(struct atk_write *w, const struct atk_change *change, const struct atk_hot *hot,
                   const struct atk_row *row, struct atk_edit_facts *ret, apitoken_error *err) {
    const bool is_denial = change->room != ATK_ROOM_ORDINARY;
    const struct atk_row_view view = atk_row_view_of(row);
    *ret = (struct atk_edit_facts){ .policy = NULL };
    if (change->kind == ATK_CHANGE_EDIT)
        ret->last_used_ms = atk_token_uses_read(&w->store->base, &view).last_ms;
    int rc = atk_facts_read_policy(w, is_denial ? NULL : err);
    if (rc == 0) ret->policy = &w->policy.policy;
    if (rc < 0 && !is_denial) return rc;
    rc = read_owner(w, hot, ret, is_denial ? NULL : err);
    if (is_denial) return 0;
    ATK_TRY(rc);
    if (ret->policy->max_live != ATK_ANY_NUMBER)
        ATK_TRY(count_live(w, hot, change, &ret->live, err));
    return 0;
}
