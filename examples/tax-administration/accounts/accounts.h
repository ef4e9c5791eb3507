/* SPDX-License-Identifier: MIT */
/*
 * Accounts: who may sign in. The token library knows an account by its random id alone; the login
 * name is for signing in and for people to read.
 */
#ifndef TAX_ADMINISTRATION_ACCOUNTS_H
#define TAX_ADMINISTRATION_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accounts/admin_db.h"

/* 1 to 64 of a-z A-Z 0-9 . _ - @, beginning with a letter or digit; compared byte for byte. */
bool login_name_is_valid(const char *name, size_t length);

/* Draws the id. DB_EXISTS if the name is taken, also by an account that is leaving. */
enum db_result account_add(struct admin_db *db, const char *name, const char *verifier,
                           int64_t now_ms);
enum db_result account_by_name(struct admin_db *db, const char *name, struct account *ret_account);
enum db_result account_by_id(struct admin_db *db, const char *id, struct account *ret_account);
/* Raises password_version. DB_NOT_FOUND also for an account that is leaving. */
enum db_result account_set_verifier(struct admin_db *db, const char *name, const char *verifier);
/* Idempotent; *ret_account is the account as it is afterwards. */
enum db_result account_mark_leaving(struct admin_db *db, const char *name,
                                    struct account *ret_account);
/*
 * Deletes an account that is leaving, and its Idempotency-Keys. Its tokens must have been revoked.
 * By the id: meanwhile another remove may have ended, and the name may be somebody else's.
 * DB_NOT_FOUND if there is none that is leaving.
 */
enum db_result account_delete(struct admin_db *db, const char *id);
/* Calls `take` for each in the order of names, on a snapshot. False from it ends the walk early. */
enum db_result account_visit_all(struct admin_db *db,
                                 bool (*take)(const struct account *account, void *ctx), void *ctx);

#endif
