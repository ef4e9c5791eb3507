/* SPDX-License-Identifier: MIT */
#include "lmdb/stores/scan.h"

#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/form/error.h"

#define STORE_RECORD '!' /* with it begin the names of the records of the store as a whole */

struct walk {
    const struct atk_env *env;
    MDB_txn *txn;
    const struct atk_keys *keys;
    void *ctx;
};

static int damaged(apitoken_error *err, const char *what) {
    return atk_fail(err, APITOKEN_E_DAMAGED, "%s", what);
}

static int read_hot(const struct walk *w, const MDB_val *key, const MDB_val *value,
                    struct atk_hot *ret, apitoken_error *err) {
    if (key->mv_size != APITOKEN_ID_LEN)
        return damaged(err, "a record stands under a key that is no token id");
    return atk_hot_read(w->keys, key, value, ret, err);
}

/* The row stands under the owner and the sequence that its hot record names. */
static int is_in_place(const MDB_val *key, const struct atk_hot *hot) {
    uint8_t due[ATK_ROW_KEY_MAX];
    size_t len = atk_row_key(hot->owner, hot->owner_len, hot->sequence, due);
    return key->mv_size == len && memcmp(key->mv_data, due, len) == 0;
}

static int read_row(const struct walk *w, const MDB_val *key, const MDB_val *value,
                    struct atk_hot *ret_hot, struct atk_row *ret_row, int *ret_stray,
                    apitoken_error *err) {
    ATK_TRY(atk_row_read(w->keys, key, value, ret_row, err));
    int rc = atk_hot_get(w->env, w->txn, w->keys, ret_row->id, ret_hot, err);
    *ret_stray = rc == APITOKEN_E_NOT_FOUND || (rc == 0 && !is_in_place(key, ret_hot));
    if (*ret_stray) rc = damaged(err, "a row belongs to no token");
    if (rc == 0 && !atk_is_pair(ret_hot, ret_row, ret_row->id))
        rc = damaged(err, "a token and its row do not belong to each other");
    if (rc == 0 && ret_hot->is_revoked != ret_row->is_revoked)
        rc = damaged(
            err,
            "one of a token's two records is revoked and the other is not: revoke it once more");
    if (rc < 0) atk_fail_id(err, ret_row->id);
    return rc;
}

static int visit_hot(const struct walk *w, const MDB_val *key, const MDB_val *value,
                     atk_scan_fn visit, apitoken_error *err) {
    struct atk_hot hot;
    apitoken_error detail = APITOKEN_ERROR_INIT;
    int rc = read_hot(w, key, value, &hot, &detail);
    const struct atk_scan_item item = { key, value, rc, &detail, rc == 0 ? &hot : NULL, NULL, 0 };
    return visit(w->ctx, &item, err);
}

static int visit_row(const struct walk *w, const MDB_val *key, const MDB_val *value,
                     atk_scan_fn visit, apitoken_error *err) {
    struct atk_hot hot;
    struct atk_row row;
    apitoken_error detail = APITOKEN_ERROR_INIT;
    int is_stray = 0, rc = read_row(w, key, value, &hot, &row, &is_stray, &detail);
    const struct atk_scan_item item = {
        key, value, rc, &detail, rc == 0 ? &hot : NULL, rc == 0 ? &row : NULL, is_stray
    };
    return visit(w->ctx, &item, err);
}

static int is_store_record(const MDB_val *key) {
    return key->mv_size > 0 && *(const char *)key->mv_data == STORE_RECORD;
}

static int walk_tree(const struct walk *w, MDB_cursor *cursor, int is_hot, atk_scan_fn visit,
                     apitoken_error *err) {
    MDB_val key, value;
    int rc;
    while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        if (is_hot && is_store_record(&key)) continue;
        ATK_TRY(is_hot ? visit_hot(w, &key, &value, visit, err)
                       : visit_row(w, &key, &value, visit, err));
    }
    return rc == MDB_NOTFOUND ? 0 : atk_fail_mdb(err, rc, "read the store");
}

static int open_and_walk(const struct walk *w, MDB_dbi tree, int is_hot, atk_scan_fn visit,
                         apitoken_error *err) {
    MDB_cursor *cursor;
    if (!visit) return 0;
    int rc = mdb_cursor_open(w->txn, tree, &cursor);
    if (rc != 0) return atk_fail_mdb(err, rc, "read the store");
    rc = walk_tree(w, cursor, is_hot, visit, err);
    mdb_cursor_close(cursor);
    return rc;
}

int atk_scan(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
             atk_scan_fn on_hot, atk_scan_fn on_row, void *ctx, apitoken_error *err) {
    const struct walk walk = { env, txn, keys, ctx };
    ATK_TRY(open_and_walk(&walk, env->hot, 1, on_hot, err));
    return open_and_walk(&walk, env->rows, 0, on_row, err);
}
