/* SPDX-License-Identifier: MIT */
/*
 * An open LMDB environment of a store: the one that this process has, shared by all handles on the
 * same data.mdb. It knows files, locks and transactions, and nothing of keys or records.
 */
#ifndef APITOKEN_LMDB_PROCESS_ENV_H
#define APITOKEN_LMDB_PROCESS_ENV_H

#include <lmdb.h>
#include <stdint.h>
#include <sys/stat.h>

#include "outside/backend.h"
#include "lmdb/process/pool.h"

/* sorts before every id, on the leaf of the other records that each change writes */
#define ATK_ROWS_DB "!rows"

struct atk_env {
    struct atk_env *next; /* in the registry */
    dev_t dev;            /* of data.mdb */
    ino_t ino;
    ino_t readers_ino; /* of lock.mdb, on the same device */
    unsigned refs;     /* under the registry's mutex */
    int read_only;
    int dir_fd;
    int in_use_fd; /* holds ATK_LOCK_IN_USE, shared */
    /* for ATK_LOCK_READERS; one for the process: its threads are kept apart by the pool's mutex */
    int readers_fd;
    MDB_env *mdb;      /* changed only while the pool is quiesced; NULL if opening anew failed */
    MDB_dbi hot, rows; /* the main tree holds the hot records */
    uint32_t page_size;
    uint64_t map_bytes;
    uint64_t allocated; /* bytes of data.mdb known to be on disk; under the write lock */
    uint64_t check_max_bytes;
    struct atk_pool pool;
};

/*
 * Opens LMDB's environment in a directory, with the settings that every store has. map_bytes: size
 * of the map, 0 = as the file says; flags: more of mdb_env_open()'s. Returns 0 or LMDB's code. For
 * a store that is in use: atk_env_open().
 */
int atk_env_open_mdb(int dir_fd, uint64_t map_bytes, unsigned flags, MDB_env **ret_mdb);

/* Opens the files below dir_fd, which it takes over in any case. Under the registry's mutex. */
int atk_env_open(int dir_fd, int read_only, const struct stat *data, uint64_t check_max_bytes,
                 struct atk_deadline *deadline, struct atk_env **ret_env,
                 struct atk_backend_news *news, apitoken_error *err);
void atk_env_close(struct atk_env *env);

/* Goes on after a renewal that gave rc, or 0 if there was nothing to renew. */
int atk_env_read_wait(struct atk_env *env, int rc, struct atk_deadline *deadline,
                      struct atk_pool_entry **ret_entry, apitoken_error *err);

/* A renewed read transaction of the pool: most often the one that this thread had before. */
static inline int atk_env_read_begin(struct atk_env *env, struct atk_deadline *deadline,
                                     struct atk_pool_entry **ret_entry, apitoken_error *err) {
    int rc = 0;
    struct atk_pool_entry *entry = atk_pool_take_own(&env->pool);
    if (entry) {
        rc = mdb_txn_renew(entry->txn);
        *ret_entry = entry;
        if (rc == 0) return 0;
        atk_pool_give(entry);
    }
    return atk_env_read_wait(env, rc, deadline, ret_entry, err);
}

void atk_env_read_end(struct atk_pool_entry *entry);

/*
 * After a failed meta page write LMDB answers every call of this process with MDB_PANIC until the
 * environment is opened anew: waits for the readers of this process and does that. The caller holds
 * the write lock.
 */
int atk_env_reopen(struct atk_env *env, struct atk_deadline *deadline, apitoken_error *err);

/*
 * The structure check of what a read transaction sees; may renew it for a later snapshot.
 * APITOKEN_E_DAMAGED, _BUSY if the store changes faster than it can be checked.
 */
int atk_env_check_structure(struct atk_env *env, MDB_txn *txn, apitoken_error *err);

/* Reader slots that are taken, by all processes. */
uint32_t atk_env_count_readers(const struct atk_env *env);

/*
 * Clears reader slots of dead processes, unless another process does at this moment. Returns how
 * many.
 */
int atk_env_clear_readers(struct atk_env *env);

#endif
