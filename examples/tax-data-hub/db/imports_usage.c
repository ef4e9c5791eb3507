/* SPDX-License-Identifier: MIT */
#include "db/imports_usage.h"

#include <string.h>

#include "db/imports_db_priv.h"

_Static_assert(sizeof(struct imports_usage) == 8 + 8,
               "imports_usage is stored: to change it, add a new table");

void imports_db_set_quota(struct imports_db *db, const struct imports_usage *quota) {
    db->quota = *quota;
}

static MDB_val owner_key(const char *owner) {
    return (MDB_val){ strlen(owner), (void *)(uintptr_t)owner };
}

/* An owner without a row has no imports. */
static int get_usage(struct imports_db *db, MDB_txn *txn, const char *owner,
                     struct imports_usage *ret) {
    MDB_val key = owner_key(owner);
    MDB_val value;
    int rc = mdb_get(txn, db->usage, &key, &value);
    *ret = (struct imports_usage){ 0, 0 };
    if (rc == MDB_NOTFOUND) return MDB_SUCCESS;
    if (rc == MDB_SUCCESS && value.mv_size != sizeof *ret) rc = MDB_CORRUPTED;
    if (rc == MDB_SUCCESS) memcpy(ret, value.mv_data, sizeof *ret);
    return rc;
}

static int put_usage(struct imports_db *db, MDB_txn *txn, const char *owner,
                     struct imports_usage *usage) {
    MDB_val key = owner_key(owner);
    MDB_val value = { sizeof *usage, usage };
    if (usage->imports > 0) return mdb_put(txn, db->usage, &key, &value, 0);
    int rc = mdb_del(txn, db->usage, &key, NULL);
    return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

static uint64_t left(uint64_t quota, uint64_t used) { return quota > used ? quota - used : 0; }

static struct imports_usage room_of(const struct imports_db *db,
                                    const struct imports_usage *usage) {
    return (struct imports_usage){ left(db->quota.bytes, usage->bytes),
                                   left(db->quota.imports, usage->imports) };
}

int imports_add_usage(struct imports_db *db, MDB_txn *txn, const struct import_row *row) {
    struct imports_usage usage;
    int rc = get_usage(db, txn, row->owner, &usage);
    if (rc != MDB_SUCCESS) return rc;
    struct imports_usage room = room_of(db, &usage);
    if (room.imports == 0 || room.bytes < row->bytes) return MDB_MAP_FULL;
    usage.imports++;
    usage.bytes += row->bytes;
    return put_usage(db, txn, row->owner, &usage);
}

/* Where an earlier version of the hub has imported since, not everything was counted. */
int imports_remove_usage(struct imports_db *db, MDB_txn *txn, const struct import_row *row) {
    struct imports_usage usage;
    int rc = get_usage(db, txn, row->owner, &usage);
    if (rc != MDB_SUCCESS) return rc;
    usage.imports = left(usage.imports, 1);
    usage.bytes = left(usage.bytes, row->bytes);
    return put_usage(db, txn, row->owner, &usage);
}

enum db_result imports_db_room(struct imports_db *db, const char *owner,
                               struct imports_usage *ret_room) {
    struct imports_usage usage;
    MDB_txn *txn = NULL;
    int rc = imports_begin_read(db, &txn);
    if (rc == MDB_SUCCESS) {
        rc = get_usage(db, txn, owner, &usage);
        mdb_txn_abort(txn);
    }
    if (rc == MDB_SUCCESS) *ret_room = room_of(db, &usage);
    return imports_result(rc, "read how much an owner has");
}

/* ---- databases of earlier versions ----------------------------------------------------------- */

static int count_rows(struct imports_db *db, MDB_txn *txn, MDB_cursor *cursor) {
    struct import_row row;
    MDB_val key, value;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    for (; rc == MDB_SUCCESS; rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        if (value.mv_size != sizeof row) return MDB_CORRUPTED;
        memcpy(&row, value.mv_data, sizeof row);
        rc = imports_add_usage(db, txn, &row);
        if (rc != MDB_SUCCESS) return rc;
    }
    return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

int imports_count_usage(struct imports_db *db, MDB_txn *txn) {
    static const char name[] = "usage";
    MDB_val mark = { sizeof name - 1, (void *)(uintptr_t)name };
    MDB_val value = { 0, NULL };
    MDB_cursor *cursor = NULL;
    int rc = mdb_get(txn, db->meta, &mark, &value);
    if (rc != MDB_NOTFOUND) return rc;
    rc = mdb_cursor_open(txn, db->imports, &cursor);
    if (rc != MDB_SUCCESS) return rc;
    rc = count_rows(db, txn, cursor);
    mdb_cursor_close(cursor);
    value = (MDB_val){ 0, NULL };
    return rc == MDB_SUCCESS ? mdb_put(txn, db->meta, &mark, &value, 0) : rc;
}
