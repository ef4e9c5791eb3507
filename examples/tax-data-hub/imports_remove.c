/* SPDX-License-Identifier: MIT */
/*
 */
#include "imports_priv.h"

#include "http_log.h"

#include <string.h>

/* The first piece that an import still has; MDB_NOTFOUND if none. */
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

/*
 * Removes a bounded number of pieces; with the last one also the note that the import was begun.
 * Without that note it is visible, whatever its commit has said, and stays.
 */
static int remove_some(struct imports_db *db, MDB_txn *txn, uint64_t import, bool *ret_all) {
    uint64_t piece = 0;
    uint64_t be = htobe64(import);
    MDB_val note = { sizeof be, &be };
    MDB_val key, value;

    int rc = mdb_get(txn, db->begun, &note, &value);
    if (rc == MDB_SUCCESS) rc = first_piece(db, txn, import, &piece);
    for (int i = 0; rc == MDB_SUCCESS && i < IMPORTS_PIECES_PER_TXN; i++, piece++) {
        struct imports_piece_key at = imports_piece_key(import, piece);
        key = (MDB_val){ sizeof at, &at };
        rc = mdb_del(txn, db->pieces, &key, NULL);
    }
    *ret_all = rc == MDB_NOTFOUND;
    if (rc != MDB_NOTFOUND) return rc;
    rc = mdb_del(txn, db->begun, &note, NULL);
    return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

enum db_result imports_remove_begun(struct imports_db *db, uint64_t import) {
    bool all = false;

    while (!all) {
        MDB_txn *txn = NULL;
        int rc = imports_begin_write(db, &txn);
        if (rc == MDB_SUCCESS) rc = imports_end_write(db, txn, remove_some(db, txn, import, &all));
        if (rc != MDB_SUCCESS) return imports_result(rc, "remove");
    }
    return DB_OK;
}

void imports_db_discard(struct imports_db *db, uint64_t import) {
    if (imports_remove_begun(db, import) != DB_OK)
        http_log("imports: what was written of import %llu is left for the next start",
                 (unsigned long long)import);
}
