/* SPDX-License-Identifier: MIT */
/*
 */
#include "imports_priv.h"

#include "http_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define READERS_MAX 512
#define TABLES_MAX 5

_Static_assert(sizeof(struct import_row) == 32 + 36 + 16 + 136 + 4,
               "import_row is stored: no change without a new table");

enum db_result imports_result(int rc, const char *what) {
    switch (rc) {
    case MDB_SUCCESS: return DB_OK;
    case MDB_NOTFOUND: return DB_NOT_FOUND;
    case ECANCELED: return DB_REFUSED;
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return DB_FULL;
    default: http_log("imports: %s: %s", what, mdb_strerror(rc)); return DB_FAILED;
    }
}

/*
 * LMDB's write lock goes to whoever is fastest, and that is who just gave it back. With the
 * turnstile before it a long import lets others in between its transactions.
 */
int imports_begin_write(struct imports_db *db, MDB_txn **ret) {
    pthread_mutex_lock(&db->turnstile);
    int rc = mdb_txn_begin(db->env, NULL, 0, ret);
    pthread_mutex_unlock(&db->turnstile);
    return rc;
}

/*
 * Whatever a transaction has read of the file stays mapped: without the release a body would be
 * resident in the end.
 */
int imports_end_write(struct imports_db *db, MDB_txn *txn, int rc) {
    if (rc == MDB_SUCCESS)
        rc = mdb_txn_commit(txn);
    else
        mdb_txn_abort(txn);
    file_map_release(&db->map);
    return rc;
}

int imports_begin_read(struct imports_db *db, MDB_txn **ret) {
    return mdb_txn_begin(db->env, NULL, MDB_RDONLY, ret);
}

void imports_end_read(struct imports_db *db, MDB_txn *txn) {
    mdb_txn_abort(txn);
    file_map_release(&db->map);
}

MDB_val imports_owner_key(struct imports_owner_key *key, const char *owner, uint64_t import) {
    uint64_t be = htobe64(import);

    key->prefix = strlen(owner) + 1;
    memcpy(key->bytes, owner, key->prefix);
    memcpy(key->bytes + key->prefix, &be, sizeof be);
    return (MDB_val){ key->prefix + sizeof be, key->bytes };
}

static int open_tables(struct imports_db *db) {
    static const char *const names[TABLES_MAX] = { "imports", "owners", "pieces", "begun", "meta" };
    MDB_dbi *const tables[TABLES_MAX] = { &db->imports, &db->owners, &db->pieces, &db->begun,
                                          &db->meta };
    MDB_txn *txn = NULL;

    int rc = imports_begin_write(db, &txn);
    if (rc != MDB_SUCCESS) return rc;
    for (size_t i = 0; i < TABLES_MAX && rc == MDB_SUCCESS; i++)
        rc = mdb_dbi_open(txn, names[i], MDB_CREATE, tables[i]);
    return imports_end_write(db, txn, rc);
}

/*
 * What the map holds, or less if files of this process may not grow so large: LMDB takes that for
 * an I/O error.
 */
static size_t most_pages(const MDB_envinfo *info, const MDB_stat *stat) {
    struct rlimit limit;
    size_t bytes = info->me_mapsize;

    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < bytes)
        bytes = (size_t)limit.rlim_cur;
    return bytes / stat->ms_psize;
}

static int open_env(struct imports_db *db, const char *directory, uint64_t map_bytes) {
    MDB_envinfo info;
    MDB_stat stat;
    mdb_filehandle_t fd;

    int rc = mdb_env_create(&db->env);
    if (rc == MDB_SUCCESS) rc = mdb_env_set_maxdbs(db->env, TABLES_MAX);
    if (rc == MDB_SUCCESS) rc = mdb_env_set_maxreaders(db->env, READERS_MAX);
    if (rc == MDB_SUCCESS) rc = mdb_env_set_mapsize(db->env, (size_t)map_bytes);
    if (rc == MDB_SUCCESS) rc = mdb_env_open(db->env, directory, MDB_NOTLS, 0640);
    if (rc == MDB_SUCCESS) rc = mdb_env_info(db->env, &info);
    if (rc == MDB_SUCCESS) rc = mdb_env_stat(db->env, &stat);
    if (rc != MDB_SUCCESS) return rc;
    rc = mdb_env_get_fd(db->env, &fd);
    if (rc != MDB_SUCCESS) return rc;
    db->page_size = stat.ms_psize;
    db->max_pages = most_pages(&info, &stat);
    db->map = file_map_find(fd);
    return open_tables(db);
}

/* The lowest import that was begun and not published; MDB_NOTFOUND if none. */
static int first_begun(struct imports_db *db, uint64_t *ret_import) {
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
    imports_end_read(db, txn);
    *ret_import = be64toh(be);
    return rc;
}

static enum db_result sweep(struct imports_db *db) {
    uint64_t import = 0;
    int rc;

    while ((rc = first_begun(db, &import)) == MDB_SUCCESS) {
        http_log("imports: removing what is left of import %llu", (unsigned long long)import);
        enum db_result result = imports_remove_begun(db, import);
        if (result != DB_OK) return result;
    }
    return rc == MDB_NOTFOUND ? DB_OK : imports_result(rc, "sweep");
}

enum db_result imports_db_open(const char *directory, uint64_t map_bytes, struct imports_db **ret) {
    struct imports_db *db = calloc(1, sizeof *db);
    if (!db) return DB_FAILED;
    pthread_mutex_init(&db->turnstile, NULL);

    enum db_result result = imports_result(open_env(db, directory, map_bytes), directory);
    if (result == DB_OK) result = sweep(db);
    if (result != DB_OK) {
        imports_db_close(db);
        return result;
    }
    *ret = db;
    return DB_OK;
}

void imports_db_close(struct imports_db *db) {
    if (!db) return;
    if (db->env) mdb_env_close(db->env);
    pthread_mutex_destroy(&db->turnstile);
    free(db);
}
