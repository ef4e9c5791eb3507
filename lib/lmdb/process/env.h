/* SPDX-License-Identifier: MIT */
/*
 * The LMDB environment that this process has for a store, shared by all handles on the same
 * data.mdb. Manages files, locks and transactions; knows nothing about keys and records.
 */
#ifndef APITOKEN_LMDB_PROCESS_ENV_H
#define APITOKEN_LMDB_PROCESS_ENV_H

#include <lmdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "outside/backend.h"
#include "lmdb/process/pool.h"

/* sorts before every id: on the same leaf as the other records that each change writes */
#define ATK_ROWS_DB "!rows"

struct atk_env {
    struct atk_env *next; /* in the registry */
    dev_t dev;            /* of data.mdb */
    ino_t ino;
    ino_t readers_ino; /* of lock.mdb, on the same device */
    unsigned refs;     /* under the registry's mutex */
    bool read_only;
    int dir_fd;
    int in_use_fd; /* holds ATK_LOCK_IN_USE, shared */
    /* for ATK_LOCK_READERS; one per process, whose threads the pool's mutex keeps apart */
    int readers_fd;
    MDB_env *mdb;      /* changes only while the pool is quiesced; NULL if reopening failed */
    MDB_dbi hot, rows; /* the main tree holds the hot records */
    uint32_t page_size;
    uint64_t map_bytes;
    uint64_t allocated; /* bytes of data.mdb known to be on disk; under the write lock */
    uint64_t written;   /* end of what is known to be written, not only allocated; likewise */
    uint64_t check_max_bytes;
    pthread_mutex_t trees; /* held while a tree is open in one transaction only */
    struct atk_pool pool;
};

/*
 * Opens LMDB's environment in a directory, with the settings that every store has. map_bytes: size
 * of the map, 0 = as the file says; flags: more of mdb_env_open()'s. Returns 0 or LMDB's code. For
 * a store that is in use: atk_env_open().
 */
int atk_env_open_mdb(int dir_fd, uint64_t map_bytes, unsigned flags, MDB_env **ret_mdb);

/* How to open an environment, and what is found on the way. */
struct atk_env_open {
    bool read_only;
    uint64_t check_max_bytes; /* larger files are opened without the structure check */
    struct atk_deadline *deadline;
    struct atk_open_report *report;
};

/*
 * Opens the files below dir_fd, of which `data` is data.mdb. Takes over dir_fd, also if it fails.
 * Under the registry's mutex.
 */
int atk_env_open(int dir_fd, const struct stat *data, const struct atk_env_open *how,
                 struct atk_env **ret_env, apitoken_error *err);
void atk_env_close(struct atk_env *env);

/* The rest of atk_env_read_begin(), after a renewal that failed with rc; 0: there was no entry. */
int atk_env_read_wait(struct atk_env *env, int rc, struct atk_deadline *deadline,
                      struct atk_pool_entry **ret_entry, apitoken_error *err);

/* Renews a read transaction of the pool, most often the one that this thread had before. */
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
 * Reopens LMDB's environment. After a failed write of a meta page LMDB answers every call of this
 * process with MDB_PANIC until that is done. Waits for the readers of this process. The caller
 * holds the write lock.
 */
int atk_env_reopen(struct atk_env *env, struct atk_deadline *deadline, apitoken_error *err);

/*
 * Checks the structure of the snapshot that a read transaction sees; may renew the transaction for
 * a later one. APITOKEN_E_DAMAGED; APITOKEN_E_BUSY if the store changes faster than it can be
 * checked.
 */
int atk_env_check_structure(struct atk_env *env, MDB_txn *txn, apitoken_error *err);

/* How many readers all processes have. */
uint32_t atk_env_count_readers(const struct atk_env *env);

/*
 * Clears the readers of dead processes, unless another process is doing so. Returns how many.
 */
int atk_env_clear_readers(struct atk_env *env);

#endif
