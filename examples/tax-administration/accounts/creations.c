/* SPDX-License-Identifier: MIT */
#include "accounts/creations.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "accounts/admin_db_priv.h"

#define KEPT_MS INT64_C(86400000)

struct creation_row {
    int64_t begun_ms;
    unsigned char digest[CREATION_DIGEST_LEN];
    unsigned char runner[ADMIN_DB_RUNNER_LEN]; /* the process that is working on it; 0 = none */
    char id[APITOKEN_ID_MAX + 1];
    uint32_t is_done;
    uint32_t reserved; /* 0 */
};

_Static_assert(sizeof(struct creation_row) == 8 + 32 + 16 + 32 + 4 + 4,
               "creation_row is stored: a change needs a new schema");

struct creation_key {
    char bytes[ACCOUNT_ID_LEN + CREATION_KEY_MAX];
};

_Static_assert(APITOKEN_ID_MAX <= CREATION_KEY_MAX, "a token id fits into a key of `created`");
_Static_assert(ACCOUNT_ID_LEN + CREATION_KEY_MAX <= RUNNING_KEY_MAX,
               "a key fits into struct running");

bool creation_key_is_valid(const char *key, size_t length) {
    if (length == 0 || length > CREATION_KEY_MAX) return false;
    for (size_t i = 0; i < length; i++) {
        bool is_good = (key[i] >= 'a' && key[i] <= 'z') || (key[i] >= 'A' && key[i] <= 'Z') ||
                       (key[i] >= '0' && key[i] <= '9') || key[i] == '-' || key[i] == '_';
        if (!is_good) return false;
    }
    return true;
}

/*
 * Joins an account id with a key or a token id. The result points into `key`; it is empty, which
 * LMDB refuses, if either is invalid.
 */
static MDB_val make_key(struct creation_key *key, const char *account, const char *rest) {
    size_t length = strlen(rest);
    if (strlen(account) != ACCOUNT_ID_LEN || length == 0 || length > CREATION_KEY_MAX)
        return (MDB_val){ 0, key->bytes };
    memcpy(key->bytes, account, ACCOUNT_ID_LEN);
    memcpy(key->bytes + ACCOUNT_ID_LEN, rest, length);
    return (MDB_val){ ACCOUNT_ID_LEN + length, key->bytes };
}

static int read_row(MDB_val value, struct creation_row *ret_row) {
    if (value.mv_size != sizeof *ret_row) return MDB_CORRUPTED;
    memcpy(ret_row, value.mv_data, sizeof *ret_row);
    ret_row->id[sizeof ret_row->id - 1] = '\0';
    return MDB_SUCCESS;
}

static int get_row(struct admin_db *db, MDB_txn *txn, MDB_val key, struct creation_row *ret_row) {
    MDB_val value;
    int rc = mdb_get(txn, db->creations, &key, &value);
    return rc == MDB_SUCCESS ? read_row(value, ret_row) : rc;
}

static int put_row(struct admin_db *db, MDB_txn *txn, MDB_val key, struct creation_row *row) {
    MDB_val value = { sizeof *row, row };
    return mdb_put(txn, db->creations, &key, &value, 0);
}

