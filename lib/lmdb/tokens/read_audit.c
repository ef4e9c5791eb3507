/* SPDX-License-Identifier: MIT */
/* The operation that reads the audit. There is one chain, so a record's position is its number. */
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/form/error.h"
#include "lmdb/tokens/audit.h"
#include "lmdb/tokens/engine.h"

static int visit_record(const struct atk_lmdb *store, struct atk_audit_query *query,
                        const MDB_val *key, const MDB_val *value, apitoken_error *err) {
    struct atk_audit_view view = { .number = query->position };
    apitoken_error detail = APITOKEN_ERROR_INIT;
    int rc = atk_audit_read(store->base.keys, key, value, &view.number, &view.audit, &detail);
    if (rc < 0 && !query->damage) return atk_fail_as(err, &detail);
    query->position = view.number;
    if (rc < 0) {
        if (query->damage->code == 0) (void)atk_fail_as(query->damage, &detail);
        return ATK_VISIT_NEXT;
    }
    if (view.audit.text_len)
        (void)atk_audit_text_parse(view.audit.text, view.audit.text_len, &view.text);
    if (!atk_audit_filter_passes(&query->filter, &view.audit, &view.text)) return ATK_VISIT_NEXT;
    return query->visit(query->ctx, &view, err);
}

static int visit_records(const struct atk_lmdb *store, MDB_cursor *cursor,
                         struct atk_audit_query *query, bool *ret_more, apitoken_error *err) {
    uint8_t begin[ATK_AUDIT_KEY_LEN];
    MDB_val key = { sizeof begin, begin }, value;
    int visited = ATK_VISIT_NEXT;
    *ret_more = false;
    if (query->position == UINT64_MAX) return 0;
    atk_audit_key(ATK_AUDIT_CHAIN, query->position + 1, begin);
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    for (uint32_t seen = 0; rc == 0; seen++) {
        /* the next page begins with this record; if it is damaged, this page says nothing of it */
        *ret_more = visited == ATK_VISIT_STOP || seen == query->limit;
        if (*ret_more) return 0;
        visited = visit_record(store, query, &key, &value, err);
        if (visited < 0) return visited;
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    return rc == MDB_NOTFOUND ? 0 : atk_fail_mdb(err, rc, "read the audit");
}

int atk_lmdb_read_audit(struct atk_backend *backend, struct atk_audit_query *query, bool *ret_more,
                        struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_lmdb *store = atk_lmdb_of(backend);
    struct atk_pool_entry *entry;
    MDB_cursor *cursor;
    ATK_TRY(atk_lmdb_check_path(store, false, err));
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    int rc = mdb_cursor_open(entry->txn, store->env->audit, &cursor);
    if (rc == 0) {
        rc = visit_records(store, cursor, query, ret_more, err);
        mdb_cursor_close(cursor);
    } else {
        rc = atk_fail_mdb(err, rc, "read the audit");
    }
    atk_env_read_end(entry);
    return rc;
}
