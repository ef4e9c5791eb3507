/* SPDX-License-Identifier: MIT */
/* Tagging the records of a tree under another key, by their envelope alone. */
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/form/error.h"
#include "lmdb/stores/retire.h"
#include "lmdb/tokens/write.h"
#include "outside/record_tag.h"

#define STEP_RECORDS 128
#define STEP_BYTES (64 * 1024) /* and as many records as fit: what a step may write is limited */

struct retag {
    struct atk_retire_work *work;
    struct atk_sweep sweep; /* its place: the first record of the next step */
    bool is_found;          /* there is one */
    size_t last_len;        /* the last record that the step looked at */
    uint8_t last[ATK_ROW_KEY_MAX];
    uint64_t moved;
    bool has_moved_first;
};

/* In the main tree only free slots: a token is not moved without its row. */
static bool is_to_move(const struct retag *retag, const MDB_val *key, const MDB_val *value) {
    if (retag->sweep.tree == retag->work->store->env->hot && !atk_name_is_slots(key)) return false;
    return atk_record_key_id(value->mv_data, value->mv_size) == retag->work->retire->key_id;
}

/* An atk_sweep_fn. */
static int find_record(void *ctx, const struct atk_view *view, const MDB_val *key,
                       const MDB_val *value, apitoken_error *err) {
    struct retag *retag = ctx;
    (void)view, (void)err;
    retag->is_found = is_to_move(retag, key, value);
    return retag->is_found ? ATK_VISIT_STOP : ATK_VISIT_NEXT;
}

static int move_record(struct retag *retag, const struct atk_write *w, MDB_cursor *cursor,
                       MDB_val key, const MDB_val *value, apitoken_error *err) {
    uint8_t record[ATK_KEYS_RECORD_MAX];
    apitoken_error detail = APITOKEN_ERROR_INIT;
    int rc = APITOKEN_E_DAMAGED;
    if (value->mv_size <= sizeof record) {
        memcpy(record, value->mv_data, value->mv_size);
        rc = atk_record_tag_move(w->view.keys, key.mv_data, key.mv_size, record, value->mv_size,
                                 w->view.keys->active);
    }
    if (rc < 0) {
        (void)atk_fail(&detail, rc, "a record that names key %lu is damaged",
                       (unsigned long)retag->work->retire->key_id);
        atk_retire_note_damage(retag->work, &detail, &key);
        return 0;
    }
    MDB_val moved = { value->mv_size, record };
    rc = mdb_cursor_put(cursor, &key, &moved, MDB_CURRENT);
    if (rc != 0) return atk_fail_mdb(err, rc, "write to the store");
    retag->has_moved_first |= retag->moved == 0 && retag->last_len == 0;
    retag->moved++;
    return 0;
}

static int move_records(struct retag *retag, const struct atk_write *w, MDB_cursor *cursor,
                        apitoken_error *err) {
    MDB_val key = { retag->sweep.at_len, retag->sweep.at }, value;
    size_t bytes = 0;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    for (int i = 0; rc == 0 && i < STEP_RECORDS && bytes < STEP_BYTES; i++) {
        uint8_t at[ATK_ROW_KEY_MAX];
        if (key.mv_size > sizeof at) return atk_fail(err, APITOKEN_E_DAMAGED, NULL);
        memcpy(at, key.mv_data, key.mv_size);
        const MDB_val copy = { key.mv_size, at };
        bytes += value.mv_size;
        if (is_to_move(retag, &copy, &value))
            ATK_TRY(move_record(retag, w, cursor, copy, &value, err));
        retag->last_len = copy.mv_size;
        memcpy(retag->last, at, copy.mv_size);
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    return rc == 0 || rc == MDB_NOTFOUND ? 0 : atk_fail_mdb(err, rc, "read the store");
}

/* Of a struct atk_write_step. */
static int apply(struct atk_write *w, void *ctx, apitoken_error *err) {
    struct retag *retag = ctx;
    MDB_cursor *cursor;
    retag->last_len = 0;
    retag->moved = 0;
    retag->has_moved_first = false;
    int rc = mdb_cursor_open(w->view.txn, retag->sweep.tree, &cursor);
    if (rc != 0) return atk_fail_mdb(err, rc, "write to the store");
    rc = move_records(retag, w, cursor, err);
    mdb_cursor_close(cursor);
    if (rc < 0) return rc;
    return retag->moved > 0 ? ATK_EDIT_CHANGED : ATK_EDIT_UNCHANGED;
}

/* All records of a step are stored or none is. One that is no more there was trimmed meanwhile. */
static int look_up(const struct atk_view *view, void *ctx, bool *ret_stored) {
    const struct retag *retag = ctx;
    MDB_val key = { retag->sweep.at_len, (void *)(uintptr_t)retag->sweep.at }, value;
    *ret_stored = true;
    if (!retag->has_moved_first) return 0;
    int rc = mdb_get(view->txn, retag->sweep.tree, &key, &value);
    if (rc != 0) return rc == MDB_NOTFOUND ? 0 : atk_fail_mdb(NULL, rc, "read the store");
    *ret_stored = atk_record_key_id(value.mv_data, value.mv_size) != retag->work->retire->key_id;
    return 0;
}

static int take_step(struct retag *retag, apitoken_error *err) {
    const struct atk_store_act act = atk_retire_act(retag->work->retire);
    const struct atk_write_step step = {
        .space = ATK_SPACE_ALL, .apply = apply, .look_up = look_up, .ctx = retag, .act = &act
    };
    struct atk_deadline deadline = atk_deadline_in(retag->sweep.timeout_ms);
    ATK_TRY(atk_lmdb_write_step(retag->work->store, &step, &deadline, err));
    retag->work->retire->result.records += retag->moved;
    if (retag->last_len == 0) return 0; /* it was removed meanwhile, and was the last one */
    retag->sweep.at_len = retag->last_len;
    memcpy(retag->sweep.at, retag->last, retag->last_len);
    return 0;
}

int atk_retire_retag(struct atk_retire_work *work, MDB_dbi tree, apitoken_error *err) {
    struct retag retag = { .work = work, .sweep = atk_retire_sweep(work, tree) };
    while (!retag.sweep.is_over) {
        retag.is_found = false;
        ATK_TRY(atk_sweep_on(&retag.sweep, find_record, &retag, err));
        if (!retag.is_found) continue;
        retag.sweep.is_over = false;
        ATK_TRY(take_step(&retag, err));
    }
    return 0;
}
