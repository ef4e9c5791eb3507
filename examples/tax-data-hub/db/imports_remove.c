/* SPDX-License-Identifier: MIT */
#include "db/imports_db_priv.h"

#include <string.h>

#include "http_log.h"

/* The first piece that is left of an import; MDB_NOTFOUND if there is none. */
static int first_piece(struct imports_db *db, MDB_txn *txn, uint64_t import, uint64_t *ret_piece) {
    struct imports_piece_key from = imports_piece_key(import, 0);
    MDB_val key = { sizeof from, &from };
    MDB_val value;
    MDB_cursor *cursor = NULL;
    int rc = mdb_cursor_open(txn, db->pieces, &cursor);
    if (rc != MDB_SUCCESS) return rc;
    rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    if (rc == MDB_SUCCESS) memcpy(&from, key.mv_data, sizeof from);
    mdb_cursor_close(cursor);
    if (rc == MDB_SUCCESS && be64toh(from.import) != import) rc = MDB_NOTFOUND;
    if (rc == MDB_SUCCESS) *ret_piece = be64toh(from.piece);
    return rc;
}

/* LMDB reads the first page of a piece that it removes, and with it come the others. */
static int remove_piece(struct imports_db *db, MDB_txn *txn, uint64_t import, uint64_t piece) {
    struct imports_piece_key at = imports_piece_key(import, piece);
    MDB_val key = { sizeof at, &at };
    MDB_val value;
    int rc = mdb_get(txn, db->pieces, &key, &value);
    if (rc == MDB_SUCCESS) rc = mdb_del(txn, db->pieces, &key, NULL);
    if (rc == MDB_SUCCESS && piece * IMPORTS_PIECE >= IMPORTS_RESIDENT)
        file_map_release(&db->map, value.mv_data, value.mv_size, true);
    return rc;
}

/*
 * Removes a bounded number of pieces, and after the last one the entry in `begun`. An import
 * without that entry was published, even if its commit reported an error, and stays.
 */
static int remove_pieces(struct imports_db *db, MDB_txn *txn, uint64_t import, bool *ret_done) {
    uint64_t piece = 0;
    uint64_t be = htobe64(import);
    MDB_val begun_key = { sizeof be, &be };
    MDB_val value;
    int rc = mdb_get(txn, db->begun, &begun_key, &value);
    if (rc == MDB_SUCCESS) rc = first_piece(db, txn, import, &piece);
    for (int i = 0; rc == MDB_SUCCESS && i < IMPORTS_PIECES_PER_TXN; i++, piece++)
        rc = remove_piece(db, txn, import, piece);
    *ret_done = rc == MDB_NOTFOUND;
    if (rc != MDB_NOTFOUND) return rc;
    rc = mdb_del(txn, db->begun, &begun_key, NULL);
    return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

static enum db_result remove_import(struct imports_db *db, uint64_t import) {
    bool done = false;
    while (!done) {
        MDB_txn *txn = NULL;
        int rc = imports_begin_write(db, &txn);
        if (rc == MDB_SUCCESS) rc = host_db_end_write(txn, remove_pieces(db, txn, import, &done));
        if (rc != MDB_SUCCESS) return imports_result(rc, "remove an import");
    }
    return DB_OK;
}

void imports_db_discard(struct imports_db *db, uint64_t import) {
    if (remove_import(db, import) != DB_OK)
        http_log("imports: the next start will remove the rest of import %llu",
                 (unsigned long long)import);
}

/* From the commit on it is an import that was not published: after a crash it is removed, too. */
static int unpublish(struct imports_db *db, MDB_txn *txn, const char *owner, uint64_t import) {
    struct imports_owner_key by_owner;
    struct import_row row;
    uint64_t be = htobe64(import);
    MDB_val key = { sizeof be, &be };
    MDB_val nothing = { 0, NULL };
    int rc = imports_get_row(db, txn, import, &row);
    if (rc != MDB_SUCCESS) return rc;
    if (strcmp(row.owner, owner) != 0) return MDB_NOTFOUND;
    rc = imports_remove_usage(db, txn, &row);
    if (rc == MDB_SUCCESS) rc = mdb_del(txn, db->imports, &key, NULL);
    if (rc == MDB_SUCCESS) rc = mdb_put(txn, db->begun, &key, &nothing, 0);
    if (rc != MDB_SUCCESS) return rc;
    key = imports_owner_key(&by_owner, owner, import);
    rc = mdb_del(txn, db->owners, &key, NULL);
    return rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
}

enum db_result imports_db_delete(struct imports_db *db, const char *owner, uint64_t import) {
    MDB_txn *txn = NULL;
    int rc = imports_begin_write(db, &txn);
    if (rc == MDB_SUCCESS) rc = host_db_end_write(txn, unpublish(db, txn, owner, import));
    if (rc == MDB_SUCCESS) imports_db_discard(db, import);
    return imports_result(rc, "delete an import");
}

/* The lowest number of an unpublished import; MDB_NOTFOUND if there is none. */
static int first_unpublished(struct imports_db *db, uint64_t *ret_import) {
    MDB_txn *txn = NULL;
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    uint64_t be = 0;
    int rc = imports_begin_read(db, &txn);
    if (rc != MDB_SUCCESS) return rc;
    rc = mdb_cursor_open(txn, db->begun, &cursor);
    if (rc == MDB_SUCCESS) {
        rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
        if (rc == MDB_SUCCESS) memcpy(&be, key.mv_data, sizeof be);
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(txn);
    *ret_import = be64toh(be);
    return rc;
}

enum db_result imports_db_remove_unpublished(struct imports_db *db) {
    uint64_t import = 0;
    int rc;
    while ((rc = first_unpublished(db, &import)) == MDB_SUCCESS) {
        http_log("imports: removing the rest of import %llu", (unsigned long long)import);
        enum db_result result = remove_import(db, import);
        if (result != DB_OK) return result;
    }
    return rc == MDB_NOTFOUND ? DB_OK : imports_result(rc, "find unpublished imports");
}
