/* SPDX-License-Identifier: MIT */
/*
 * Makes the corpus of the target `structure`: make_images FOLDER. LMDB takes a file's page size
 * from its meta pages, so it is given a file with two of 512 bytes: an image has all kinds of pages
 * and still few bytes.
 */
#include <lmdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lmdb/process/env.h"
#include "lmdb/form/pages.h"

#define MUST(condition) ((condition) ? (void)0 : abort())

enum { PAGE_SIZE = 512, VALUE_MAX = 2000 };

static const struct image {
    const char *name;
    unsigned tokens, rows, row_len; /* every seventh row is a long one, on overflow pages */
    /* more rows that were made and deleted again: their pages are free */
    unsigned deleted;
} images[] = {
    { "empty", 0, 0, 0, 0 },  { "one", 1, 1, 40, 0 },      { "leaves", 3, 4, 60, 0 },
    { "deep", 0, 60, 20, 0 }, { "overflow", 2, 8, 30, 0 }, { "many-freed", 2, 2, 90, 35 },
};

static void set(uint8_t *bytes, size_t at, size_t width, uint64_t value) {
    for (size_t i = 0; i < width; i++) bytes[at + i] = (uint8_t)(value >> 8 * i);
}

/* The meta pages of an empty environment. */
static void write_metas(const char *path) {
    uint8_t pages[2 * PAGE_SIZE] = { 0 };
    for (unsigned i = 0; i < 2; i++) {
        uint8_t *page = pages + i * PAGE_SIZE, *meta = page + PAGE_HEAD;
        set(page, PAGE_NUMBER_AT, 8, i);
        set(page, PAGE_FLAGS_AT, 2, PAGE_META);
        set(meta, 0, 4, META_MAGIC);
        set(meta, 4, 4, 1);
        set(meta, 16, 8, ATK_MAP_MIN);
        set(meta, 24, 4, PAGE_SIZE);
        set(meta, 28, 2, MDB_INTEGERKEY);
        set(meta, 24 + 40, 8, NO_PAGE);
        set(meta, 24 + DB_LEN + 40, 8, NO_PAGE);
        set(meta, 24 + 2 * DB_LEN, 8, 1);
    }
    FILE *file = fopen(path, "wbe");
    MUST(file != NULL && fwrite(pages, sizeof pages, 1, file) == 1 && fclose(file) == 0);
}

static void put(MDB_txn *txn, MDB_dbi tree, const char *name, unsigned number, size_t len) {
    static uint8_t value[VALUE_MAX];
    char key[32];
    memset(value, (int)(number % 251), sizeof value);
    MDB_val k = { (size_t)snprintf(key, sizeof key, "%s%04u", name, number), key },
            v = { len, value };
    MUST(mdb_put(txn, tree, &k, &v, 0) == 0);
}

static void delete_row(MDB_txn *txn, MDB_dbi tree, unsigned number) {
    char key[32];
    MDB_val k = { (size_t)snprintf(key, sizeof key, "row%04u", number), key };
    MUST(mdb_del(txn, tree, &k, NULL) == 0);
}

/* Two transactions, so that the second one finds what the first one freed. */
static void fill(MDB_env *env, const struct image *image) {
    MDB_txn *txn;
    MDB_dbi hot, cold;
    MUST(mdb_txn_begin(env, NULL, 0, &txn) == 0);
    MUST(mdb_dbi_open(txn, NULL, 0, &hot) == 0 &&
         mdb_dbi_open(txn, ATK_ROWS_DB, MDB_CREATE, &cold) == 0);
    for (unsigned i = 0; i < image->tokens; i++) put(txn, hot, "id", i * 37 % 100, 50);
    for (unsigned i = 0; i < image->rows + image->deleted; i++)
        put(txn, cold, "row", i, i % 7 == 6 ? VALUE_MAX / 2 : image->row_len);
    MUST(mdb_txn_commit(txn) == 0);
    MUST(mdb_txn_begin(env, NULL, 0, &txn) == 0);
    for (unsigned i = image->rows; i < image->rows + image->deleted; i++) delete_row(txn, cold, i);
    put(txn, hot, "!", 0, 20);
    MUST(mdb_txn_commit(txn) == 0);
}

/* LMDB need not have written the last pages, and nothing behind them is of interest. */
static void make(const char *folder, const struct image *image) {
    char path[512], lock[520];
    MDB_env *env;
    MDB_envinfo info;
    (void)snprintf(path, sizeof path, "%s/%s", folder, image->name);
    (void)snprintf(lock, sizeof lock, "%s-lock", path);
    write_metas(path);
    MUST(mdb_env_create(&env) == 0 && mdb_env_set_maxdbs(env, 1) == 0);
    MUST(mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOSYNC, 0644) == 0);
    fill(env, image);
    MUST(mdb_env_info(env, &info) == 0);
    mdb_env_close(env);
    MUST(truncate(path, (off_t)(info.me_last_pgno + 1) * PAGE_SIZE) == 0);
    MUST(unlink(lock) == 0);
    printf("%s: %zu pages\n", image->name, info.me_last_pgno + 1);
}

int main(int argc, char **argv) {
    MUST(argc == 2);
    for (size_t i = 0; i < sizeof images / sizeof *images; i++) make(argv[1], &images[i]);
    return 0;
}
