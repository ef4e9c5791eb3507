/* SPDX-License-Identifier: MIT */
#include "bare.h"

#include <lmdb.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "due.h"
#include "machine.h"
#include "place.h"

#define PUTS 10000
#define RECORD_LEN 64
#define TAG_LEN crypto_shorthash_BYTES
#define ROW_LEN (40 + 4 + TAG_LEN) /* head, name of four bytes, tag: see doc/store-format.md */
#define ID_LEN 12
#define KEY_LEN (1 + PLACE_OWNER_LEN + ID_LEN)

struct bare {
    MDB_env *env;
    MDB_dbi dbi;
    MDB_txn *txn; /* reading, reset between pages */
    uint8_t tag_key[crypto_shorthash_KEYBYTES];
};

static struct bare *open_env(const char *dir, size_t map_bytes) {
    struct bare *bare = calloc(1, sizeof *bare);
    DUE_THAT(bare && sodium_init() >= 0);
    randombytes_buf(bare->tag_key, sizeof bare->tag_key);
    DUE(mkdir(dir, 0700));
    DUE(mdb_env_create(&bare->env));
    DUE(mdb_env_set_mapsize(bare->env, map_bytes));
    DUE(mdb_env_open(bare->env, dir, MDB_NOTLS, 0600));
    DUE(mdb_env_set_flags(bare->env, MDB_NOSYNC, 1)); /* until it is full */
    return bare;
}

static void end_fill(struct bare *bare, MDB_txn *txn) {
    DUE(mdb_txn_commit(txn));
    DUE(mdb_env_set_flags(bare->env, MDB_NOSYNC, 0));
    DUE(mdb_env_sync(bare->env, 1));
    DUE(mdb_txn_begin(bare->env, NULL, MDB_RDONLY, &bare->txn));
    mdb_txn_reset(bare->txn);
}

static MDB_txn *next_txn(struct bare *bare, MDB_txn *txn, size_t done) {
    if (txn && done % PUTS != 0) return txn;
    if (txn) DUE(mdb_txn_commit(txn));
    DUE(mdb_txn_begin(bare->env, NULL, 0, &txn));
    DUE(mdb_dbi_open(txn, NULL, 0, &bare->dbi));
    return txn;
}

static void put_random(struct bare *bare, MDB_txn *txn, uint64_t *random) {
    uint64_t number = draw(random);
    uint8_t record[RECORD_LEN] = { 1 };
    MDB_val key = { sizeof number, &number }, value = { sizeof record, record };
    DUE(mdb_put(txn, bare->dbi, &key, &value, 0));
}

struct bare *bare_puts(const char *dir, size_t records, uint64_t *random) {
    struct bare *bare = open_env(dir, ((size_t)256 << 20) + records * 256);
    MDB_txn *txn = NULL;
    for (size_t i = 0; i < records; i++) {
        txn = next_txn(bare, txn, i);
        put_random(bare, txn, random);
    }
    end_fill(bare, txn);
    return bare;
}

