/* SPDX-License-Identifier: MIT */
/*
 * Helpers for a host's own LMDB environment. Functions that return int return an LMDB code, so that
 * calls can be chained until one fails.
 */
#ifndef EXAMPLE_HOST_DB_H
#define EXAMPLE_HOST_DB_H

#include <lmdb.h>
#include <stddef.h>
#include <sys/types.h>

#include "db_result.h"

struct host_db_config {
    const char *path;
    size_t map_bytes;
    unsigned tables;
    unsigned flags; /* of mdb_env_open(), besides MDB_NOTLS */
    mode_t mode;
};

/* On failure, too, *ret_env may hold an environment that must be closed. */
int host_db_open_env(const struct host_db_config *config, MDB_env **ret_env);

/* Opens each named table, creating it if it is missing. */
int host_db_open_tables(MDB_txn *txn, const char *const *names, MDB_dbi *const *ret_tables,
                        size_t count);

int host_db_begin_read(MDB_env *env, MDB_txn **ret_txn);
int host_db_begin_write(MDB_env *env, MDB_txn **ret_txn);

/* Commits if `rc` is MDB_SUCCESS, otherwise aborts. Returns `rc`, or why the commit failed. */
int host_db_end_write(MDB_txn *txn, int rc);

/*
 * Translates an LMDB code or an errno; ECANCELED becomes DB_REFUSED. For DB_FAILED it logs
 * "DB: ACTION: reason".
 */
enum db_result host_db_result(int rc, const char *db, const char *action);

#endif
