/* SPDX-License-Identifier: MIT */
/*
 * The host's own store, apart from the token store: an LMDB environment in the data directory. It
 * holds the accounts and what Idempotency-Keys made. `user` commands may use it while the host is
 * running.
 */
#ifndef TAX_ADMINISTRATION_ADMIN_DB_H
#define TAX_ADMINISTRATION_ADMIN_DB_H

#include <stdint.h>

#include "accounts/password.h"
#include "db_result.h"

#define ACCOUNT_NAME_MAX 64
/* hexadecimal digits of 128 random bits: the owner of the account's tokens */
#define ACCOUNT_ID_LEN 32

/* Frozen numbers: they are stored. */
enum account_state {
    ACCOUNT_ACTIVE = 1,
    /* a remove has begun: no sign-in, no session, no new token; its tokens are being revoked */
    ACCOUNT_LEAVING = 2
};

struct account {
    char id[ACCOUNT_ID_LEN + 1];
    char name[ACCOUNT_NAME_MAX + 1];
    enum account_state state;
    /* counts the changes of the password: a session of an older one is over */
    uint32_t password_version;
    int64_t created_ms;
    char verifier[PASSWORD_VERIFIER_CAP];
};

struct admin_db;

/* In the data directory; a name of its own, lest another program's store be taken for it. */
#define ADMIN_DB_FILE "accounts.mdb"

/*
 * The directory must be there; the file is made if it is missing, mode 0600. Once in a process:
 * LMDB wants it so.
 */
enum db_result admin_db_open(const char *directory, struct admin_db **ret_db);
/* NULL is fine. */
void admin_db_close(struct admin_db *db);

/*
 * Where the token store and its keyring are, so that a `user remove` finds the account's tokens:
 * absolute paths, written by the host at each start. DB_NOT_FOUND if no host ever served from this
 * directory; then no account has tokens.
 */
enum db_result admin_db_set_token_paths(struct admin_db *db, const char *store, const char *keys);
/* Each gets a string of its own; free() both. */
enum db_result admin_db_get_token_paths(struct admin_db *db, char **ret_store, char **ret_keys);

#endif
