/* SPDX-License-Identifier: MIT */
/*
 * What the files of the imports database share. No file outside this folder includes lmdb.h.
 *
 *   table     key                       value
 *   imports   number                    struct import_row: the published imports
 *   owners    owner, NUL, number        empty: each owner's imports, in order
 *   pieces    number, number of piece   IMPORTS_PIECE bytes of the CSV, fewer in the last piece
 *   begun     number                    empty: imports that are not published yet, or are deleted
 *   keys      owner, NUL, interface, NUL, Idempotency-Key: struct key_row in imports_keys.c
 *   key_times time in ms, then a key of `keys`: empty; finds the old ones
 *   usage     owner                     struct imports_usage: the sum of their imports
 *   meta      "next"                    the next number to assign
 *             "usage"                   empty: the table `usage` is complete
 *
 * Numbers in keys are big-endian, so that keys sort by them.
 */
#ifndef TAX_DATA_HUB_IMPORTS_DB_PRIV_H
#define TAX_DATA_HUB_IMPORTS_DB_PRIV_H

#include <endian.h>
#include <pthread.h>

#include "db/file_map.h"
#include "db/imports_db.h"
#include "db/imports_usage.h"
#include "host_db.h"

/*
 * A piece with LMDB's page header fills 16 pages. A transaction writes at most
 * IMPORTS_PIECES_PER_TXN pieces: that bounds its memory before the commit, and how long other
 * writers wait.
 */
#define IMPORTS_PIECE ((size_t)(65536 - 16))
#define IMPORTS_PIECES_PER_TXN 16

/* The pages of an import from this offset on do not stay resident once they were read. */
#define IMPORTS_RESIDENT ((uint64_t)1 << 20)

struct imports_db {
    MDB_env *env;
    MDB_dbi imports, owners, pieces, begun, keys, key_times, usage, meta;
    size_t page_size;
    size_t max_pages;
    struct file_map map;
    struct imports_usage quota; /* of each owner */
    pthread_mutex_t writer_queue;
};

struct imports_piece_key {
    uint64_t import;
    uint64_t piece;
};

static inline struct imports_piece_key imports_piece_key(uint64_t import, uint64_t piece) {
    return (struct imports_piece_key){ htobe64(import), htobe64(piece) };
}

struct imports_owner_key {
    char bytes[APITOKEN_OWNER_MAX + 1 + sizeof(uint64_t)];
    size_t prefix_len; /* owner and NUL */
};

/* Fills `key` and returns a value that points into it. */
MDB_val imports_owner_key(struct imports_owner_key *key, const char *owner, uint64_t import);

/* host_db_result() with the name of this database. */
enum db_result imports_result(int rc, const char *action);

/* To be ended by host_db_end_write(). */
int imports_begin_write(struct imports_db *db, MDB_txn **ret);
/* To be ended by mdb_txn_abort(). */
int imports_begin_read(struct imports_db *db, MDB_txn **ret);

/* MDB_NOTFOUND if no import with this number is published. */
int imports_get_row(struct imports_db *db, MDB_txn *txn, uint64_t import, struct import_row *ret);

/* MDB_MAP_FULL if the owner would have more than the quota. */
int imports_add_usage(struct imports_db *db, MDB_txn *txn, const struct import_row *row);
int imports_remove_usage(struct imports_db *db, MDB_txn *txn, const struct import_row *row);

/* Fills the table `usage` of a database that has none yet. */
int imports_count_usage(struct imports_db *db, MDB_txn *txn);

/*
 * Keeps the key of an import that is being published, and removes some that are too old.
 * MDB_KEYEXIST if it has made another import.
 */
int imports_put_key(struct imports_db *db, MDB_txn *txn, const struct import_key *key,
                    const struct import_row *import);

#endif
