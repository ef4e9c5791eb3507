/* SPDX-License-Identifier: MIT */
/*
 * Which token an Idempotency-Key created (draft-ietf-httpapi-idempotency-key-header-07), so that a
 * double click or a retry after a lost answer creates only one token, even across a restart. Kept
 * for 24 hours.
 */
#ifndef TAX_ADMINISTRATION_CREATIONS_H
#define TAX_ADMINISTRATION_CREATIONS_H

#include <apitoken/apitoken.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accounts/admin_db.h"

#define CREATION_KEY_MAX 64 /* of a-z A-Z 0-9 - _ */
#define CREATION_DIGEST_LEN 32

enum creation_state {
    CREATION_NEW,     /* reserved for this request: create the token, then record the outcome */
    CREATION_RUNNING, /* another request of this process is working on it: answer 409 */
    CREATION_DONE,    /* created before; `id` is the token */
    /* Nobody saw the outcome. `id` is the token it would be, "" if the process died in between. */
    CREATION_MAYBE,
    CREATION_OTHER /* the key was used for a different request: answer 422 */
};

struct MDB_txn;

struct creation {
    enum creation_state state;
    int64_t begun_ms;
    char id[APITOKEN_ID_MAX + 1];
};

bool creation_key_is_valid(const char *key, size_t length);

/*
 * `digest` is that of the request's content. Also deletes the account's keys that are older than a
 * day. DB_NOT_FOUND if the account does not exist or is being removed, DB_FULL if keys take up too
 * much of the database.
 *
 * NEW and MAYBE reserve the key for the caller, who must then call one of the three below. After
 * MAYBE the caller finds out whether the token exists: if so, set it done; if not, forget it and
 * begin again; if that is still unknown, set it maybe once more. Two requests that did so at once
 * would create two tokens.
 */
enum db_result creation_begin(struct admin_db *db, const char *account, const char *key,
                              const unsigned char digest[CREATION_DIGEST_LEN], int64_t now_ms,
                              struct creation *ret_creation);
/* The token was created. DB_NOT_FOUND, here and below, if the account has been deleted since. */
enum db_result creation_set_done(struct admin_db *db, const char *account, const char *key,
                                 const char *id);
/* APITOKEN_E_MAYBE, with its `id`; or still unknown, with the `id` that creation_begin() gave. */
enum db_result creation_set_maybe(struct admin_db *db, const char *account, const char *key,
                                  const char *id);
/* No token was created: the key may be used again. */
enum db_result creation_forget(struct admin_db *db, const char *account, const char *key);
/* DB_OK if the account has a key under which this token was created, else DB_NOT_FOUND. */
enum db_result creation_find_token(struct admin_db *db, const char *account, const char *id);
/* Deletes the rows of an account, in the transaction that deletes the account itself. */
int creations_delete_all(struct admin_db *db, struct MDB_txn *txn, const char *account);

#endif
