/* SPDX-License-Identifier: MIT */
#include "lmdb/process/env.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/files.h"
#include "lmdb/form/error.h"
#include "lmdb/process/descriptors.h"
#include "lmdb/form/meta.h"
#include "lmdb/process/lock_set.h"
#include "lmdb/process/locks.h"
#include "lmdb/form/key_order.h"
#include "lmdb/form/structure.h"

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

static int fail_open(apitoken_error *err, int rc) {
    if (rc != ENOMEM) return atk_fail_mdb(err, rc, "open the store");
    return atk_fail_os(err, APITOKEN_E_NOMEM, rc,
                       "cannot open the store: no memory, or less address space (RLIMIT_AS) than "
                       "the map of the store takes");
}

static int open_mdb_once(struct atk_env *env, int *ret_mdb_code, apitoken_error *err) {
    int rc = atk_descriptors_block_fork();
    if (rc < 0) return atk_fail(err, rc, NULL);
    *ret_mdb_code = atk_env_open_mdb(env->dir_fd, 0, env->read_only ? MDB_RDONLY : 0, &env->mdb);
    if (*ret_mdb_code == 0) rc = atk_descriptors_note_lmdb(env->dir_fd, err);
    atk_descriptors_allow_fork();
    return rc;
}

/* LMDB may fail while another process opens or closes the store, without the lock if it must. */
static int open_mdb(struct atk_env *env, struct atk_deadline *deadline, apitoken_error *err) {
    int mdb_code = 0;
    do {
        ATK_TRY(open_mdb_once(env, &mdb_code, err));
        if (mdb_code == 0) return 0;
    } while ((mdb_code == MDB_INVALID || mdb_code == EAGAIN) && atk_deadline_pause(deadline) == 0);
    return fail_open(err, mdb_code);
}

static void leave_lock_set(const struct atk_env *env) {
    mdb_filehandle_t fd = -1;
    (void)mdb_env_get_fd(env->mdb, &fd);
    atk_lock_set_leave(fd);
}

static void close_mdb(struct atk_env *env) {
    if (!env->mdb) return;
    leave_lock_set(env);
    (void)atk_descriptors_block_fork();
    /* by inode: they may have other names by now */
    atk_descriptors_forget_file(env->data.dev, env->data.ino);
    atk_descriptors_forget_file(env->readers.dev, env->readers.ino);
    mdb_env_close(env->mdb);
    atk_descriptors_allow_fork();
    env->mdb = NULL;
}

static const uint64_t no_snapshot = 0;

void atk_env_hide_newest(struct atk_env *env) {
    __atomic_store_n(&env->newest, &no_snapshot, __ATOMIC_RELAXED);
}

static void unmap_newest(struct atk_env *env) {
    atk_env_hide_newest(env);
    atk_reader_table_unmap(&env->readers_head);
}

/* Who reads: LMDB says it only in lines of text, after a heading. */
struct readers {
    uint32_t count;
    uint64_t oldest; /* the oldest snapshot that one of them reads */
};

static int count_line(const char *line, void *ctx) {
    struct readers *readers = ctx;
    int pid;
    unsigned long long snapshot;
    int found = sscanf(line, "%d %*x %llu", &pid, &snapshot);
    if (found >= 1) readers->count++;
    if (found == 2 && snapshot < readers->oldest) readers->oldest = snapshot;
    return 0;
}

static struct readers count_readers(const struct atk_env *env) {
    struct readers readers = { .oldest = UINT64_MAX };
    (void)mdb_reader_list(env->mdb, count_line, &readers);
    return readers;
}

/*
 * To find the dead, LMDB asks the kernel about each process, and the kernel looks through the locks
 * of all. Among thousands only a snapshot that nobody alive would read for so long is worth it.
 */
static bool may_have_dead_readers(const struct atk_env *env) {
    MDB_envinfo info;
    if (mdb_env_info(env->mdb, &info) != 0) return false;
    if (info.me_numreaders <= ATK_READERS_FEW) return true; /* that there ever were */
    const struct readers readers = count_readers(env);
    return readers.count <= ATK_READERS_FEW ||
           (readers.oldest < info.me_last_txnid &&
            info.me_last_txnid - readers.oldest > ATK_READERS_LAG);
}

