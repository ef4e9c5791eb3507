/* SPDX-License-Identifier: MIT */
#include "accounts/admin_db.h"

#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accounts/admin_db_priv.h"
#include "http_log.h"

#define TABLES 5
/*
 * Only address space; the file grows as needed. Half of it is for Idempotency-Keys: room for some
 * two million, each kept for a day.
 */
#define MAP_BYTES ((size_t)1 << 30)
#define FILE_MODE 0600 /* it holds password verifiers */

static const char schema_name[] = "schema", store_name[] = "store", keys_name[] = "keys",
                  browsers_name[] = "browsers";

enum db_result admin_db_result(int rc, const char *action) {
    return host_db_result(rc, "accounts", action);
}

static int open_env(struct admin_db *db, const char *path) {
    const struct host_db_config config = { .path = path,
                                           .map_bytes = MAP_BYTES,
                                           .tables = TABLES,
                                           .flags = MDB_NOSUBDIR,
                                           .mode = FILE_MODE };
    MDB_stat stat;
    int dead = 0;
    int rc = host_db_open_env(&config, &db->env);
    /* Frees the slots of processes that were killed while they read. */
    if (rc == MDB_SUCCESS) rc = mdb_reader_check(db->env, &dead);
    if (rc == MDB_SUCCESS) rc = mdb_env_stat(db->env, &stat);
    if (rc == MDB_SUCCESS) db->creation_pages_max = MAP_BYTES / stat.ms_psize / 2;
    return rc;
}

/* Refuses a file of a newer program. If there is no number, this transaction made the file. */
static int check_schema(struct admin_db *db, MDB_txn *txn, const char *path) {
    uint32_t schema = ADMIN_DB_SCHEMA_PLAIN;
    MDB_val key = admin_db_text(schema_name, strlen(schema_name)),
            value = { sizeof schema, &schema };
    int rc = mdb_put(txn, db->meta, &key, &value, MDB_NOOVERWRITE);
    if (rc != MDB_KEYEXIST) return rc;
    if (value.mv_size != sizeof schema) return MDB_CORRUPTED;
    memcpy(&schema, value.mv_data, sizeof schema);
    if (schema <= ADMIN_DB_SCHEMA) return MDB_SUCCESS;
    http_log("%s was written by a newer version: it has schema %u, this program reads up to %d",
             path, schema, ADMIN_DB_SCHEMA);
    return ECANCELED;
}

int admin_db_raise_schema(struct admin_db *db, MDB_txn *txn) {
    uint32_t schema = ADMIN_DB_SCHEMA;
    MDB_val key = admin_db_text(schema_name, strlen(schema_name)),
            value = { sizeof schema, &schema };
    return mdb_put(txn, db->meta, &key, &value, 0);
}

static int open_tables(struct admin_db *db, const char *path) {
    static const char *const names[TABLES] = { "names", "ids", "creations", "created", "meta" };
    MDB_dbi *const tables[TABLES] = { &db->names, &db->ids, &db->creations, &db->created,
                                      &db->meta };
    MDB_txn *txn = NULL;
    int rc = host_db_begin_write(db->env, &txn);
    if (rc != MDB_SUCCESS) return rc;
    rc = host_db_open_tables(txn, names, tables, TABLES);
    if (rc == MDB_SUCCESS) rc = check_schema(db, txn, path);
    return host_db_end_write(txn, rc);
}

enum db_result admin_db_open(const char *directory, struct admin_db **ret_db) {
    char path[PATH_MAX];
    struct admin_db *db;
    if (snprintf(path, sizeof path, "%s/" ADMIN_DB_FILE, directory) >= (int)sizeof path)
        return admin_db_result(ENAMETOOLONG, "open the data directory");
    if (sodium_init() < 0 || !(db = calloc(1, sizeof *db))) return admin_db_result(ENOMEM, path);
    randombytes_buf(db->runner, sizeof db->runner);
    int rc = running_init(&db->running);
    if (rc != 0) {
        free(db);
        return admin_db_result(rc, path);
    }

    rc = open_env(db, path);
    if (rc == MDB_SUCCESS) rc = open_tables(db, path);
    if (rc != MDB_SUCCESS) {
        admin_db_close(db);
        return admin_db_result(rc, path);
    }
    *ret_db = db;
    return DB_OK;
}

void admin_db_close(struct admin_db *db) {
    if (!db) return;
    if (db->env) mdb_env_close(db->env);
    running_destroy(&db->running);
    free(db);
}

static int put_path(struct admin_db *db, MDB_txn *txn, const char *name, const char *path) {
    MDB_val key = admin_db_text(name, strlen(name)), value = admin_db_text(path, strlen(path));
    return mdb_put(txn, db->meta, &key, &value, 0);
}

enum db_result admin_db_set_token_paths(struct admin_db *db, const char *store, const char *keys) {
    MDB_txn *txn = NULL;
    int rc = host_db_begin_write(db->env, &txn);
    if (rc != MDB_SUCCESS) return admin_db_result(rc, "write the paths of the token store");
    rc = put_path(db, txn, store_name, store);
    if (rc == MDB_SUCCESS) rc = put_path(db, txn, keys_name, keys);
    return admin_db_result(host_db_end_write(txn, rc), "write the paths of the token store");
}

