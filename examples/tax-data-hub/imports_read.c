/* SPDX-License-Identifier: MIT */
/*
 */
#include "imports_priv.h"

#include <string.h>

static int get_row(struct imports_db *db, MDB_txn *txn, uint64_t import, struct import_row *ret) {
    uint64_t be = htobe64(import);
    MDB_val key = { sizeof be, &be };
    MDB_val value;

    int rc = mdb_get(txn, db->imports, &key, &value);
    if (rc == MDB_SUCCESS && value.mv_size != sizeof *ret) rc = MDB_CORRUPTED;
    if (rc == MDB_SUCCESS) memcpy(ret, value.mv_data, sizeof *ret);
    return rc;
}

enum db_result imports_db_get(struct imports_db *db, const char *owner, uint64_t import,
                              struct import_row *ret) {
    struct import_row row;
    MDB_txn *txn = NULL;

    int rc = imports_begin_read(db, &txn);
    if (rc == MDB_SUCCESS) {
        rc = get_row(db, txn, import, &row);
        imports_end_read(db, txn);
    }
    if (rc != MDB_SUCCESS) return imports_result(rc, "get");
    if (strcmp(row.owner, owner) != 0) return DB_NOT_FOUND;
    *ret = row;
    return DB_OK;
}

/* Collects until the limit, the end of the table or another owner. */
static int collect(struct imports_db *db, MDB_txn *txn, MDB_cursor *cursor,
                   const struct imports_owner_key *from, MDB_val key, size_t limit,
                   struct import_row *rows, size_t *count, bool *more) {
    MDB_val value;
    uint64_t be;

    int rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    for (; rc == MDB_SUCCESS; rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        if (key.mv_size != from->prefix + sizeof be ||
            memcmp(key.mv_data, from->bytes, from->prefix) != 0)
            return MDB_SUCCESS;
        *more = *count == limit;
        if (*more) return MDB_SUCCESS;
        memcpy(&be, (const char *)key.mv_data + from->prefix, sizeof be);
        rc = get_row(db, txn, be64toh(be), &rows[*count]);
        if (rc != MDB_SUCCESS) return rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
        ++*count;
    }
    return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

enum db_result imports_db_list(struct imports_db *db, const char *owner, uint64_t after,
                               size_t limit, struct import_row *ret_rows, size_t *ret_count,
                               bool *ret_more) {
    struct imports_owner_key from;
    MDB_val key = imports_owner_key(&from, owner, after + 1);
    MDB_txn *txn = NULL;
    MDB_cursor *cursor = NULL;
    size_t count = 0;
    bool more = false;

    int rc = imports_begin_read(db, &txn);
    if (rc != MDB_SUCCESS) return imports_result(rc, "list");
    rc = mdb_cursor_open(txn, db->owners, &cursor);
    if (rc == MDB_SUCCESS) {
        rc = collect(db, txn, cursor, &from, key, limit, ret_rows, &count, &more);
        mdb_cursor_close(cursor);
    }
    imports_end_read(db, txn);
    *ret_count = count;
    *ret_more = more;
    return imports_result(rc, "list");
}

enum db_result imports_db_read(struct imports_db *db, uint64_t import, uint64_t offset, void *bytes,
                               size_t cap, size_t *ret_length) {
    struct imports_piece_key at = imports_piece_key(import, offset / IMPORTS_PIECE);
    MDB_val key = { sizeof at, &at };
    MDB_val value;
    MDB_txn *txn = NULL;
    size_t skip = (size_t)(offset % IMPORTS_PIECE);

    /* A transaction for each piece: a slow reader must not keep old pages from being used again. */
    int rc = imports_begin_read(db, &txn);
    if (rc != MDB_SUCCESS) return imports_result(rc, "read");
    *ret_length = 0;
    rc = mdb_get(txn, db->pieces, &key, &value);
    if (rc == MDB_SUCCESS && value.mv_size > skip) {
        *ret_length = value.mv_size - skip < cap ? value.mv_size - skip : cap;
        memcpy(bytes, (const char *)value.mv_data + skip, *ret_length);
    }
    imports_end_read(db, txn);
    return rc == MDB_NOTFOUND ? DB_OK : imports_result(rc, "read");
}
