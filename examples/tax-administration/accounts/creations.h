/* SPDX-License-Identifier: MIT */
/*
 * Which token an Idempotency-Key made (draft-ietf-httpapi-idempotency-key-header-07), so that a
 * double click or a repeat after a lost answer makes one token, also across a restart. Kept for 24
 * hours.
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
    CREATION_NEW,     /* reserved for this request: create, then say done or forget */
    CREATION_RUNNING, /* another request of this process is at it: 409 */
    CREATION_DONE,    /* made before: `id` */
    /*
     * the outcome was not seen; `id` tells which token it would be, "" if the process died in
     * between
     */
    CREATION_MAYBE,
    CREATION_OTHER /* the key was used for another request: 422 */
};

struct MDB_txn;

struct creation {
    enum creation_state state;
    int64_t begun_ms;
    char id[APITOKEN_ID_MAX + 1];
};

bool creation_key_is_valid(const char *key, size_t length);

/*
 * `digest` is of what the request asks for. Also drops keys of the same account that are older than
 * a day. DB_NOT_FOUND if the account is gone or leaving, DB_FULL if keys take too much of the
 * store.
 *
 * CREATION_MAYBE reserves the key, too: two that find out at once would make two tokens. After it
 * say done; or, if it turns out that the token was not made, forget and begin again; or maybe once
 * more.
 */
enum db_result creation_begin(struct admin_db *db, const char *account, const char *key,
                              const unsigned char digest[CREATION_DIGEST_LEN], int64_t now_ms,
                              struct creation *ret_creation);
/* DB_NOT_FOUND if the account was deleted meanwhile: of this and the next. */
enum db_result creation_set_done(struct admin_db *db, const char *account, const char *key,
                                 const char *id);
/*
 * The library answered APITOKEN_E_MAYBE, or it cannot be found out now: `id` as it was, ""
 * included.
 */
enum db_result creation_set_maybe(struct admin_db *db, const char *account, const char *key,
                                  const char *id);
/* It was not made: the key may be used anew. */
enum db_result creation_forget(struct admin_db *db, const char *account, const char *key);
/* Is this token known to have been made under some key of the account? */
enum db_result creation_find_token(struct admin_db *db, const char *account, const char *id);
/* Deletes the rows of an account, in the transaction that deletes the account itself. */
int creations_delete_all(struct admin_db *db, struct MDB_txn *txn, const char *account);

#endif
