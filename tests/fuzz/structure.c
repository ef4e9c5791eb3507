/* SPDX-License-Identifier: MIT */
/*
 * The structure check over images of data.mdb with small pages, after the check of the meta pages
 * as at open: it comes to an answer, and what it lets pass LMDB can walk from end to end.
 * make_images.c makes the corpus.
 */
#include "target.h"

#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lmdb/process/env.h"
#include "lmdb/form/meta.h"
#include "lmdb/form/structure.h"

enum { WALK_EVERY = 16 }; /* LMDB's open takes many times as long as the check */

static char dir[64], path[96];
static int dir_fd = -1, fd = -1;

static void leave(void) {
    (void)unlink(path);
    (void)rmdir(dir);
}

/* In memory if there is such a place: the file is written for every input. */
static void make_place(void) {
    const int has_memory = access("/dev/shm", W_OK) == 0;
    (void)snprintf(dir, sizeof dir, "%s/apitoken-fuzz-XXXXXX", has_memory ? "/dev/shm" : "/tmp");
    MUST(mkdtemp(dir) != NULL);
    (void)snprintf(path, sizeof path, "%s/" ATK_DATA_FILE, dir);
    dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    MUST(dir_fd >= 0 && fd >= 0 && atexit(leave) == 0);
}

/* What is read comes into a sum, so that no compiler leaves it out. */
static unsigned walk_tree(MDB_txn *txn, MDB_dbi tree) {
    MDB_cursor *cursor;
    MDB_val key, value;
    unsigned sum = 0;
    if (mdb_cursor_open(txn, tree, &cursor) != 0) return 0;
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0)
        for (size_t i = 0; i < value.mv_size; i++) sum += ((const uint8_t *)value.mv_data)[i];
    mdb_cursor_close(cursor);
    return sum;
}

static void walk_with_lmdb(void) {
    static volatile unsigned sum;
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi tree;
    MUST(mdb_env_create(&env) == 0 && mdb_env_set_maxdbs(env, 1) == 0);
    if (mdb_env_open(env, path, MDB_RDONLY | MDB_NOSUBDIR | MDB_NOLOCK, 0) == 0 &&
        mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) == 0) {
        if (mdb_dbi_open(txn, NULL, 0, &tree) == 0) sum += walk_tree(txn, tree);
        if (mdb_dbi_open(txn, ATK_ROWS_DB, 0, &tree) == 0) sum += walk_tree(txn, tree);
        mdb_txn_abort(txn);
    }
    mdb_env_close(env);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static unsigned passed;
    static size_t last_size;
    struct atk_meta metas[2];
    uint32_t page_size;
    uint64_t bytes = 0;
    if (fd < 0) make_place();
    if (size != last_size) MUST(ftruncate(fd, (off_t)size) == 0);
    MUST(pwrite(fd, data, size, 0) == (ssize_t)size);
    last_size = size;
    const int gate = atk_meta_check(dir_fd, 0, &bytes, NULL);
    MUST(gate == APITOKEN_E_DAMAGED || (gate == 0 && bytes == size));
    if (gate != 0) return 0;
    MUST(atk_meta_read_both(fd, metas, &page_size));
    const unsigned newer = metas[1].transaction > metas[0].transaction;
    bool is_overwritten;
    const int rc = atk_structure_check(fd, metas[newer].transaction, &is_overwritten, NULL);
    MUST(rc == 0 || rc == APITOKEN_E_DAMAGED);
    if (rc == 0 && passed++ % WALK_EVERY == 0) walk_with_lmdb();
    return 0;
}