/* Needs ATK_LOCK_READERS. Returns how many it cleared; looks for them only now and then. */
static int clear_dead_readers(struct atk_env *env) {
    int dead = 0;
    const int64_t begin_us = atk_monotonic_us();
    if (begin_us < env->check_readers_us) return 0;
    if (may_have_dead_readers(env)) (void)mdb_reader_check(env->mdb, &dead);
    const int64_t end_us = atk_monotonic_us();
    env->check_readers_us = end_us + ATK_READERS_CHECK_SHARE * (end_us - begin_us);
    return dead;
}

/*
 * Begins a read transaction. Adds a reader to the table, so it needs ATK_LOCK_READERS. If the table
 * is full, only who has no reader yet looks for dead ones, which may take a second.
 */
static int begin_reader(struct atk_env *env, MDB_txn **ret_txn, apitoken_error *err) {
    int dead;
    if (!env->mdb)
        return atk_fail(err, APITOKEN_E_IO, "the store could not be reopened after a failed write");
    int rc = mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, ret_txn);
    if (rc == MDB_READERS_FULL && atk_pool_is_empty(&env->pool)) {
        (void)mdb_reader_check(env->mdb, &dead);
        rc = mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, ret_txn);
    }
    if (rc == EAGAIN) return atk_fail_os(err, APITOKEN_E_PID_CLASH, rc, NULL);
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "begin to read the store");
}

/* For the pool: takes ATK_LOCK_READERS itself, and never waits for it. */
static int make_reader(void *ctx, MDB_txn **ret_txn, apitoken_error *err) {
    struct atk_env *env = ctx;
    ATK_NO_CANCEL; /* validate may get here, with the pool's mutex held */
    if (!atk_locks_try(env->readers_fd, ATK_LOCK_READERS, false)) return APITOKEN_E_BUSY;
    int rc = begin_reader(env, ret_txn, err);
    if (rc == 0) mdb_txn_reset(*ret_txn);
    atk_locks_drop(env->readers_fd, ATK_LOCK_READERS);
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

int atk_env_open_trees(struct atk_env *env, MDB_txn *txn, unsigned flags) {
    int rc = mdb_dbi_open(txn, NULL, 0, &env->hot);
    if (rc == 0) rc = mdb_dbi_open(txn, ATK_ROWS_DB, flags, &env->rows);
    if (rc == 0) rc = mdb_dbi_open(txn, ATK_OWNERS_DB, flags, &env->owners);
    if (rc == 0) rc = mdb_dbi_open(txn, ATK_AUDIT_DB, flags, &env->audit);
    env->has_all_trees = rc == 0;
    /* perhaps the store has another schema, which its caller finds out */
    return rc == MDB_NOTFOUND && env->rows ? 0 : rc;
}

static int open_trees(struct atk_env *env, MDB_txn *txn, apitoken_error *err) {
    int rc = atk_env_open_trees(env, txn, 0);
    if (rc == 0) rc = mdb_set_compare(txn, env->hot, atk_key_order);
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "open the trees of the store");
}

static int read_sizes(struct atk_env *env, apitoken_error *err) {
    MDB_stat stat;
    MDB_envinfo info;
    int rc = mdb_env_stat(env->mdb, &stat);
    if (rc == 0) rc = mdb_env_info(env->mdb, &info);
    if (rc != 0) return atk_fail_mdb(err, rc, "examine the store");
    env->page_size = stat.ms_psize;
    env->map_bytes = info.me_mapsize;
    return 0;
}

/*
 * LMDB must have opened the file that was checked, and all who have it open must use the same
 * locks. Then maps the meta pages, once: a later LMDB of this environment has the same file.
 */
static int take_files(struct atk_env *env, apitoken_error *err) {
    mdb_filehandle_t fd;
    struct stat data, locks;
    if (mdb_env_get_fd(env->mdb, &fd) != 0 || fstat(fd, &data) != 0)
        return atk_fail_errno(err, errno, "examine", ATK_DATA_FILE);
    if (!atk_file_is(env->data, &data)) return atk_fail(err, APITOKEN_E_REPLACED, NULL);
    if (fstat(env->in_use_fd, &locks) != 0)
        return atk_fail_errno(err, errno, "examine", ATK_LOCK_FILE);
    const struct atk_lock_set set = { env->readers, atk_file_id_of(&locks) };
    ATK_TRY(atk_lock_set_join(fd, &set, err));
    ATK_TRY(read_sizes(env, err));
    return env->meta.map ? 0 : atk_meta_map_open(fd, env->page_size, &env->meta, err);
}

/*
 * A read transaction begun between two looks at the variable must have one of the numbers in
 * between: that shows what no layout number does, that this is the variable LMDB reads.
 */
