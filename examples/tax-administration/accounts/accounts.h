/* SPDX-License-Identifier: MIT */
/*
 * Accounts: who may sign in. The random id of an account is the owner of its tokens; the login name
 * is only for signing in and for people to read.
 */
#ifndef TAX_ADMINISTRATION_ACCOUNTS_H
#define TAX_ADMINISTRATION_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accounts/admin_db.h"

/* 1 to 64 of a-z A-Z 0-9 . _ - @, starting with a letter or digit. Case matters. */
bool login_name_is_valid(const char *name, size_t length);

/* Draws the id. DB_EXISTS if the name is taken, even by an account that is being removed. */
enum db_result account_add(struct admin_db *db, const char *name, const char *verifier,
                           int64_t now_ms);
enum db_result account_by_name(struct admin_db *db, const char *name, struct account *ret_account);
enum db_result account_by_id(struct admin_db *db, const char *id, struct account *ret_account);
/* Raises password_version. DB_NOT_FOUND also for an account that is being removed. */
enum db_result account_set_verifier(struct admin_db *db, const char *name, const char *verifier);
/*
 * The same for the user, who gave the password of `old`: DB_NOT_FOUND if it has been changed since,
 * or the account is not active. *ret_account is the account with its new password.
 */
enum db_result account_change_verifier(struct admin_db *db, const struct account *old,
                                       const char *verifier, struct account *ret_account);
/* Blocks or unblocks; may be repeated. DB_NOT_FOUND also for an account that is being removed. */
enum db_result account_set_blocked(struct admin_db *db, const char *name, bool is_blocked);
/* Marks the account as being removed. May be repeated. *ret_account is the marked account. */
enum db_result account_mark_leaving(struct admin_db *db, const char *name,
                                    struct account *ret_account);
/*
 * Deletes an account that is being removed, with its Idempotency-Keys; revoke its tokens first.
 * Takes the id, because another `user remove` may have finished and somebody else may have taken
 * the name. DB_NOT_FOUND if no account of this id is being removed.
 */
enum db_result account_delete(struct admin_db *db, const char *id);
/* Visits each account by name, on a snapshot, until `take` returns false. */
enum db_result account_visit_all(struct admin_db *db,
                                 bool (*take)(const struct account *account, void *ctx), void *ctx);

#endif
