/* SPDX-License-Identifier: MIT */
/*
 * What the files of the imports store share. Nothing else of the hub includes lmdb.h.
 *
 *   table     key                       value
 *   imports   number                    struct import_row: the visible imports
 *   owners    owner, NUL, number        nothing: the imports of an owner in order
 *   pieces    number, number of piece   IMPORTS_PIECE bytes of the CSV, the last one fewer
 *   begun     number                    nothing: imports that are not visible yet
 *   meta      "next"                    the next number to give
 *
 * Numbers in keys are big-endian, so that keys sort by them.
 */
#ifndef TAX_DATA_HUB_IMPORTS_PRIV_H
#define TAX_DATA_HUB_IMPORTS_PRIV_H

#include "file_map.h"
#include "imports_db.h"

#include <endian.h>
#include <lmdb.h>
#include <pthread.h>

/*
 * A piece fills 16 pages with LMDB's page header. A transaction holds at most
 * IMPORTS_PIECES_PER_TXN of them: that bounds what it has in memory before its commit, and for how
 * long others wait for the write lock.
 */
#define IMPORTS_PIECE ((size_t)(65536 - 16))
#define IMPORTS_PIECES_PER_TXN 16

struct imports_db {
    MDB_env *env;
    MDB_dbi imports, owners, pieces, begun, meta;
    size_t page_size;
    size_t max_pages;
    struct file_map map;
    pthread_mutex_t turnstile;
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
    size_t prefix; /* owner and NUL */
};

/* Fills `key`; the value returned points into it. */
MDB_val imports_owner_key(struct imports_owner_key *key, const char *owner, uint64_t import);

/*
 * ECANCELED is a caller that said no. Logs what is neither that, nor good, nor full, nor not found.
 */
enum db_result imports_result(int rc, const char *what);

int imports_begin_write(struct imports_db *db, MDB_txn **ret);
/* Commits if `rc` says that all went well, else aborts. */
int imports_end_write(struct imports_db *db, MDB_txn *txn, int rc);

int imports_begin_read(struct imports_db *db, MDB_txn **ret);
void imports_end_read(struct imports_db *db, MDB_txn *txn);

/* Removes what was written of an import that was begun. */
enum db_result imports_remove_begun(struct imports_db *db, uint64_t import);

#endif
