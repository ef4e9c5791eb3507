/* SPDX-License-Identifier: MIT */
/*
 * What the files of the host's database share. No other file of the host includes lmdb.h.
 *
 *   table      key                    value
 *   names      login name             struct account_row
 *   ids        account id             login name
 *   creations  account id, key        struct creation_row: which token an Idempotency-Key made
 *   created    account id, token id   empty: the tokens that `creations` names
 *   meta       "schema"               uint32_t: the lowest version that knows all that is stored
 *              "store", "keys"        path of the token store and of its keyring
 *              "browsers"             the key for cookies of known browsers
 *
 * An account id has a fixed length, so a key that begins with one needs no separator. Numbers have
 * the byte order of this machine, like LMDB's own. Text in rows is padded with NUL.
 */
#ifndef TAX_ADMINISTRATION_ADMIN_DB_PRIV_H
#define TAX_ADMINISTRATION_ADMIN_DB_PRIV_H

#include <lmdb.h>

#include "accounts/admin_db.h"
#include "accounts/running.h"
#include "host_db.h"

/* A database with a higher number is refused. */
#define ADMIN_DB_SCHEMA 2
#define ADMIN_DB_SCHEMA_PLAIN 1 /* without a blocked account, which versions before 2 do not know */

#define ADMIN_DB_RUNNER_LEN 16

struct admin_db {
    MDB_env *env;
    MDB_dbi names, ids, creations, created, meta;
    /* The other pages are reserved for accounts: removing one must always be possible. */
    size_t creation_pages_max;
    /* Random: tells this process from every other that ever uses the database. */
    unsigned char runner[ADMIN_DB_RUNNER_LEN];
    struct running running; /* the creations that requests of this process are working on */
};

/* Keeps older programs from a database with what they do not know. */
int admin_db_raise_schema(struct admin_db *db, MDB_txn *txn);

static inline MDB_val admin_db_text(const char *text, size_t length) {
    return (MDB_val){ length, (void *)(uintptr_t)text };
}

/* Translates an LMDB code; logs a failure that the result does not explain. */
enum db_result admin_db_result(int rc, const char *action);

/* Reads and writes a row of `names`. MDB_CORRUPTED if the row is not an account. */
int admin_db_read_account(MDB_val name, MDB_val row, struct account *ret_account);
int admin_db_put_account(struct admin_db *db, MDB_txn *txn, const struct account *account,
                         unsigned flags);
/* Looks an account up by its id. MDB_NOTFOUND if there is none. */
int admin_db_get_account(struct admin_db *db, MDB_txn *txn, const char *id,
                         struct account *ret_account);

#endif