static int begin_reader_proving(struct atk_env *env, MDB_txn **ret_txn, apitoken_error *err) {
    const uint64_t *newest = atk_reader_table_newest(&env->readers_head, env->dir_fd);
    __atomic_store_n(&env->newest, newest ? newest : &no_snapshot, __ATOMIC_RELAXED);
    const uint64_t before = atk_env_newest_snapshot(env);
    ATK_TRY(begin_reader(env, ret_txn, err));
    const uint64_t begun = mdb_txn_id(*ret_txn);
    if (begun < before || begun > atk_env_newest_snapshot(env)) atk_env_hide_newest(env);
    return 0;
}

/* With ATK_LOCK_READERS held: opens LMDB and begins to read. */
static int open_reading(struct atk_env *env, struct atk_open_report *report,
                        struct atk_deadline *deadline, MDB_txn **ret_txn, apitoken_error *err) {
    const bool any_owner = env->read_only;
    ATK_TRY(atk_meta_check(env->dir_fd, any_owner, &env->file_bytes, err));
    ATK_TRY(atk_reader_table_allocate(env->dir_fd, any_owner, err));
    ATK_TRY(atk_reader_table_clear_own(env->dir_fd, any_owner, &report->cleared_readers, err));
    ATK_TRY(atk_reader_table_map(env->dir_fd, any_owner, &env->readers_head, err));
    env->readers = (struct atk_file_id){ env->readers_head.dev, env->readers_head.ino };
    ATK_TRY(open_mdb(env, deadline, err));
    ATK_TRY(take_files(env, err));
    report->dead_readers = clear_dead_readers(env);
    return begin_reader_proving(env, ret_txn, err);
}

/*
 * Without the lock, because a large store takes seconds: checks the structure, opens the trees and
 * ends the transaction.
 */
static int open_checked_trees(struct atk_env *env, MDB_txn *txn, apitoken_error *err) {
    int rc = env->file_bytes <= env->check_max_bytes ? atk_env_check_structure(env, txn, err) : 0;
    if (rc == 0) rc = open_trees(env, txn, err);
    if (rc < 0) {
        mdb_txn_abort(txn);
        return rc;
    }
    rc = mdb_txn_commit(txn); /* keeps the trees open */
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "open the trees of the store");
}

/* With ATK_LOCK_READERS held: the first reader of the pool. Who has opened a store can read it. */
static int add_first_reader(struct atk_env *env, apitoken_error *err) {
    MDB_txn *txn = NULL;
    ATK_TRY(begin_reader(env, &txn, err));
    mdb_txn_reset(txn);
    atk_pool_add(&env->pool, txn);
    return 0;
}

static int open_lmdb(struct atk_env *env, const struct atk_env_open *how, apitoken_error *err) {
    MDB_txn *txn = NULL;
    ATK_TRY(atk_locks_take(env->readers_fd, ATK_LOCK_READERS, false, how->deadline, err));
    int rc = open_reading(env, how->report, how->deadline, &txn, err);
    if (rc == 0) rc = add_first_reader(env, err);
    atk_locks_drop(env->readers_fd, ATK_LOCK_READERS);
    if (rc == 0) return open_checked_trees(env, txn, err);
    if (txn) mdb_txn_abort(txn);
    return rc;
}

