/* SPDX-License-Identifier: MIT */
#include "lmdb/process/env.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/files.h"
#include "lmdb/form/error.h"
#include "lmdb/process/descriptors.h"
#include "lmdb/form/meta.h"
#include "lmdb/process/locks.h"
#include "lmdb/form/key_order.h"
#include "lmdb/process/reader_table.h"
#include "lmdb/form/structure.h"

#define OPEN_TRIES 4 /* LMDB may fail to open while another process opens or closes the store */
#define SNAPSHOT_TRIES 100

int atk_env_open_mdb(int dir_fd, uint64_t map_bytes, unsigned flags, MDB_env **ret_mdb) {
    char path[64];
    MDB_env *mdb = NULL;
    /* exactly the directory that was checked, whatever its path leads to by now */
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", dir_fd);
    int rc = mdb_env_create(&mdb);
    if (rc != 0) return rc;
    if (map_bytes) rc = mdb_env_set_mapsize(mdb, (size_t)map_bytes);
    if (rc == 0) rc = mdb_env_set_maxreaders(mdb, ATK_READERS_MAX);
    if (rc == 0) rc = mdb_env_set_maxdbs(mdb, ATK_TREES_MAX);
    if (rc == 0) rc = mdb_env_open(mdb, path, MDB_NOTLS | flags, 0640);
    if (rc != 0) {
        mdb_env_close(mdb);
        return rc;
    }
    *ret_mdb = mdb;
    return 0;
}

static int open_mdb_noted(struct atk_env *env, apitoken_error *err) {
    int rc = 0;
    for (int i = 0; i < OPEN_TRIES; i++) {
        rc = atk_env_open_mdb(env->dir_fd, 0, env->read_only ? MDB_RDONLY : 0, &env->mdb);
        if (rc != MDB_INVALID && rc != EAGAIN) break;
        struct timespec pause = { 0, 10000000 };
        (void)nanosleep(&pause, NULL);
    }
    return rc == 0 ? atk_descriptors_note_lmdb(env->dir_fd, err)
                   : atk_fail_mdb(err, rc, "open the store");
}

static int open_mdb(struct atk_env *env, apitoken_error *err) {
    int rc = atk_descriptors_block_fork();
    if (rc < 0) return atk_fail(err, rc, NULL);
    rc = open_mdb_noted(env, err);
    atk_descriptors_allow_fork();
    return rc;
}

static void close_mdb(struct atk_env *env) {
    if (!env->mdb) return;
    (void)atk_descriptors_block_fork();
    atk_descriptors_forget_file(env->dev,
                                env->ino); /* by inode: they may have other names by now */
    atk_descriptors_forget_file(env->dev, env->readers_ino);
    mdb_env_close(env->mdb);
    atk_descriptors_allow_fork();
    env->mdb = NULL;
}

/* Begins a read transaction. Adds a reader to the table, so it needs ATK_LOCK_READERS. */
static int begin_reader(struct atk_env *env, MDB_txn **ret_txn, apitoken_error *err) {
    if (!env->mdb)
        return atk_fail(err, APITOKEN_E_IO, "the store could not be reopened after a failed write");
    int rc = mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, ret_txn);
    if (rc == MDB_READERS_FULL) {
        int dead;
        (void)mdb_reader_check(env->mdb, &dead);
        rc = mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, ret_txn);
    }
    if (rc == EAGAIN) return atk_fail_os(err, APITOKEN_E_PID_CLASH, rc, NULL);
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "begin to read the store");
}

/* For the pool: takes ATK_LOCK_READERS itself. */
static int make_reader(void *ctx, struct atk_deadline *deadline, MDB_txn **ret_txn,
                       apitoken_error *err) {
    struct atk_env *env = ctx;
    ATK_NO_CANCEL; /* validate may get here, with the pool's mutex held */
    int rc = atk_locks_take(env->readers_fd, ATK_LOCK_READERS, false, deadline, err);
    if (rc == 0) {
        rc = begin_reader(env, ret_txn, err);
        if (rc == 0) mdb_txn_reset(*ret_txn);
        atk_locks_drop(env->readers_fd, ATK_LOCK_READERS);
    }
    return rc;
}

