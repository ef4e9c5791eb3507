/* SPDX-License-Identifier: MIT */
#include "floor.h"

#include <lmdb.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TEXT_MAX 96 /* key and text fit the one block of 128 */

/* The database's key is the beginning of the verifier. */
#define PLACE_LEN 8

struct record {
    uint8_t verifier[crypto_verify_32_BYTES];
    int64_t end_ms;
};

struct floor {
    uint8_t key[FLOOR_KEY_LEN];
    MDB_env *env;
    MDB_dbi dbi;
    MDB_txn *txn; /* reset between calls */
    MDB_txn *puts;
};

static void hash(const struct floor *floor, const char *text, size_t len,
                 uint8_t out[crypto_verify_32_BYTES]) {
    uint8_t block[FLOOR_KEY_LEN + TEXT_MAX];
    memcpy(block, floor->key, FLOOR_KEY_LEN);
    memcpy(block + FLOOR_KEY_LEN, text, len);
    (void)crypto_generichash(out, crypto_verify_32_BYTES, block, FLOOR_KEY_LEN + len, NULL, 0);
}

static int open_env(struct floor *floor, const char *dir, size_t map_bytes, int writes) {
    MDB_txn *txn;
    unsigned flags = MDB_NOTLS | (writes ? MDB_NOSYNC : MDB_RDONLY);
    if (mdb_env_create(&floor->env) != 0) return -1;
    if (mdb_env_set_mapsize(floor->env, map_bytes) != 0 ||
        mdb_env_open(floor->env, dir, flags, 0600) != 0)
        return -1;
    if (mdb_txn_begin(floor->env, NULL, writes ? 0 : MDB_RDONLY, &txn) != 0) return -1;
    if (mdb_dbi_open(txn, NULL, 0, &floor->dbi) != 0 || mdb_txn_commit(txn) != 0) return -1;
    if (mdb_txn_begin(floor->env, NULL, MDB_RDONLY, &floor->txn) != 0) return -1;
    mdb_txn_reset(floor->txn);
    return 0;
}

struct floor *floor_open(const char *dir, const uint8_t key[FLOOR_KEY_LEN], size_t map_bytes,
                         int writes) {
    struct floor *floor = calloc(1, sizeof *floor);
    if (!floor || sodium_init() < 0) {
        free(floor);
        return NULL;
    }
    memcpy(floor->key, key, FLOOR_KEY_LEN);
    if (open_env(floor, dir, map_bytes, writes) == 0) return floor;
    floor_close(floor);
    return NULL;
}

void floor_close(struct floor *floor) {
    if (!floor) return;
    if (floor->puts) mdb_txn_abort(floor->puts);
    if (floor->txn) mdb_txn_abort(floor->txn);
    if (floor->env) mdb_env_close(floor->env);
    free(floor);
}

int floor_put_begin(struct floor *floor) {
    return mdb_txn_begin(floor->env, NULL, 0, &floor->puts) == 0 ? 0 : -1;
}

int floor_put(struct floor *floor, const char *text, size_t len, int64_t end_ms) {
    struct record record = { .end_ms = end_ms };
    if (len > TEXT_MAX) return -1;
    hash(floor, text, len, record.verifier);
    MDB_val key = { PLACE_LEN, record.verifier }, value = { sizeof record, &record };
    return mdb_put(floor->puts, floor->dbi, &key, &value, MDB_NOOVERWRITE) == 0 ? 0 : -1;
}

int floor_put_end(struct floor *floor) {
    int rc = mdb_txn_commit(floor->puts);
    floor->puts = NULL;
    return rc == 0 ? 0 : -1;
}

int floor_validate(struct floor *floor, const char *text, size_t len) {
    uint8_t verifier[crypto_verify_32_BYTES];
    MDB_val key = { PLACE_LEN, verifier }, value;
    int good = 0;
    if (len > TEXT_MAX) return -1;
    hash(floor, text, len, verifier);
    if (mdb_txn_renew(floor->txn) != 0) return -1;
    if (mdb_get(floor->txn, floor->dbi, &key, &value) == 0) {
        struct record record;
        memcpy(&record, value.mv_data, sizeof record);
        good = crypto_verify_32(verifier, record.verifier) == 0 &&
               (int64_t)time(NULL) * 1000 < record.end_ms;
    }
    mdb_txn_reset(floor->txn);
    return good ? 0 : -1;
}