static int forget_token(struct admin_db *db, MDB_txn *txn, const char *account, const char *id) {
    struct creation_key buffer;
    MDB_val key = make_key(&buffer, account, id);
    if (!*id) return MDB_SUCCESS;
    int rc = mdb_del(txn, db->created, &key, NULL);
    return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

static int remember_token(struct admin_db *db, MDB_txn *txn, const char *account, const char *id) {
    struct creation_key buffer;
    MDB_val key = make_key(&buffer, account, id), nothing = { 0, NULL };
    return *id ? mdb_put(txn, db->created, &key, &nothing, 0) : MDB_SUCCESS;
}

/* A clock that was wrong may have left a start time far in the future. */
static bool is_old(const struct creation_row *row, int64_t now_ms) {
    return now_ms - row->begun_ms >= KEPT_MS || row->begun_ms - now_ms >= KEPT_MS;
}

/* Deletes the account's old rows; all of its rows if `now_ms` is NULL. */
static int delete_rows_at(struct admin_db *db, MDB_txn *txn, MDB_cursor *cursor,
                          const char *account, const int64_t *now_ms) {
    struct creation_row row;
    MDB_val key = admin_db_text(account, ACCOUNT_ID_LEN), value;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    for (; rc == MDB_SUCCESS; rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        if (key.mv_size <= ACCOUNT_ID_LEN || memcmp(key.mv_data, account, ACCOUNT_ID_LEN) != 0)
            return MDB_SUCCESS;
        rc = read_row(value, &row);
        if (rc != MDB_SUCCESS) return rc;
        if (now_ms && !is_old(&row, *now_ms)) continue;
        rc = forget_token(db, txn, account, row.id);
        /* After a delete, MDB_NEXT returns the row after the deleted one. */
        if (rc == MDB_SUCCESS) rc = mdb_cursor_del(cursor, 0);
        if (rc != MDB_SUCCESS) return rc;
    }
    return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

static int delete_rows(struct admin_db *db, MDB_txn *txn, const char *account,
                       const int64_t *now_ms) {
    MDB_cursor *cursor = NULL;
    int rc = mdb_cursor_open(txn, db->creations, &cursor);
    if (rc != MDB_SUCCESS) return rc;
    rc = delete_rows_at(db, txn, cursor, account, now_ms);
    mdb_cursor_close(cursor);
    return rc;
}

int creations_delete_all(struct admin_db *db, MDB_txn *txn, const char *account) {
    return delete_rows(db, txn, account, NULL);
}

static int check_active(struct admin_db *db, MDB_txn *txn, const char *id) {
    struct account account;
    int rc = admin_db_get_account(db, txn, id, &account);
    if (rc == MDB_SUCCESS && account.state != ACCOUNT_ACTIVE) rc = MDB_NOTFOUND;
    sodium_memzero(&account, sizeof account);
    return rc;
}

static int check_room(struct admin_db *db, MDB_txn *txn) {
    MDB_stat stat;
    int rc = mdb_stat(txn, db->creations, &stat);
    if (rc != MDB_SUCCESS) return rc;
    return stat.ms_branch_pages + stat.ms_leaf_pages >= db->creation_pages_max ? MDB_MAP_FULL
                                                                               : MDB_SUCCESS;
}

/* If no request is working on a row that is not done, its outcome was lost: CREATION_MAYBE. */
static enum creation_state state_for_request(struct admin_db *db, MDB_val key,
                                             const struct creation_row *row,
                                             const unsigned char digest[CREATION_DIGEST_LEN]) {
    if (sodium_memcmp(row->digest, digest, CREATION_DIGEST_LEN) != 0) return CREATION_OTHER;
    if (row->is_done) return CREATION_DONE;
    bool is_own = sodium_memcmp(row->runner, db->runner, sizeof db->runner) == 0;
    return is_own && running_has(&db->running, key.mv_data, key.mv_size) ? CREATION_RUNNING
                                                                         : CREATION_MAYBE;
}

static int reserve_row(struct admin_db *db, MDB_txn *txn, MDB_val key,
                       const unsigned char digest[CREATION_DIGEST_LEN], int64_t now_ms,
                       struct creation_row *ret_row) {
    struct creation_row row = { .begun_ms = now_ms };
    memcpy(row.digest, digest, sizeof row.digest);
    memcpy(row.runner, db->runner, sizeof row.runner);
    *ret_row = row;
    int rc = check_room(db, txn);
    return rc == MDB_SUCCESS ? put_row(db, txn, key, &row) : rc;
}

static int begin_row(struct admin_db *db, MDB_txn *txn, MDB_val key,
                     const unsigned char digest[CREATION_DIGEST_LEN], int64_t now_ms,
                     struct creation *creation) {
    struct creation_row row;
    int rc = get_row(db, txn, key, &row);
    if (rc == MDB_NOTFOUND) {
        creation->state = CREATION_NEW;
        rc = reserve_row(db, txn, key, digest, now_ms, &row);
    } else if (rc == MDB_SUCCESS) {
        creation->state = state_for_request(db, key, &row, digest);
        if (creation->state == CREATION_MAYBE) {
            /* This request is now the only one that finds out. */
            memcpy(row.runner, db->runner, sizeof row.runner);
            rc = put_row(db, txn, key, &row);
        }
    }
    if (rc != MDB_SUCCESS) return rc;
    creation->begun_ms = row.begun_ms;
    memcpy(creation->id, row.id, sizeof creation->id);
    return MDB_SUCCESS;
}

static bool is_for_caller(const struct creation *creation) {
    return creation->state == CREATION_NEW || creation->state == CREATION_MAYBE;
}

enum db_result creation_begin(struct admin_db *db, const char *account, const char *key,
                              const unsigned char digest[CREATION_DIGEST_LEN], int64_t now_ms,
                              struct creation *ret_creation) {
    struct creation_key buffer;
    struct creation creation = { .state = CREATION_NEW };
    MDB_val at = make_key(&buffer, account, key);
    MDB_txn *txn = NULL;
    int rc = host_db_begin_write(db->env, &txn);
    if (rc != MDB_SUCCESS) return admin_db_result(rc, "begin a creation");
    rc = check_active(db, txn, account);
    if (rc == MDB_SUCCESS) rc = delete_rows(db, txn, account, &now_ms);
    if (rc == MDB_SUCCESS) rc = begin_row(db, txn, at, digest, now_ms, &creation);
    /* Mark it before other requests can see the row. */
    bool is_marked = rc == MDB_SUCCESS && is_for_caller(&creation);
    if (is_marked && !running_mark(&db->running, at.mv_data, at.mv_size)) {
        is_marked = false;
        rc = ENOMEM;
    }
    rc = host_db_end_write(txn, rc);
    if (rc == MDB_SUCCESS)
        *ret_creation = creation;
    else if (is_marked)
        running_unmark(&db->running, at.mv_data, at.mv_size);
    return admin_db_result(rc, "begin a creation");
}

static int put_outcome(struct admin_db *db, MDB_txn *txn, const char *account, const char *key,
                       const char *id, bool is_done) {
    struct creation_key buffer;
    struct creation_row row;
    MDB_val at = make_key(&buffer, account, key);
    size_t length = strlen(id);
    if (length >= sizeof row.id) return MDB_BAD_VALSIZE;
    int rc = get_row(db, txn, at, &row);
    if (rc == MDB_SUCCESS) rc = forget_token(db, txn, account, row.id);
    if (rc != MDB_SUCCESS) return rc;
    memset(row.id, 0, sizeof row.id);
    memcpy(row.id, id, length);
    memset(row.runner, 0, sizeof row.runner);
    row.is_done = is_done;
    rc = put_row(db, txn, at, &row);
    return rc == MDB_SUCCESS ? remember_token(db, txn, account, id) : rc;
}

/* Call this whether or not the outcome could be written. */
static void unmark(struct admin_db *db, const char *account, const char *key) {
    struct creation_key buffer;
    MDB_val at = make_key(&buffer, account, key);
    running_unmark(&db->running, at.mv_data, at.mv_size);
}

static enum db_result write_outcome(struct admin_db *db, const char *account, const char *key,
                                    const char *id, bool is_done) {
    MDB_txn *txn = NULL;
    int rc = host_db_begin_write(db->env, &txn);
    if (rc == MDB_SUCCESS)
        rc = host_db_end_write(txn, put_outcome(db, txn, account, key, id, is_done));
    unmark(db, account, key);
    return admin_db_result(rc, "record the outcome of a creation");
}

enum db_result creation_set_done(struct admin_db *db, const char *account, const char *key,
                                 const char *id) {
    return write_outcome(db, account, key, id, true);
}

enum db_result creation_set_maybe(struct admin_db *db, const char *account, const char *key,
                                  const char *id) {
    return write_outcome(db, account, key, id, false);
}

static int delete_row(struct admin_db *db, MDB_txn *txn, const char *account, const char *key) {
    struct creation_key buffer;
    struct creation_row row;
    MDB_val at = make_key(&buffer, account, key);
    int rc = get_row(db, txn, at, &row);
    if (rc == MDB_NOTFOUND) return MDB_SUCCESS;
    if (rc == MDB_SUCCESS) rc = forget_token(db, txn, account, row.id);
    return rc == MDB_SUCCESS ? mdb_del(txn, db->creations, &at, NULL) : rc;
}

enum db_result creation_forget(struct admin_db *db, const char *account, const char *key) {
    MDB_txn *txn = NULL;
    int rc = host_db_begin_write(db->env, &txn);
    if (rc == MDB_SUCCESS) rc = host_db_end_write(txn, delete_row(db, txn, account, key));
    unmark(db, account, key);
    return admin_db_result(rc, "forget a creation");
}

enum db_result creation_find_token(struct admin_db *db, const char *account, const char *id) {
    struct creation_key buffer;
    MDB_val key = make_key(&buffer, account, id), value;
    MDB_txn *txn = NULL;
    int rc = host_db_begin_read(db->env, &txn);
    if (rc != MDB_SUCCESS) return admin_db_result(rc, "find a creation");
    rc = mdb_get(txn, db->created, &key, &value);
    mdb_txn_abort(txn);
    return admin_db_result(rc, "find a creation");
}
