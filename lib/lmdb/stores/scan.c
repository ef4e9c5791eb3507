/* SPDX-License-Identifier: MIT */
#include "lmdb/stores/scan.h"

#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/form/error.h"
#include "lmdb/tokens/space.h"

struct scan {
    const struct atk_view *view;
    void *ctx;
    uint64_t seen;
};

/* A scan must not keep the pages that writers need. */
static int check_writers(const struct scan *scan, apitoken_error *err) {
    struct atk_env *env = (struct atk_env *)(uintptr_t)scan->view->env;
    if (scan->seen % ATK_SCAN_STEP != 0) return 0;
    if (!atk_space_is_in_the_way(env, scan->view)) return 0;
    return atk_fail(err, APITOKEN_E_FULL,
                    "writers need the space that this reading of the store kept from them: grow "
                    "the store, or try again when fewer changes are made");
}

static int fail_damaged(apitoken_error *err, const char *what) {
    return atk_fail(err, APITOKEN_E_DAMAGED, "%s", what);
}

static int read_hot(const struct atk_view *view, const MDB_val *key, const MDB_val *value,
                    struct atk_hot *ret, apitoken_error *err) {
    if (key->mv_size != APITOKEN_ID_LEN)
        return fail_damaged(err, "a record has a key that is not a token id");
    return atk_hot_read(view->keys, key, value, ret, err);
}

/* The row is stored under the owner that its hot record says. */
static bool is_in_place(const MDB_val *key, const char *id, const struct atk_hot *hot) {
    uint8_t expected[ATK_ROW_KEY_MAX];
    size_t len = atk_row_key(hot->owner, hot->owner_len, id, expected);
    return key->mv_size == len && memcmp(key->mv_data, expected, len) == 0;
}

/* Finds a row's hot record and compares the two. */
static int match_hot(const struct atk_view *view, const MDB_val *key, const struct atk_row *row,
                     struct atk_hot *ret_hot, bool *ret_stray, apitoken_error *err) {
    int rc = atk_hot_get(view, row->id, ret_hot, err);
    *ret_stray = rc == APITOKEN_E_NOT_FOUND || (rc == 0 && !is_in_place(key, row->id, ret_hot));
    if (*ret_stray) return fail_damaged(err, "a row belongs to no token");
    ATK_TRY(rc);
    return atk_records_check_pair(ret_hot, row, err);
}

static int visit_hot(const struct scan *scan, const MDB_val *key, const MDB_val *value,
                     atk_scan_fn visit, apitoken_error *err) {
    struct atk_hot hot;
    apitoken_error detail = APITOKEN_ERROR_INIT;
    int rc = read_hot(scan->view, key, value, &hot, &detail);
    const struct atk_scan_item item = {
        .key = key, .value = value, .rc = rc, .detail = &detail, .hot = rc == 0 ? &hot : NULL
    };
    return visit(scan->ctx, &item, err);
}

static int visit_row(const struct scan *scan, const MDB_val *key, const MDB_val *value,
                     atk_scan_fn visit, apitoken_error *err) {
    struct atk_hot hot;
    struct atk_row row;
    apitoken_error detail = APITOKEN_ERROR_INIT;
    bool is_stray = false;
    int rc = atk_row_read(scan->view->keys, key, value, &row, &detail);
    if (rc == 0) {
        rc = match_hot(scan->view, key, &row, &hot, &is_stray, &detail);
        if (rc < 0) atk_fail_add_id(&detail, row.id);
    }
    const struct atk_scan_item item = { .key = key,
                                        .value = value,
                                        .rc = rc,
                                        .detail = &detail,
                                        .hot = rc == 0 ? &hot : NULL,
                                        .row = rc == 0 ? &row : NULL,
                                        .is_stray = is_stray };
    return visit(scan->ctx, &item, err);
}

static bool is_store_record(const MDB_val *key) {
    return key->mv_size > 0 && *(const char *)key->mv_data == ATK_NAME_MARK;
}

static int scan_cursor(struct scan *scan, MDB_cursor *cursor, bool is_hot, atk_scan_fn visit,
                       apitoken_error *err) {
    MDB_val key, value;
    int rc;
    while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        if (is_hot && is_store_record(&key)) continue;
        scan->seen++;
        ATK_TRY(check_writers(scan, err));
        ATK_TRY(is_hot ? visit_hot(scan, &key, &value, visit, err)
                       : visit_row(scan, &key, &value, visit, err));
    }
    return rc == MDB_NOTFOUND ? 0 : atk_fail_mdb(err, rc, "read the store");
}

static int scan_tree(struct scan *scan, bool is_hot, atk_scan_fn visit, apitoken_error *err) {
    const struct atk_env *env = scan->view->env;
    MDB_cursor *cursor;
    if (!visit) return 0;
    int rc = mdb_cursor_open(scan->view->txn, is_hot ? env->hot : env->rows, &cursor);
    if (rc != 0) return atk_fail_mdb(err, rc, "read the store");
    rc = scan_cursor(scan, cursor, is_hot, visit, err);
    mdb_cursor_close(cursor);
    return rc;
}

int atk_scan(const struct atk_view *view, atk_scan_fn on_hot, atk_scan_fn on_row, void *ctx,
             apitoken_error *err) {
    struct scan scan = { view, ctx, 0 };
    ATK_TRY(scan_tree(&scan, true, on_hot, err));
    return scan_tree(&scan, false, on_row, err);
}

static int scan_records(struct scan *scan, MDB_cursor *cursor, atk_scan_record_fn visit,
                        apitoken_error *err) {
    MDB_val key, value;
    int rc;
    while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        scan->seen++;
        ATK_TRY(check_writers(scan, err));
        ATK_TRY(visit(scan->ctx, &key, &value, err));
    }
    return rc == MDB_NOTFOUND ? 0 : atk_fail_mdb(err, rc, "read the store");
}

int atk_scan_records(const struct atk_view *view, MDB_dbi tree, atk_scan_record_fn visit, void *ctx,
                     apitoken_error *err) {
    struct scan scan = { view, ctx, 0 };
    MDB_cursor *cursor;
    int rc = mdb_cursor_open(view->txn, tree, &cursor);
    if (rc != 0) return atk_fail_mdb(err, rc, "read the store");
    rc = scan_records(&scan, cursor, visit, err);
    mdb_cursor_close(cursor);
    return rc;
}
