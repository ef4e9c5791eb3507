/* SPDX-License-Identifier: MIT */
#include "db/imports_db_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/*
 * Pages that imports do not use, so that a full database can still remove unpublished imports: a
 * removal needs new pages before it frees old ones.
 */
#define RESERVE_PAGES 1024

static MDB_val number_key(uint64_t *be) { return (MDB_val){ sizeof *be, be }; }

static int assign_number(struct imports_db *db, MDB_txn *txn, uint64_t *ret_import) {
    char next_name[] = "next";
    uint64_t next = htobe64(1);
    MDB_val name = { sizeof next_name - 1, next_name };
    MDB_val value;
    int rc = mdb_get(txn, db->meta, &name, &value);
    if (rc == MDB_SUCCESS)
        memcpy(&next, value.mv_data, sizeof next);
    else if (rc != MDB_NOTFOUND)
        return rc;
    *ret_import = be64toh(next);

    uint64_t after = htobe64(*ret_import + 1);
    value = number_key(&after);
    rc = mdb_put(txn, db->meta, &name, &value, 0);
    if (rc != MDB_SUCCESS) return rc;
    MDB_val key = number_key(&next);
    MDB_val empty = { 0, NULL };
    return mdb_put(txn, db->begun, &key, &empty, 0);
}

/*
 * Counts the pages of the free list until there are enough. Only a read transaction may read that
 * list.
 */
static int count_free_pages(struct imports_db *db, size_t enough, size_t *ret_count) {
    const MDB_dbi free_list = 0;
    MDB_txn *txn = NULL;
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    size_t pages = 0;
    size_t length;
    int rc = imports_begin_read(db, &txn);
    if (rc != MDB_SUCCESS) return rc;
    rc = mdb_cursor_open(txn, free_list, &cursor);
    if (rc == MDB_SUCCESS) {
        while (pages < enough &&
               (rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == MDB_SUCCESS) {
            /* the value begins with how many page numbers follow */
            memcpy(&length, value.mv_data, sizeof length);
            pages += length;
        }
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(txn);
    *ret_count = pages;
    return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

/*
 * Allocates disk space at the end of the file, also for the reserve, so that no commit fails on a
 * full disk: LMDB reports that as an I/O error.
 */
static int allocate_disk(struct imports_db *db, size_t first_page, size_t pages) {
    mdb_filehandle_t fd;
    int rc = mdb_env_get_fd(db->env, &fd);
    if (rc != MDB_SUCCESS || pages == 0) return rc;
    if (fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)(first_page * db->page_size),
                  (off_t)(pages * db->page_size)) == 0)
        return MDB_SUCCESS;
    return errno == EOPNOTSUPP || errno == EINTR ? MDB_SUCCESS : errno;
}

/*
 * MDB_MAP_FULL unless `wanted` pages are available besides the reserve. Counts the free list only
 * if the unused end of the map is too short.
 */
static int ensure_pages(struct imports_db *db, size_t wanted) {
    size_t needed = wanted + RESERVE_PAGES;
    size_t unused;
    size_t freed = 0;
    MDB_envinfo info;
    int rc = mdb_env_info(db->env, &info);
    if (rc != MDB_SUCCESS) return rc;
    unused = db->max_pages > info.me_last_pgno + 1 ? db->max_pages - info.me_last_pgno - 1 : 0;
    if (unused < needed) rc = count_free_pages(db, needed - unused, &freed);
    if (rc != MDB_SUCCESS) return rc;
    if (unused + freed < needed) return MDB_MAP_FULL;
    return allocate_disk(db, info.me_last_pgno + 1, unused < needed ? unused : needed);
}

static size_t piece_length(uint64_t bytes, uint64_t piece) {
    uint64_t left = bytes - piece * IMPORTS_PIECE;
    return left < IMPORTS_PIECE ? (size_t)left : IMPORTS_PIECE;
}

static uint64_t piece_count(uint64_t bytes) { return (bytes + IMPORTS_PIECE - 1) / IMPORTS_PIECE; }

static enum db_result load_pieces(struct imports_db *db, uint64_t import, uint64_t bytes,
                                  uint64_t *piece, imports_db_read_fn read, void *ctx) {
    MDB_txn *txn = NULL;
    int rc = imports_begin_write(db, &txn);
    if (rc != MDB_SUCCESS) return imports_result(rc, "load an import");
    rc = ensure_pages(db, (IMPORTS_PIECES_PER_TXN + 1) * (IMPORTS_PIECE / db->page_size + 1));
    for (int i = 0; rc == MDB_SUCCESS && i < IMPORTS_PIECES_PER_TXN && *piece < piece_count(bytes);
         i++, ++*piece) {
        struct imports_piece_key at = imports_piece_key(import, *piece);
        MDB_val key = { sizeof at, &at };
        MDB_val value = { piece_length(bytes, *piece), NULL };
        rc = mdb_put(txn, db->pieces, &key, &value, MDB_RESERVE | MDB_NOOVERWRITE);
        if (rc == MDB_SUCCESS && !read(ctx, *piece * IMPORTS_PIECE, value.mv_data, value.mv_size))
            rc = ECANCELED;
    }
    return imports_result(host_db_end_write(txn, rc), "load an import");
}

enum db_result imports_db_begin(struct imports_db *db, uint64_t *ret_import) {
    MDB_txn *txn = NULL;
    int rc = imports_begin_write(db, &txn);
    if (rc == MDB_SUCCESS) {
        rc = ensure_pages(db, 0);
        if (rc == MDB_SUCCESS) rc = assign_number(db, txn, ret_import);
        rc = host_db_end_write(txn, rc);
    }
    return imports_result(rc, "begin an import");
}

enum db_result imports_db_load(struct imports_db *db, uint64_t import, uint64_t bytes,
                               imports_db_read_fn read, void *ctx) {
    enum db_result result = DB_OK;
    uint64_t piece = 0;
    while (result == DB_OK && piece < piece_count(bytes))
        result = load_pieces(db, import, bytes, &piece, read, ctx);
    return result;
}

static int put_published(struct imports_db *db, MDB_txn *txn, const struct import_row *row) {
    struct imports_owner_key by_owner;
    uint64_t be = htobe64(row->import);
    MDB_val key = number_key(&be);
    struct import_row copy = *row;
    MDB_val value = { sizeof copy, &copy };
    int rc = mdb_put(txn, db->imports, &key, &value, MDB_NOOVERWRITE);
    if (rc == MDB_SUCCESS) rc = mdb_del(txn, db->begun, &key, NULL);
    if (rc != MDB_SUCCESS) return rc;
    key = imports_owner_key(&by_owner, row->owner, row->import);
    value = (MDB_val){ 0, NULL };
    return mdb_put(txn, db->owners, &key, &value, MDB_NOOVERWRITE);
}

enum db_result imports_db_publish(struct imports_db *db, const struct import_row *row,
                                  const struct import_key *key, imports_db_confirm_fn confirm,
                                  void *ctx) {
    MDB_txn *txn = NULL;
    int rc = imports_begin_write(db, &txn);
    if (rc != MDB_SUCCESS) return imports_result(rc, "publish an import");
    rc = put_published(db, txn, row);
    if (rc == MDB_SUCCESS) rc = imports_add_usage(db, txn, row);
    if (rc == MDB_SUCCESS && key) rc = imports_put_key(db, txn, key, row);
    if (rc == MDB_SUCCESS && !confirm(ctx)) rc = ECANCELED;
    return imports_result(host_db_end_write(txn, rc), "publish an import");
}