static int get_path(struct admin_db *db, MDB_txn *txn, const char *name, char **ret_path) {
    MDB_val key = admin_db_text(name, strlen(name)), value;
    int rc = mdb_get(txn, db->meta, &key, &value);
    if (rc != MDB_SUCCESS) return rc;
    *ret_path = strndup(value.mv_data, value.mv_size);
    return *ret_path ? MDB_SUCCESS : ENOMEM;
}

enum db_result admin_db_get_token_paths(struct admin_db *db, char **ret_store, char **ret_keys) {
    MDB_txn *txn = NULL;
    char *store = NULL, *keys = NULL;
    int rc = host_db_begin_read(db->env, &txn);
    if (rc != MDB_SUCCESS) return admin_db_result(rc, "read the paths of the token store");
    rc = get_path(db, txn, store_name, &store);
    if (rc == MDB_SUCCESS) rc = get_path(db, txn, keys_name, &keys);
    mdb_txn_abort(txn);
    if (rc != MDB_SUCCESS) {
        free(store);
        return admin_db_result(rc, "read the paths of the token store");
    }
    *ret_store = store;
    *ret_keys = keys;
    return DB_OK;
}

static int get_or_put_key(struct admin_db *db, MDB_txn *txn,
                          unsigned char key[KNOWN_BROWSER_KEY_LEN]) {
    MDB_val name = admin_db_text(browsers_name, strlen(browsers_name)),
            value = { KNOWN_BROWSER_KEY_LEN, key };
    randombytes_buf(key, KNOWN_BROWSER_KEY_LEN);
    int rc = mdb_put(txn, db->meta, &name, &value, MDB_NOOVERWRITE);
    if (rc != MDB_KEYEXIST) return rc;
    if (value.mv_size != KNOWN_BROWSER_KEY_LEN) return MDB_CORRUPTED;
    memcpy(key, value.mv_data, KNOWN_BROWSER_KEY_LEN);
    return MDB_SUCCESS;
}

enum db_result admin_db_browser_key(struct admin_db *db,
                                    unsigned char ret_key[KNOWN_BROWSER_KEY_LEN]) {
    MDB_txn *txn = NULL;
    int rc = host_db_begin_write(db->env, &txn);
    if (rc == MDB_SUCCESS) rc = host_db_end_write(txn, get_or_put_key(db, txn, ret_key));
    return admin_db_result(rc, "read the key for known browsers");
}

struct account_row {
    int64_t created_ms;
    uint32_t state;
    uint32_t password_version;
    char id[ACCOUNT_ID_LEN + 8];
    char verifier[PASSWORD_VERIFIER_CAP];
};

_Static_assert(sizeof(struct account_row) == 8 + 4 + 4 + 40 + 128,
               "account_row is stored: a change needs a new schema");

int admin_db_read_account(MDB_val key, MDB_val value, struct account *ret_account) {
    struct account_row row;
    if (value.mv_size != sizeof row || key.mv_size > ACCOUNT_NAME_MAX) return MDB_CORRUPTED;
    memcpy(&row, value.mv_data, sizeof row);
    if (row.state < ACCOUNT_ACTIVE || row.state > ACCOUNT_BLOCKED) return MDB_CORRUPTED;
    *ret_account = (struct account){ .state = (enum account_state)row.state,
                                     .password_version = row.password_version,
                                     .created_ms = row.created_ms };
    memcpy(ret_account->name, key.mv_data, key.mv_size);
    memcpy(ret_account->id, row.id, ACCOUNT_ID_LEN);
    memcpy(ret_account->verifier, row.verifier, sizeof row.verifier - 1);
    sodium_memzero(&row, sizeof row);
    return MDB_SUCCESS;
}

int admin_db_put_account(struct admin_db *db, MDB_txn *txn, const struct account *account,
                         unsigned flags) {
    struct account_row row = { .created_ms = account->created_ms,
                               .state = (uint32_t)account->state,
                               .password_version = account->password_version };
    MDB_val key = admin_db_text(account->name, strlen(account->name)), value = { sizeof row, &row };
    memcpy(row.id, account->id, ACCOUNT_ID_LEN);
    memcpy(row.verifier, account->verifier, sizeof row.verifier);
    int rc = mdb_put(txn, db->names, &key, &value, flags);
    sodium_memzero(&row, sizeof row);
    return rc;
}

int admin_db_get_account(struct admin_db *db, MDB_txn *txn, const char *id,
                         struct account *ret_account) {
    MDB_val key = admin_db_text(id, strlen(id)), name, value;
    if (key.mv_size != ACCOUNT_ID_LEN) return MDB_NOTFOUND;
    int rc = mdb_get(txn, db->ids, &key, &name);
    if (rc != MDB_SUCCESS) return rc;
    rc = mdb_get(txn, db->names, &name, &value);
    if (rc == MDB_NOTFOUND)
        return MDB_CORRUPTED; /* the two rows are written and deleted together */
    return rc == MDB_SUCCESS ? admin_db_read_account(name, value, ret_account) : rc;
}
