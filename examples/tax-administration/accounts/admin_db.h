/* SPDX-License-Identifier: MIT */
/*
 * The host's own database, separate from the token store: an LMDB environment in the data
 * directory. It holds the accounts, and which token each Idempotency-Key created. `user` commands
 * may use it while the host is running.
 */
#ifndef TAX_ADMINISTRATION_ADMIN_DB_H
#define TAX_ADMINISTRATION_ADMIN_DB_H

#include <stdint.h>

#include "accounts/known_browser.h"
#include "accounts/password.h"
#include "db_result.h"

#define ACCOUNT_NAME_MAX 64
/* 128 random bits in hexadecimal: the owner of the account's tokens */
#define ACCOUNT_ID_LEN 32

/* These numbers are stored: never change one. */
enum account_state {
    ACCOUNT_ACTIVE = 1,
    /* Being removed: no sign-in, no session, no new token; its tokens are being revoked. */
    ACCOUNT_LEAVING = 2,
    /* Blocked: no sign-in, no session, no new token; its tokens are blocked in the store. */
    ACCOUNT_BLOCKED = 3
};

struct account {
    char id[ACCOUNT_ID_LEN + 1];
    char name[ACCOUNT_NAME_MAX + 1];
    enum account_state state;
    /* Counts password changes: a session with an older number has ended. */
    uint32_t password_version;
    int64_t created_ms;
    char verifier[PASSWORD_VERIFIER_CAP];
};

struct admin_db;

/* In the data directory. Not LMDB's usual data.mdb, which might be another program's. */
#define ADMIN_DB_FILE "accounts.mdb"

/*
 * The directory must exist; the file is created with mode 0600 if it is missing. At most once per
 * process, as LMDB demands. DB_REFUSED if a newer version of this program wrote the file.
 */
enum db_result admin_db_open(const char *directory, struct admin_db **ret_db);
/* NULL is fine. */
void admin_db_close(struct admin_db *db);

/*
 * The absolute paths of the token store and its keyring, by which `user remove` finds an account's
 * tokens. The host records them at each start. DB_NOT_FOUND if no host ever did so in this
 * directory; then no account has tokens.
 */
enum db_result admin_db_set_token_paths(struct admin_db *db, const char *store, const char *keys);
/* free() both strings. */
enum db_result admin_db_get_token_paths(struct admin_db *db, char **ret_store, char **ret_keys);

/* The host's key for cookies of known browsers, which the first call draws. */
enum db_result admin_db_browser_key(struct admin_db *db,
                                    unsigned char ret_key[KNOWN_BROWSER_KEY_LEN]);

#endif
