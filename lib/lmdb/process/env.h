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
#include "outside/files.h"
#include "lmdb/process/meta_map.h"
#include "lmdb/process/pool.h"
#include "lmdb/process/reader_table.h"

/* sorts before every id: on the same leaf as the other records that each change writes */
#define ATK_ROWS_DB "!rows"
#define ATK_OWNERS_DB "!owners" /* what is known of owners besides their tokens */
#define ATK_AUDIT_DB "!audit"

struct atk_env {
    struct atk_held_store *held; /* what the registry knows of it */
    struct atk_file_id data;     /* data.mdb */
    struct atk_file_id readers;  /* lock.mdb */
    bool read_only;
    int dir_fd;
    int in_use_fd; /* holds ATK_LOCK_IN_USE, shared */
    /* for ATK_LOCK_READERS; one per process, whose threads the pool's mutex keeps apart */
    int readers_fd;
    MDB_env *mdb; /* changes only while the pool is quiesced; NULL if reopening failed */
    MDB_dbi hot, rows, owners, audit; /* the main tree holds the hot records */
    bool has_all_trees;               /* as every store of this schema does */
    struct atk_reader_head readers_head;
    struct atk_meta_map meta;
    /*
     * atomic; points to the number of the newest transaction in readers_head, or to a 0 elsewhere.
     * What it points to stays valid while an entry of the pool is taken.
     */
    const uint64_t *newest;
    uint32_t page_size;
    uint64_t map_bytes;
    uint64_t allocated;       /* bytes of data.mdb known to be on disk; under the write lock */
    uint64_t written;         /* end of what is known to be written, not only allocated; likewise */
    uint64_t file_bytes;      /* of data.mdb when LMDB opened it */
    uint64_t check_max_bytes; /* a larger one is opened without the structure check */
    int64_t check_readers_us; /* on CLOCK_MONOTONIC: when to look for dead readers again */
    pthread_mutex_t trees;    /* held while a tree is open in one transaction only */
    struct atk_pool pool;
};

/*
 * Opens LMDB's environment in a directory, with the settings that every store has. map_bytes: size
 * of the map, 0 = as the file says; flags: further flags of mdb_env_open(). Returns 0 or LMDB's
 * code. For a store that is in use: atk_env_open().
 */
int atk_env_open_mdb(int dir_fd, uint64_t map_bytes, unsigned flags, MDB_env **ret_mdb);

/* Opens the trees of a store; with MDB_CREATE in flags it makes them. Returns 0 or LMDB's code. */
int atk_env_open_trees(struct atk_env *env, MDB_txn *txn, unsigned flags);

/* How to open an environment, and what is found on the way. */
struct atk_env_open {
    bool read_only;
    bool any_fs;              /* the file system need not be a tested one */
    uint64_t check_max_bytes; /* larger files are opened without the structure check */
    struct atk_deadline *deadline;
    struct atk_open_report *report;
};

/*
 * Opens the files below dir_fd, of which `data` is data.mdb. Takes over dir_fd, also if it fails.
 * For the registry: this process must not have the store open already, nor be opening or closing
 * it.
 */
int atk_env_open(int dir_fd, const struct stat *data, const struct atk_env_open *how,
                 struct atk_env **ret_env, apitoken_error *err);
/* Cannot fail: if the deadline ends while others add readers, closes beside them. */
void atk_env_close(struct atk_env *env, struct atk_deadline *deadline);

/* The rest of atk_env_read_begin(), after a renewal that failed with rc; 0: there was no entry. */
int atk_env_read_wait(struct atk_env *env, int rc, struct atk_deadline *deadline,
                      struct atk_pool_entry **ret_entry, apitoken_error *err);

/*
 * The number of the snapshot that a read transaction would get if it began now; 0 if that cannot be
 * told. Only with an entry of the pool taken. Reads the very variable that LMDB reads: the numbers
 * of the environment and of its meta pages are newer while a commit is under way.
 */
static inline uint64_t atk_env_newest_snapshot(const struct atk_env *env) {
    return __atomic_load_n(__atomic_load_n(&env->newest, __ATOMIC_RELAXED), __ATOMIC_ACQUIRE);
}

void atk_env_read_end(struct atk_pool_entry *entry);

/*
 * The rest of atk_env_require_mapped(): looks again, and ends the read with APITOKEN_E_REPLACED if
 * the map lags behind.
 */
int atk_env_refuse_map(const struct atk_env *env, struct atk_pool_entry *entry,
                       apitoken_error *err);

/* The map must show the snapshot that was begun, or an acknowledged revoke may not be seen. */
static inline int atk_env_require_mapped(const struct atk_env *env, struct atk_pool_entry *entry,
                                         apitoken_error *err) {
    entry->snapshot = mdb_txn_id(entry->txn);
    return atk_meta_map_has(&env->meta, entry->snapshot) ? 0 : atk_env_refuse_map(env, entry, err);
}

/*
 * Renews a read transaction of the pool, most often the one that this thread had before.
 * APITOKEN_E_REPLACED if others write another file than the one that is mapped here.
 */
static inline int atk_env_read_begin(struct atk_env *env, struct atk_deadline *deadline,
                                     struct atk_pool_entry **ret_entry, apitoken_error *err) {
    int rc = 0;
    struct atk_pool_entry *entry = atk_pool_take_own(&env->pool);
    if (entry) {
        rc = mdb_txn_renew(entry->txn);
        *ret_entry = entry;
        if (rc == 0) return atk_env_require_mapped(env, entry, err);
        atk_pool_give(entry);
    }
    return atk_env_read_wait(env, rc, deadline, ret_entry, err);
}

/*
 * Makes the newest snapshot unknown, so that every call needs a transaction. After a failed write
 * of a meta page LMDB gives none, and remembered verdicts must not say more than LMDB does.
 */
void atk_env_hide_newest(struct atk_env *env);

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
 * Clears the readers of dead processes, unless another process is doing so, or there are many
 * readers and none pins pages for long. Returns how many.
 */
int atk_env_clear_readers(struct atk_env *env);

#endif
