/* SPDX-License-Identifier: MIT */
/* Finds the tokens of an owner that have no row, which no list of the owner's rows shows. */
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/form/error.h"
#include "lmdb/tokens/engine.h"
#include "lmdb/tokens/records.h"

/* Records of the store as a whole and its trees; they sort before every id. */
static int count_names(MDB_cursor *cursor, size_t *ret_names) {
    MDB_val key, value;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    *ret_names = 0;
    for (; rc == 0; rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        if (*(const char *)key.mv_data != ATK_NAME_MARK) return 0;
        ++*ret_names;
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* Whether the store has more tokens than rows, or fewer. Both numbers are LMDB's own. */
static int compare_counts(const struct atk_view *view, MDB_cursor *cursor, bool *ret_differ) {
    size_t names;
    MDB_stat hots, rows;
    int rc = count_names(cursor, &names);
    if (rc == 0) rc = mdb_stat(view->txn, view->env->hot, &hots);
    if (rc == 0) rc = mdb_stat(view->txn, view->env->rows, &rows);
    *ret_differ = rc == 0 && hots.ms_entries - names != rows.ms_entries;
    return rc;
}

/* Whether it is the hot record of a token of this owner. Its tag is not verified here. */
static bool is_of_owner(const struct atk_rowless_query *query, const MDB_val *key,
                        const MDB_val *value) {
    struct atk_hot_view hot;
    return key->mv_size == APITOKEN_ID_LEN &&
           atk_hot_parse_view(value->mv_data, value->mv_size, &hot) == 0 &&
           hot.owner_len == query->owner_len &&
           memcmp(hot.owner, query->owner, query->owner_len) == 0;
}

static int find_row(const struct atk_view *view, const struct atk_rowless_query *query,
                    const char *id) {
    uint8_t bytes[ATK_ROW_KEY_MAX];
    MDB_val key = { atk_row_key(query->owner, query->owner_len, id, bytes), bytes }, value;
    return mdb_get(view->txn, view->env->rows, &key, &value);
}

static int seek_first(const struct atk_rowless_query *query, MDB_cursor *cursor, MDB_val *key,
                      MDB_val *value) {
    static const char lowest[APITOKEN_ID_LEN] = { '0' };
    *key = (MDB_val){ APITOKEN_ID_LEN, (void *)(uintptr_t)(query->after ? query->after : lowest) };
    int rc = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
    if (rc == 0 && query->after && key->mv_size == APITOKEN_ID_LEN &&
        memcmp(key->mv_data, query->after, APITOKEN_ID_LEN) == 0)
        rc = mdb_cursor_get(cursor, key, value, MDB_NEXT);
    return rc;
}

static int visit_tokens(const struct atk_view *view, const struct atk_rowless_query *query,
                        MDB_cursor *cursor) {
    MDB_val key, value;
    int rc = seek_first(query, cursor, &key, &value);
    for (; rc == 0; rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        if (!is_of_owner(query, &key, &value)) continue;
        rc = find_row(view, query, key.mv_data);
        if (rc == MDB_NOTFOUND && query->visit(query->ctx, key.mv_data) == ATK_VISIT_STOP) return 0;
        if (rc != 0 && rc != MDB_NOTFOUND) return rc;
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int list_in(const struct atk_view *view, const struct atk_rowless_query *query) {
    MDB_cursor *cursor;
    bool do_differ;
    int rc = mdb_cursor_open(view->txn, view->env->hot, &cursor);
    if (rc != 0) return rc;
    rc = compare_counts(view, cursor, &do_differ);
    if (rc == 0 && do_differ) rc = visit_tokens(view, query, cursor);
    mdb_cursor_close(cursor);
    return rc;
}

int atk_lmdb_list_rowless(struct atk_backend *backend, const struct atk_rowless_query *query,
                          struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_lmdb *store = atk_lmdb_of(backend);
    struct atk_pool_entry *entry;
    ATK_TRY(atk_lmdb_check_path(store, false, err));
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    const struct atk_view view = atk_lmdb_view(store, entry->txn);
    int rc = list_in(&view, query);
    atk_env_read_end(entry);
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "look for tokens without rows");
}
