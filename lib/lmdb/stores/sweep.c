/* SPDX-License-Identifier: MIT */
#include "lmdb/stores/sweep.h"

#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/form/error.h"

static int seek(const struct atk_sweep *sweep, MDB_cursor *cursor, MDB_val *key, MDB_val *value) {
    *key = (MDB_val){ sweep->at_len, (void *)(uintptr_t)sweep->at };
    if (sweep->at_len == 0) return mdb_cursor_get(cursor, key, value, MDB_FIRST);
    int rc = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
    if (rc == 0 && key->mv_size == sweep->at_len &&
        memcmp(key->mv_data, sweep->at, sweep->at_len) == 0)
        rc = mdb_cursor_get(cursor, key, value, MDB_NEXT);
    return rc;
}

/* A longer key than any record has is damage, which the structure check finds. */
static int note_place(struct atk_sweep *sweep, const MDB_val *key, apitoken_error *err) {
    if (key->mv_size == 0 || key->mv_size > sizeof sweep->at)
        return atk_fail(err, APITOKEN_E_DAMAGED, "the store is damaged: a key of a wrong length");
    sweep->at_len = key->mv_size;
    memcpy(sweep->at, key->mv_data, key->mv_size);
    return 0;
}

static int visit_records(struct atk_sweep *sweep, const struct atk_view *view, MDB_cursor *cursor,
                         atk_sweep_fn visit, void *ctx, apitoken_error *err) {
    MDB_val key, value;
    int visited = ATK_VISIT_NEXT, rc = seek(sweep, cursor, &key, &value);
    for (int seen = 0; rc == 0 && seen < ATK_SWEEP_STEP && visited == ATK_VISIT_NEXT; seen++) {
        ATK_TRY(note_place(sweep, &key, err));
        visited = visit(ctx, view, &key, &value, err);
        ATK_TRY(visited);
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    sweep->is_over = rc == MDB_NOTFOUND;
    return rc == 0 || sweep->is_over ? 0 : atk_fail_mdb(err, rc, "read the store");
}

int atk_sweep_on(struct atk_sweep *sweep, atk_sweep_fn visit, void *ctx, apitoken_error *err) {
    struct atk_deadline deadline = atk_deadline_in(sweep->timeout_ms);
    struct atk_pool_entry *entry;
    MDB_cursor *cursor;
    ATK_TRY(atk_lmdb_check_path(sweep->store, false, err));
    ATK_TRY(atk_env_read_begin(sweep->store->env, &deadline, &entry, err));
    const struct atk_view view = atk_lmdb_view(sweep->store, entry->txn);
    int rc = mdb_cursor_open(entry->txn, sweep->tree, &cursor);
    if (rc == 0) {
        rc = visit_records(sweep, &view, cursor, visit, ctx, err);
        mdb_cursor_close(cursor);
    } else {
        rc = atk_fail_mdb(err, rc, "read the store");
    }
    atk_env_read_end(entry);
    return rc;
}

int atk_sweep_all(struct atk_sweep *sweep, atk_sweep_fn visit, void *ctx, apitoken_error *err) {
    while (!sweep->is_over) ATK_TRY(atk_sweep_on(sweep, visit, ctx, err));
    return 0;
}