static bool is_readers_lost(const struct atk_env *env) {
    struct stat st;
    return fstatat(env->dir_fd, ATK_READERS_FILE, &st, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
}

static int fail_readers_lost(const char *more, apitoken_error *err) {
    return atk_fail_os(err, APITOKEN_E_DAMAGED, ENOENT, "%s of the store is missing%s",
                       ATK_READERS_FILE, more);
}

/*
 * The reader table holds nothing that outlives its readers, so a lost one is made anew; but not
 * while anybody has the store open, who would go on with the lost one. Of several that open the
 * store at once one makes it, and the others wait for that.
 */
static int renew_lost_readers(const struct atk_env *env, struct atk_deadline *deadline,
                              apitoken_error *err) {
    const struct atk_lost_member lost = { .name = ATK_READERS_FILE, .like = ATK_LOCK_FILE };
    while (is_readers_lost(env) && !atk_locks_try(env->in_use_fd, ATK_LOCK_IN_USE, env->read_only))
        if (atk_deadline_pause(deadline) < 0)
            return fail_readers_lost(", and a process has the store open: stop all hosts", err);
    if (!is_readers_lost(env)) return 0;
    if (env->read_only) return fail_readers_lost(": a read-write open makes it anew", err);
    return atk_member_renew(env->dir_fd, &lost, err);
}

static int open_files(struct atk_env *env, const struct atk_env_open *how, apitoken_error *err) {
    const bool any_owner = env->read_only;
    struct stat readers;
    ATK_TRY(atk_locks_open(env->dir_fd, any_owner, &env->in_use_fd, err));
    ATK_TRY(renew_lost_readers(env, how->deadline, err));
    ATK_TRY(atk_member_require_safe(env->dir_fd, ATK_READERS_FILE, any_owner, &readers, err));
    ATK_TRY(atk_locks_take(env->in_use_fd, ATK_LOCK_IN_USE, true, how->deadline, err));
    ATK_TRY(atk_descriptors_refuse_foreign(env->dir_fd, err));
    ATK_TRY(atk_locks_open(env->dir_fd, any_owner, &env->readers_fd, err));
    return open_lmdb(env, how, err);
}

int atk_env_open(int dir_fd, const struct stat *data, const struct atk_env_open *how,
                 struct atk_env **ret_env, apitoken_error *err) {
    struct atk_env *env = aligned_alloc(_Alignof(struct atk_env), sizeof *env);
    if (!env) {
        (void)close(dir_fd);
        return atk_fail(err, APITOKEN_E_NOMEM, NULL);
    }
    memset(env, 0, sizeof *env);
    env->data = atk_file_id_of(data);
    env->read_only = how->read_only;
    env->dir_fd = dir_fd;
    env->in_use_fd = env->readers_fd = -1;
    env->newest = &no_snapshot;
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
        atk_env_close(env, how->deadline);
        return rc;
    }
    *ret_env = env;
    return 0;
}

/* Without env->mdb nothing needs the lock: perhaps the open failed because it could not get it. */
void atk_env_close(struct atk_env *env, struct atk_deadline *deadline) {
    /* LMDB copes without the lock, but another process may have to try its open again */
    bool has_lock =
        env->mdb && atk_locks_take(env->readers_fd, ATK_LOCK_READERS, false, deadline, NULL) == 0;
    atk_pool_destroy(&env->pool);
    close_mdb(env);
    unmap_newest(env);
    atk_meta_map_close(&env->meta);
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
        if (rc == 0) return atk_env_require_mapped(env, *ret_entry, err);
        atk_pool_give(*ret_entry);
    }
}

/* Having read the number once more, it reads the meta page after it on every processor. */
int atk_env_refuse_map(const struct atk_env *env, struct atk_pool_entry *entry,
                       apitoken_error *err) {
    (void)atk_env_newest_snapshot(env);
    if (atk_meta_map_has(&env->meta, entry->snapshot)) return 0;
    atk_env_read_end(entry);
    return atk_fail(err, APITOKEN_E_REPLACED, "other processes write another %s than this one has",
                    ATK_DATA_FILE);
}

void atk_env_read_end(struct atk_pool_entry *entry) {
    mdb_txn_reset(entry->txn);
    atk_pool_give(entry);
}

int atk_env_reopen(struct atk_env *env, struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_open_report report;
    MDB_txn *txn = NULL;
    ATK_TRY(atk_pool_quiesce(&env->pool, deadline, err));
    int rc = atk_locks_take(env->readers_fd, ATK_LOCK_READERS, false, deadline, err);
    if (rc == 0) {
        close_mdb(env);
        unmap_newest(env);
        rc = open_reading(env, &report, deadline, &txn, err);
        atk_locks_drop(env->readers_fd, ATK_LOCK_READERS);
        if (rc == 0) rc = open_checked_trees(env, txn, err);
        if (rc < 0) close_mdb(env);
    }
    atk_pool_resume(&env->pool);
    return rc;
}

uint32_t atk_env_count_readers(const struct atk_env *env) { return count_readers(env).count; }

int atk_env_clear_readers(struct atk_env *env) {
    int dead = 0;
    /* only one thread at a time may use readers_fd */
    if (pthread_mutex_trylock(&env->pool.growth) != 0) return 0;
    if (env->mdb && atk_locks_try(env->readers_fd, ATK_LOCK_READERS, false)) {
        dead = clear_dead_readers(env);
        atk_locks_drop(env->readers_fd, ATK_LOCK_READERS);
    }
    (void)pthread_mutex_unlock(&env->pool.growth);
    return dead;
}
