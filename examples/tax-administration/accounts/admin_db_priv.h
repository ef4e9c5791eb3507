/* SPDX-License-Identifier: MIT */
/*
 * What the files of the host's own store share. Nothing else of the host includes lmdb.h.
 *
 *   table      key                    value
 *   names      login name             struct account_row
 *   ids        account id             login name
 *   creations  account id, key        struct creation_row: what an Idempotency-Key made
 *   created    account id, token id   nothing: the tokens that `creations` knows
 *   meta       "schema"               uint32_t: ADMIN_DB_SCHEMA
 *              "store", "keys"        path of the token store and of its keyring
 *
 * An account id has a fixed length, so nothing stands between it and what follows. Numbers are as
 * this machine has them, like LMDB's own. Text in rows is filled up with NUL.
 */
#ifndef TAX_ADMINISTRATION_ADMIN_DB_PRIV_H
#define TAX_ADMINISTRATION_ADMIN_DB_PRIV_H

#include <lmdb.h>

#include "accounts/accounts.h"
#include "accounts/admin_db.h"
#include "accounts/creations.h"
#include "accounts/running.h"

/* A store of a higher one is refused. */
#define ADMIN_DB_SCHEMA 1

#define ADMIN_DB_RUNNER_LEN 16

struct admin_db {
    MDB_env *env;
    MDB_dbi names, ids, creations, created, meta;
    /* the rest is kept for accounts: a remove must always be possible */
    size_t creation_pages_max;
    /* random: this process among all that ever use the store */
    unsigned char runner[ADMIN_DB_RUNNER_LEN];
    struct running running; /* creations that requests of this process are at */
};

struct account_row {
    int64_t created_ms;
    uint32_t state;
    uint32_t password_version;
    char id[ACCOUNT_ID_LEN + 8];
    char verifier[PASSWORD_VERIFIER_CAP];
};

struct creation_row {
    int64_t begun_ms;
    unsigned char digest[CREATION_DIGEST_LEN];
    unsigned char runner[ADMIN_DB_RUNNER_LEN]; /* whose request is at it; zeros for nobody */
    char id[APITOKEN_ID_MAX + 1];
    uint32_t is_done;
    uint32_t reserved; /* 0 */
};

_Static_assert(sizeof(struct account_row) == 8 + 4 + 4 + 40 + 128,
               "account_row is stored: no change without a new schema");
_Static_assert(sizeof(struct creation_row) == 8 + 32 + 16 + 32 + 4 + 4,
               "creation_row is stored: no change without a new schema");

static inline MDB_val admin_db_text(const char *text, size_t length) {
    return (MDB_val){ length, (void *)(uintptr_t)text };
}

/* Logs what is neither good nor full nor a plain "it is there" or "it is not". */
enum db_result admin_db_result(int rc, const char *what);

int admin_db_begin_read(struct admin_db *db, MDB_txn **ret_txn);
int admin_db_begin_write(struct admin_db *db, MDB_txn **ret_txn);
/* Commits if `rc` says that all went well, else aborts; what came of it. */
int admin_db_end_write(MDB_txn *txn, int rc);

/* MDB_NOTFOUND, or MDB_CORRUPTED if what is there is no account. */
int account_get_by_id(struct admin_db *db, MDB_txn *txn, const char *id,
                      struct account *ret_account);
/* Within the transaction that deletes the account. */
int creations_delete_all(struct admin_db *db, MDB_txn *txn, const char *account);

#endif
