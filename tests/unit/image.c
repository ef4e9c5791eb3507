/* SPDX-License-Identifier: MIT */
#include "image.h"

#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "lmdb/process/env.h"
#include "lmdb/form/pages.h"

#define VALUE_MAX 9000

static void put(MDB_txn *txn, MDB_dbi dbi, const char *name, unsigned number, size_t len) {
    static uint8_t value[VALUE_MAX];
    char key[32];
    memset(value, (int)(number % 251), sizeof value);
    int key_len = snprintf(key, sizeof key, "%s%06u", name, number);
    MDB_val k = { (size_t)key_len, key }, v = { len, value };
    assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), 0);
}

static void delete (MDB_txn *txn, MDB_dbi dbi, const char *name, unsigned number) {
    char key[32];
    int key_len = snprintf(key, sizeof key, "%s%06u", name, number);
    MDB_val k = { (size_t)key_len, key };
    assert_int_equal(mdb_del(txn, dbi, &k, NULL), 0);
}

/* Every 20th row is a long one, on one or three overflow pages. */
static size_t row_len(unsigned number) {
    return number % 20 == 7 ? 2300 : number % 20 == 13 ? VALUE_MAX : 300 + number % 50;
}

static void fill(MDB_env *mdb, unsigned rows, unsigned deleted) {
    MDB_dbi hot, cold;
    MDB_txn *txn;
    assert_int_equal(mdb_txn_begin(mdb, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, NULL, 0, &hot), 0);
    assert_int_equal(mdb_dbi_open(txn, ATK_ROWS_DB, MDB_CREATE, &cold), 0);
    put(txn, hot, "!config", 0, 100);
    for (unsigned i = 0; i < 2 * rows; i++) put(txn, hot, "token", i * 7919 % 1000000, 120);
    for (unsigned i = 0; i < rows + deleted; i++) put(txn, cold, "row", i, row_len(i));
    assert_int_equal(mdb_txn_commit(txn), 0);
    assert_int_equal(mdb_txn_begin(mdb, NULL, 0, &txn), 0);
    for (unsigned i = rows; i < rows + deleted; i++) delete (txn, cold, "row", i);
    put(txn, hot, "!config", 0, 101);
    assert_int_equal(mdb_txn_commit(txn), 0);
}

static void load(struct image *image, const char *path, uint64_t pages) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    image->len = (size_t)pages * image->page_size;
    image->bytes = calloc(1, image->len); /* LMDB need not have written the last pages */
    assert_non_null(image->bytes);
    assert_true(read(fd, image->bytes, image->len) > 0);
    assert_int_equal(close(fd), 0);
}

void image_make(struct image *image, unsigned rows, unsigned deleted) {
    struct fixture f;
    MDB_env *mdb;
    MDB_envinfo info;
    MDB_stat stat;
    char path[128];
    fixture_make_dir(&f);
    assert_int_equal(mdb_env_create(&mdb), 0);
    assert_int_equal(mdb_env_set_mapsize(mdb, IMAGE_MAP_BYTES), 0);
    assert_int_equal(mdb_env_set_maxdbs(mdb, 1), 0);
    assert_int_equal(mdb_env_open(mdb, f.dir, MDB_NOSYNC, 0600), 0);
    fill(mdb, rows, deleted);
    assert_int_equal(mdb_env_info(mdb, &info), 0);
    assert_int_equal(mdb_env_stat(mdb, &stat), 0);
    mdb_env_close(mdb);
    image->page_size = stat.ms_psize;
    image->transaction = info.me_last_txnid;
    (void)snprintf(path, sizeof path, "%s/data.mdb", f.dir);
    load(image, path, info.me_last_pgno + 1);
    fixture_remove(&f);
    image->fd = memfd_create("image", MFD_CLOEXEC);
    assert_true(image->fd >= 0);
    image_put(image);
}

void image_free(struct image *image) {
    free(image->bytes);
    (void)close(image->fd);
}

void image_put(const struct image *image) {
    assert_int_equal(pwrite(image->fd, image->bytes, image->len, 0), image->len);
    assert_int_equal(ftruncate(image->fd, (off_t)image->len), 0);
}

uint8_t *image_page(const struct image *image, uint64_t page) {
    assert_true((page + 1) * image->page_size <= image->len);
    return image->bytes + page * image->page_size;
}

uint8_t *image_meta(const struct image *image) {
    return image_page(image, image->transaction % 2) + PAGE_HEAD;
}

unsigned image_count(const uint8_t *page) {
    return (unsigned)(page_uint(page, PAGE_LOWER_AT, 2) - PAGE_HEAD) / 2;
}

uint8_t *image_node(uint8_t *page, unsigned i) {
    assert_true(i < image_count(page));
    return page + page_uint(page, PAGE_HEAD + 2 * (size_t)i, 2);
}

uint64_t image_get(const uint8_t *bytes, size_t at, size_t width) {
    return page_uint_of(bytes, at, width);
}

void image_set(uint8_t *bytes, size_t at, size_t width, uint64_t value) {
    for (size_t i = 0; i < width; i++) bytes[at + i] = (uint8_t)(value >> 8 * i);
}
