/* SPDX-License-Identifier: MIT */
#include "db/imports_keys.h"

#include <string.h>

#include "db/imports_db_priv.h"

#define KEPT_MS INT64_C(86400000)
/* Each import removes more old keys than it adds, in a transaction of bounded size. */
#define REMOVED_AT_ONCE 16

/* ---- rows ------------------------------------------------------------------------------------ */

struct key_row {
    int64_t made_ms;
    uint64_t import;
    unsigned char digest[IMPORTS_DIGEST_LEN];
};

_Static_assert(sizeof(struct key_row) == 8 + 8 + 32,
               "key_row is stored: to change it, add a new table");

/* Owner, NUL, interface, NUL, key. In `key_times` the time stands before it, big-endian. */
struct row_key {
    char bytes[sizeof(uint64_t) + APITOKEN_OWNER_MAX + 1 + IMPORTS_INTERFACE_MAX + 1 +
               IMPORTS_KEY_MAX];
    size_t length;
};

bool import_key_is_valid(const char *text) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-_";
    const size_t length = strlen(text);
    return length > 0 && length <= IMPORTS_KEY_MAX && strspn(text, allowed) == length;
}

static void append(struct row_key *key, const void *bytes, size_t length) {
    memcpy(key->bytes + key->length, bytes, length);
    key->length += length;
}

static MDB_val make_key(struct row_key *ret, const struct import_key *key) {
    ret->length = 0;
    append(ret, key->owner, strlen(key->owner) + 1);
    append(ret, key->interface, strlen(key->interface) + 1);
    append(ret, key->text, strlen(key->text));
    return (MDB_val){ ret->length, ret->bytes };
}

/* `rest` is a key of the table `keys`. */
static MDB_val make_time_key(struct row_key *ret, int64_t made_ms, MDB_val rest) {
    const uint64_t be = htobe64((uint64_t)made_ms);
    ret->length = 0;
    append(ret, &be, sizeof be);
    append(ret, rest.mv_data, rest.mv_size);
    return (MDB_val){ ret->length, ret->bytes };
}

static int get_row(struct imports_db *db, MDB_txn *txn, MDB_val key, struct key_row *ret) {
    MDB_val value;
    int rc = mdb_get(txn, db->keys, &key, &value);
    if (rc == MDB_SUCCESS && value.mv_size != sizeof *ret) rc = MDB_CORRUPTED;
    if (rc == MDB_SUCCESS) memcpy(ret, value.mv_data, sizeof *ret);
    return rc;
}

/* A clock that was wrong may have left a time far in the future. */
static bool is_old(int64_t made_ms, int64_t now_ms) {
    return now_ms - made_ms >= KEPT_MS || made_ms - now_ms >= KEPT_MS;
}

/* ---- find ------------------------------------------------------------------------------------ */

static int find(struct imports_db *db, MDB_txn *txn, const struct import_key *key, int64_t now_ms,
                enum import_key_state *ret_state, uint64_t *ret_import) {
    struct row_key buffer;
    struct key_row row;
    int rc = get_row(db, txn, make_key(&buffer, key), &row);
    *ret_state = IMPORT_KEY_FREE;
    if (rc == MDB_NOTFOUND) return MDB_SUCCESS;
    if (rc != MDB_SUCCESS || is_old(row.made_ms, now_ms)) return rc;
    *ret_state = memcmp(row.digest, key->digest, sizeof row.digest) == 0 ? IMPORT_KEY_SAME
                                                                         : IMPORT_KEY_OTHER;
    *ret_import = row.import;
    return MDB_SUCCESS;
}

enum db_result imports_db_find_key(struct imports_db *db, const struct import_key *key,
                                   int64_t now_ms, enum import_key_state *ret_state,
                                   uint64_t *ret_import) {
    MDB_txn *txn = NULL;
    int rc = imports_begin_read(db, &txn);
    if (rc == MDB_SUCCESS) {
        rc = find(db, txn, key, now_ms, ret_state, ret_import);
        mdb_txn_abort(txn);
    }
    return imports_result(rc, "find a key");
}

/* ---- write ----------------------------------------------------------------------------------- */

static int remove_row(struct imports_db *db, MDB_txn *txn, MDB_val key) {
    struct row_key buffer;
    struct key_row row;
    int rc = get_row(db, txn, key, &row);
    if (rc != MDB_SUCCESS) return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
    MDB_val time_key = make_time_key(&buffer, row.made_ms, key);
    rc = mdb_del(txn, db->key_times, &time_key, NULL);
    return rc == MDB_SUCCESS ? mdb_del(txn, db->keys, &key, NULL) : rc;
}

/* The oldest key, as a key of the table `keys`. MDB_NOTFOUND if none is too old. */
static int find_old(struct imports_db *db, MDB_txn *txn, int64_t now_ms, struct row_key *ret) {
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    uint64_t be;
    int rc = mdb_cursor_open(txn, db->key_times, &cursor);
    if (rc != MDB_SUCCESS) return rc;
    rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    if (rc == MDB_SUCCESS && (key.mv_size <= sizeof be || key.mv_size > sizeof ret->bytes))
        rc = MDB_CORRUPTED;
    if (rc == MDB_SUCCESS) {
        memcpy(&be, key.mv_data, sizeof be);
        ret->length = 0;
        append(ret, (const char *)key.mv_data + sizeof be, key.mv_size - sizeof be);
        if (!is_old((int64_t)be64toh(be), now_ms)) rc = MDB_NOTFOUND;
    }
    mdb_cursor_close(cursor);
    return rc;
}

static int remove_old(struct imports_db *db, MDB_txn *txn, int64_t now_ms) {
    struct row_key old;
    int rc = MDB_SUCCESS;
    for (int i = 0; rc == MDB_SUCCESS && i < REMOVED_AT_ONCE; i++) {
        rc = find_old(db, txn, now_ms, &old);
        if (rc == MDB_SUCCESS) rc = remove_row(db, txn, (MDB_val){ old.length, old.bytes });
    }
    return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

static int put_row(struct imports_db *db, MDB_txn *txn, MDB_val key, struct key_row *row) {
    struct row_key buffer;
    MDB_val time_key = make_time_key(&buffer, row->made_ms, key);
    MDB_val value = { sizeof *row, row };
    MDB_val nothing = { 0, NULL };
    int rc = mdb_put(txn, db->keys, &key, &value, MDB_NOOVERWRITE);
    return rc == MDB_SUCCESS ? mdb_put(txn, db->key_times, &time_key, &nothing, 0) : rc;
}

int imports_put_key(struct imports_db *db, MDB_txn *txn, const struct import_key *key,
                    const struct import_row *import) {
    struct row_key buffer;
    struct key_row row = { .made_ms = import->received_ms, .import = import->import };
    enum import_key_state state = IMPORT_KEY_FREE;
    uint64_t made;
    memcpy(row.digest, key->digest, sizeof row.digest);
    int rc = remove_old(db, txn, row.made_ms);
    if (rc == MDB_SUCCESS) rc = find(db, txn, key, row.made_ms, &state, &made);
    if (rc == MDB_SUCCESS && state != IMPORT_KEY_FREE) rc = MDB_KEYEXIST;
    MDB_val at = make_key(&buffer, key);
    if (rc == MDB_SUCCESS) rc = remove_row(db, txn, at);
    return rc == MDB_SUCCESS ? put_row(db, txn, at, &row) : rc;
}
