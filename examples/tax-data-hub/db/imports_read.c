/* SPDX-License-Identifier: MIT */
#include "db/imports_db_priv.h"

#include <string.h>

int imports_get_row(struct imports_db *db, MDB_txn *txn, uint64_t import, struct import_row *ret) {
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
        rc = imports_get_row(db, txn, import, &row);
        mdb_txn_abort(txn);
    }
    if (rc != MDB_SUCCESS) return imports_result(rc, "get an import");
    if (strcmp(row.owner, owner) != 0) return DB_NOT_FOUND;
    *ret = row;
    return DB_OK;
}

/* A walk over the imports of one owner. */
struct walk {
    struct imports_db *db;
    MDB_txn *txn;
    struct imports_owner_key from;
    MDB_val key; /* points into `from`, then into the table */
};

static bool is_of_owner(const struct walk *walk) {
    return walk->key.mv_size == walk->from.prefix_len + sizeof(uint64_t) &&
           memcmp(walk->key.mv_data, walk->from.bytes, walk->from.prefix_len) == 0;
}

/* Stops at the limit, at another owner, or at the end of the table. */
static int fill_page(struct walk *walk, MDB_cursor *cursor, struct import_page *page) {
    MDB_val value;
    uint64_t be;
    int rc = mdb_cursor_get(cursor, &walk->key, &value, MDB_SET_RANGE);
    for (; rc == MDB_SUCCESS; rc = mdb_cursor_get(cursor, &walk->key, &value, MDB_NEXT)) {
        if (!is_of_owner(walk)) return MDB_SUCCESS;
        page->has_more = page->count == page->limit;
        if (page->has_more) return MDB_SUCCESS;
        memcpy(&be, (const char *)walk->key.mv_data + walk->from.prefix_len, sizeof be);
        rc = imports_get_row(walk->db, walk->txn, be64toh(be), &page->rows[page->count]);
        if (rc != MDB_SUCCESS) return rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
        page->count++;
    }
    return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

enum db_result imports_db_list(struct imports_db *db, const char *owner, uint64_t after,
                               struct import_page *page) {
    struct walk walk = { .db = db };
    MDB_cursor *cursor = NULL;
    walk.key = imports_owner_key(&walk.from, owner, after + 1);
    page->count = 0;
    page->has_more = false;
    int rc = imports_begin_read(db, &walk.txn);
    if (rc != MDB_SUCCESS) return imports_result(rc, "list the imports of an owner");
    rc = mdb_cursor_open(walk.txn, db->owners, &cursor);
    if (rc == MDB_SUCCESS) {
        rc = fill_page(&walk, cursor, page);
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(walk.txn);
    return imports_result(rc, "list the imports of an owner");
}

enum db_result imports_db_read(struct imports_db *db, uint64_t import, uint64_t offset, void *bytes,
                               size_t cap, size_t *ret_length) {
    struct imports_piece_key at = imports_piece_key(import, offset / IMPORTS_PIECE);
    MDB_val key = { sizeof at, &at };
    MDB_val value;
    MDB_txn *txn = NULL;
    size_t skip = (size_t)(offset % IMPORTS_PIECE);
    /* One transaction per piece: a slow client must not keep LMDB from reusing freed pages. */
    int rc = imports_begin_read(db, &txn);
    if (rc != MDB_SUCCESS) return imports_result(rc, "read a piece");
    *ret_length = 0;
    rc = mdb_get(txn, db->pieces, &key, &value);
    if (rc == MDB_SUCCESS && value.mv_size > skip) {
        *ret_length = value.mv_size - skip < cap ? value.mv_size - skip : cap;
        memcpy(bytes, (const char *)value.mv_data + skip, *ret_length);
        if (offset >= IMPORTS_RESIDENT)
            file_map_release(&db->map, value.mv_data, value.mv_size, value.mv_size < IMPORTS_PIECE);
    }
    mdb_txn_abort(txn);
    return rc == MDB_NOTFOUND ? DB_OK : imports_result(rc, "read a piece");
}