int atk_env_check_structure(struct atk_env *env, MDB_txn *txn, apitoken_error *err) {
    ATK_SCOPED_FD fd = -1;
    ATK_TRY(atk_member_open(env->dir_fd, ATK_DATA_FILE, O_RDONLY, true, &fd, err));
    for (int i = 0; i < SNAPSHOT_TRIES; i++) {
        bool is_overwritten;
        ATK_TRY(atk_structure_check(fd, mdb_txn_id(txn), &is_overwritten, err));
        if (!is_overwritten) return 0;
        mdb_txn_reset(txn);
        int rc = mdb_txn_renew(txn);
        if (rc != 0) return atk_fail_mdb(err, rc, "read the store");
    }
    return atk_fail(err, APITOKEN_E_BUSY, "the store changed too fast to be checked");
}

static int open_trees(struct atk_env *env, MDB_txn *txn, apitoken_error *err) {
    int rc = mdb_dbi_open(txn, NULL, 0, &env->hot);
    if (rc == 0) rc = mdb_set_compare(txn, env->hot, atk_key_order);
    if (rc == 0) rc = mdb_dbi_open(txn, ATK_ROWS_DB, 0, &env->rows);
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "open the trees of the store");
}

/* LMDB must have opened the file that was checked. */
static int check_file(const struct atk_env *env, apitoken_error *err) {
    mdb_filehandle_t fd;
    struct stat st;
    if (mdb_env_get_fd(env->mdb, &fd) != 0 || fstat(fd, &st) != 0)
        return atk_fail_errno(err, errno, "examine", ATK_DATA_FILE);
    return st.st_dev == env->dev && st.st_ino == env->ino
               ? 0
               : atk_fail(err, APITOKEN_E_REPLACED, NULL);
}

/* With ATK_LOCK_READERS held: opens LMDB, checks the structure, opens the trees. */
static int open_checked(struct atk_env *env, struct atk_open_report *report, apitoken_error *err) {
    uint64_t file_bytes;
    const bool any_owner = env->read_only;
    ATK_TRY(atk_meta_check(env->dir_fd, any_owner, &file_bytes, err));
    ATK_TRY(atk_reader_table_allocate(env->dir_fd, any_owner, err));
    ATK_TRY(atk_reader_table_clear_own(env->dir_fd, any_owner, &report->cleared_readers, err));
    ATK_TRY(open_mdb(env, err));
    ATK_TRY(check_file(env, err));
    (void)mdb_reader_check(env->mdb, &report->dead_readers);
    MDB_txn *txn = NULL;
    ATK_TRY(begin_reader(env, &txn, err));
    int rc = file_bytes <= env->check_max_bytes ? atk_env_check_structure(env, txn, err) : 0;
    if (rc == 0) rc = open_trees(env, txn, err);
    if (rc < 0) {
        mdb_txn_abort(txn);
        return rc;
    }
    rc = mdb_txn_commit(txn); /* keeps the trees open */
    if (rc != 0) return atk_fail_mdb(err, rc, "open the trees of the store");
    MDB_stat stat;
    MDB_envinfo info;
    (void)mdb_env_stat(env->mdb, &stat);
    (void)mdb_env_info(env->mdb, &info);
    env->page_size = stat.ms_psize;
    env->map_bytes = info.me_mapsize;
    return 0;
}

static int open_files(struct atk_env *env, const struct atk_env_open *how, apitoken_error *err) {
    struct atk_deadline *deadline = how->deadline;
    const bool any_owner = env->read_only;
    struct stat readers;
    ATK_TRY(atk_member_require_safe(env->dir_fd, ATK_READERS_FILE, any_owner, &readers, err));
    env->readers_ino = readers.st_ino;
    ATK_TRY(atk_locks_open(env->dir_fd, any_owner, &env->in_use_fd, err));
    ATK_TRY(atk_locks_take(env->in_use_fd, ATK_LOCK_IN_USE, true, deadline, err));
    ATK_TRY(atk_descriptors_refuse_foreign(env->dir_fd, err));
    ATK_TRY(atk_locks_open(env->dir_fd, any_owner, &env->readers_fd, err));
    ATK_TRY(atk_locks_take(env->readers_fd, ATK_LOCK_READERS, false, deadline, err));
    int rc = open_checked(env, how->report, err);
    atk_locks_drop(env->readers_fd, ATK_LOCK_READERS);
    ATK_TRY(rc);
    return atk_pool_fill(&env->pool, ATK_POOL_OPEN, deadline, err);
}

