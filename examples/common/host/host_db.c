/* SPDX-License-Identifier: MIT */
#include "host_db.h"

#include <errno.h>

#include "http_log.h"

#define READERS_MAX 512 /* more than the connections that http_serve() accepts */

int host_db_open_env(const struct host_db_config *config, MDB_env **ret_env) {
    int rc = mdb_env_create(ret_env);
    if (rc != MDB_SUCCESS) return rc;
    rc = mdb_env_set_maxdbs(*ret_env, config->tables);
    if (rc == MDB_SUCCESS) rc = mdb_env_set_maxreaders(*ret_env, READERS_MAX);
    if (rc == MDB_SUCCESS) rc = mdb_env_set_mapsize(*ret_env, config->map_bytes);
    /* MDB_NOTLS: a thread may begin a read transaction while it holds a write transaction. */
    if (rc == MDB_SUCCESS)
        rc = mdb_env_open(*ret_env, config->path, config->flags | MDB_NOTLS, config->mode);
    return rc;
}

int host_db_open_tables(MDB_txn *txn, const char *const *names, MDB_dbi *const *ret_tables,
                        size_t count) {
    int rc = MDB_SUCCESS;
    for (size_t i = 0; i < count && rc == MDB_SUCCESS; i++)
        rc = mdb_dbi_open(txn, names[i], MDB_CREATE, ret_tables[i]);
    return rc;
}

int host_db_begin_read(MDB_env *env, MDB_txn **ret_txn) {
    return mdb_txn_begin(env, NULL, MDB_RDONLY, ret_txn);
}

int host_db_begin_write(MDB_env *env, MDB_txn **ret_txn) {
    return mdb_txn_begin(env, NULL, 0, ret_txn);
}

int host_db_end_write(MDB_txn *txn, int rc) {
    if (rc == MDB_SUCCESS) return mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return rc;
}

enum db_result host_db_result(int rc, const char *db, const char *action) {
    switch (rc) {
    case MDB_SUCCESS: return DB_OK;
    case MDB_NOTFOUND: return DB_NOT_FOUND;
    case MDB_KEYEXIST: return DB_EXISTS;
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return DB_FULL;
    case ECANCELED: return DB_REFUSED;
    default: http_log("%s: %s: %s", db, action, mdb_strerror(rc)); return DB_FAILED;
    }
}