void bare_put(struct bare *bare, uint64_t *random) {
    MDB_txn *txn;
    DUE(mdb_txn_begin(bare->env, NULL, 0, &txn));
    put_random(bare, txn, random);
    DUE(mdb_txn_commit(txn));
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* The id: `number` in its first bytes, most significant first, so that ids are in its order. */
static void row_key(size_t owner, uint64_t number, uint8_t out[KEY_LEN]) {
    char name[PLACE_OWNER_LEN + 1];
    place_owner(owner, name);
    out[0] = PLACE_OWNER_LEN;
    memcpy(out + 1, name, PLACE_OWNER_LEN);
    memset(out + 1 + PLACE_OWNER_LEN, 0, ID_LEN);
    number = __builtin_bswap64(number);
    memcpy(out + 1 + PLACE_OWNER_LEN, &number, sizeof number);
}

static void tag_of(const struct bare *bare, const MDB_val *key, const void *row,
                   uint8_t out[TAG_LEN]) {
    uint8_t joined[1 + KEY_LEN + ROW_LEN - TAG_LEN];
    joined[0] = KEY_LEN;
    memcpy(joined + 1, key->mv_data, KEY_LEN);
    memcpy(joined + 1 + KEY_LEN, row, ROW_LEN - TAG_LEN);
    (void)crypto_shorthash(out, joined, sizeof joined, bare->tag_key);
}

static void put_row(struct bare *bare, MDB_txn *txn, size_t owner, uint64_t number) {
    uint8_t bytes[KEY_LEN], row[ROW_LEN] = { 1 };
    MDB_val key = { KEY_LEN, bytes }, value = { ROW_LEN, row };
    row_key(owner, number, bytes);
    memcpy(row + 8, &number, sizeof number);
    tag_of(bare, &key, row, row + ROW_LEN - TAG_LEN);
    DUE(mdb_put(txn, bare->dbi, &key, &value, MDB_NOOVERWRITE));
}

struct bare *bare_rows(const char *dir, size_t rows, size_t owners) {
    struct bare *bare = open_env(dir, ((size_t)256 << 20) + rows * 512);
    MDB_txn *txn = NULL;
    for (size_t i = 0; i < rows; i++) {
        txn = next_txn(bare, txn, i);
        put_row(bare, txn, i % owners, i + 1);
    }
    end_fill(bare, txn);
    return bare;
}

static void read_row(const struct bare *bare, const MDB_val *key, const MDB_val *value,
                     int with_check, uint64_t *sum) {
    const uint8_t *row = value->mv_data;
    uint64_t word;
    if (with_check) {
        uint8_t tag[TAG_LEN];
        tag_of(bare, key, row, tag);
        DUE(memcmp(tag, row + ROW_LEN - TAG_LEN, TAG_LEN));
    }
    memcpy(&word, row + 8, sizeof word);
    *sum += word + row[ROW_LEN - TAG_LEN - 1];
}

/*
 * Adds to *seen the rows of a page from the key on, which becomes that of the next row. 1 if there
 * is one.
 */
static int scan_page(struct bare *bare, uint8_t next[KEY_LEN], size_t page, int with_check,
                     size_t *seen, uint64_t *sum) {
    uint8_t prefix[1 + PLACE_OWNER_LEN];
    MDB_cursor *cursor;
    MDB_val key = { KEY_LEN, next }, value;
    size_t end = *seen + page;
    memcpy(prefix, next, sizeof prefix);
    DUE(mdb_txn_renew(bare->txn));
    DUE(mdb_cursor_open(bare->txn, bare->dbi, &cursor));
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (rc == 0 && *seen < end && memcmp(key.mv_data, prefix, sizeof prefix) == 0) {
        read_row(bare, &key, &value, with_check, sum);
        ++*seen;
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    int is_more = rc == 0 && memcmp(key.mv_data, prefix, sizeof prefix) == 0;
    if (is_more) memcpy(next, key.mv_data, KEY_LEN);
    mdb_cursor_close(cursor);
    mdb_txn_reset(bare->txn);
    return is_more;
}

size_t bare_scan(struct bare *bare, size_t owner, size_t page, int with_check, uint64_t *sum) {
    uint8_t next[KEY_LEN];
    size_t seen = 0;
    row_key(owner, 0, next);
    while (scan_page(bare, next, page, with_check, &seen, sum)) continue;
    return seen;
}

size_t bare_scan_all(struct bare *bare, uint64_t *sum) {
    MDB_cursor *cursor;
    MDB_val key, value;
    size_t seen = 0;
    DUE(mdb_txn_renew(bare->txn));
    DUE(mdb_cursor_open(bare->txn, bare->dbi, &cursor));
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    for (; rc == 0; seen++) {
        read_row(bare, &key, &value, 0, sum);
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    mdb_txn_reset(bare->txn);
    return seen;
}

void bare_free(struct bare *bare) {
    mdb_txn_abort(bare->txn);
    mdb_env_close(bare->env);
    free(bare);
}
