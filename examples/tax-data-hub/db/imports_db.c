/* SPDX-License-Identifier: MIT */
#include "db/imports_db_priv.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define TABLES 8
#define FILE_MODE 0640

_Static_assert(sizeof(struct import_row) == 32 + 36 + 16 + 136 + 4,
               "import_row is stored: to change it, add a new table");

enum db_result imports_result(int rc, const char *action) {
    return host_db_result(rc, "imports", action);
}

/*
 * LMDB's write lock favours the thread that just released it. With this queue in front of it, other
 * writers get their turn between the transactions of a long import.
 */
int imports_begin_write(struct imports_db *db, MDB_txn **ret) {
    pthread_mutex_lock(&db->writer_queue);
    int rc = host_db_begin_write(db->env, ret);
    pthread_mutex_unlock(&db->writer_queue);
    return rc;
}

int imports_begin_read(struct imports_db *db, MDB_txn **ret) {
    return host_db_begin_read(db->env, ret);
}

MDB_val imports_owner_key(struct imports_owner_key *key, const char *owner, uint64_t import) {
    uint64_t be = htobe64(import);
    key->prefix_len = strlen(owner) + 1;
    memcpy(key->bytes, owner, key->prefix_len);
    memcpy(key->bytes + key->prefix_len, &be, sizeof be);
    return (MDB_val){ key->prefix_len + sizeof be, key->bytes };
}

static int open_tables(struct imports_db *db) {
    static const char *const names[TABLES] = { "imports", "owners",    "pieces", "begun",
                                               "keys",    "key_times", "usage",  "meta" };
    MDB_dbi *const tables[TABLES] = { &db->imports, &db->owners,    &db->pieces, &db->begun,
                                      &db->keys,    &db->key_times, &db->usage,  &db->meta };
    MDB_txn *txn = NULL;
    int rc = imports_begin_write(db, &txn);
    if (rc != MDB_SUCCESS) return rc;
    rc = host_db_open_tables(txn, names, tables, TABLES);
    if (rc == MDB_SUCCESS) rc = imports_count_usage(db, txn);
    return host_db_end_write(txn, rc);
}

/*
 * The pages that fit the map, or fewer if this process may not write files that large: LMDB reports
 * that limit as an I/O error.
 */
static size_t max_pages(const MDB_envinfo *info, const MDB_stat *stat) {
    struct rlimit limit;
    size_t bytes = info->me_mapsize;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < bytes)
        bytes = (size_t)limit.rlim_cur;
    return bytes / stat->ms_psize;
}

static int open_env(struct imports_db *db, const char *directory, uint64_t map_bytes) {
    const struct host_db_config config = {
        .path = directory, .map_bytes = (size_t)map_bytes, .tables = TABLES, .mode = FILE_MODE
    };
    MDB_envinfo info;
    MDB_stat stat;
    mdb_filehandle_t fd;
    int rc = host_db_open_env(&config, &db->env);
    if (rc == MDB_SUCCESS) rc = mdb_env_info(db->env, &info);
    if (rc == MDB_SUCCESS) rc = mdb_env_stat(db->env, &stat);
    if (rc == MDB_SUCCESS) rc = mdb_env_get_fd(db->env, &fd);
    if (rc != MDB_SUCCESS) return rc;
    db->page_size = stat.ms_psize;
    db->max_pages = max_pages(&info, &stat);
    db->map = file_map_find(fd);
    return open_tables(db);
}

enum db_result imports_db_open(const char *directory, uint64_t map_bytes, struct imports_db **ret) {
    struct imports_db *db = calloc(1, sizeof *db);
    if (!db) return DB_FAILED;
    db->quota = (struct imports_usage){ UINT64_MAX, UINT64_MAX };
    pthread_mutex_init(&db->writer_queue, NULL);
    enum db_result result = imports_result(open_env(db, directory, map_bytes), directory);
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
    pthread_mutex_destroy(&db->writer_queue);
    free(db);
}