int atk_env_open(int dir_fd, const struct stat *data, const struct atk_env_open *how,
                 struct atk_env **ret_env, apitoken_error *err) {
    struct atk_env *env = aligned_alloc(_Alignof(struct atk_env), sizeof *env);
    if (!env) {
        (void)close(dir_fd);
        return atk_fail(err, APITOKEN_E_NOMEM, NULL);
    }
    memset(env, 0, sizeof *env);
    env->dev = data->st_dev;
    env->ino = data->st_ino;
    env->read_only = how->read_only;
    env->dir_fd = dir_fd;
    env->in_use_fd = env->readers_fd = -1;
    env->check_max_bytes = how->check_max_bytes;
    (void)pthread_mutex_init(&env->trees, NULL);
    int rc = atk_pool_init(&env->pool, make_reader, env);
    if (rc < 0) {
        (void)close(dir_fd);
        free(env);
        return atk_fail(err, rc, NULL);
    }
    rc = open_files(env, how, err);
    if (rc < 0) {
        atk_env_close(env);
        return rc;
    }
    *ret_env = env;
    return 0;
}

/* Without env->mdb nothing needs the lock: perhaps the open failed because it could not get it. */
void atk_env_close(struct atk_env *env) {
    /* a close cannot report APITOKEN_E_BUSY: LMDB copes without the lock, only slower */
    struct atk_deadline brief = atk_deadline_in(1000);
    bool has_lock =
        env->mdb && atk_locks_take(env->readers_fd, ATK_LOCK_READERS, false, &brief, NULL) == 0;
    atk_pool_destroy(&env->pool);
    close_mdb(env);
    if (has_lock) atk_locks_drop(env->readers_fd, ATK_LOCK_READERS);
    atk_locks_close(&env->readers_fd);
    atk_locks_close(&env->in_use_fd);
    (void)close(env->dir_fd);
    (void)pthread_mutex_destroy(&env->trees);
    free(env);
}

int atk_env_read_wait(struct atk_env *env, int rc, struct atk_deadline *deadline,
                      struct atk_pool_entry **ret_entry, apitoken_error *err) {
    for (;;) {
        /* MDB_PANIC: the writer whose commit failed is about to reopen the environment */
        if (rc != 0 && (rc != MDB_PANIC || atk_deadline_pause(deadline) < 0))
            return atk_fail_mdb(err, rc, "read the store");
        ATK_TRY(atk_pool_take(&env->pool, deadline, ret_entry, err));
        rc = mdb_txn_renew((*ret_entry)->txn);
        if (rc == 0) return 0;
        atk_pool_give(*ret_entry);
    }
}

void atk_env_read_end(struct atk_pool_entry *entry) {
    mdb_txn_reset(entry->txn);
    atk_pool_give(entry);
}

int atk_env_reopen(struct atk_env *env, struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_open_report report;
    ATK_TRY(atk_pool_quiesce(&env->pool, deadline, err));
    int rc = atk_locks_take(env->readers_fd, ATK_LOCK_READERS, false, deadline, err);
    if (rc == 0) {
        close_mdb(env);
        rc = open_checked(env, &report, err);
        if (rc < 0) close_mdb(env);
        atk_locks_drop(env->readers_fd, ATK_LOCK_READERS);
    }
    atk_pool_resume(&env->pool);
    return rc;
}

/* LMDB lists its readers only as lines of text, after a heading. */
static int count_line(const char *line, void *ctx) {
    int pid;
    if (sscanf(line, "%d", &pid) == 1) ++*(uint32_t *)ctx;
    return 0;
}

uint32_t atk_env_count_readers(const struct atk_env *env) {
    uint32_t count = 0;
    (void)mdb_reader_list(env->mdb, count_line, &count);
    return count;
}

int atk_env_clear_readers(struct atk_env *env) {
    int dead = 0;
    /* only one thread at a time may use readers_fd */
    if (pthread_mutex_trylock(&env->pool.growth) != 0) return 0;
    if (env->mdb && atk_locks_try(env->readers_fd, ATK_LOCK_READERS, false)) {
        (void)mdb_reader_check(env->mdb, &dead);
        atk_locks_drop(env->readers_fd, ATK_LOCK_READERS);
    }
    (void)pthread_mutex_unlock(&env->pool.growth);
    return dead;
}
