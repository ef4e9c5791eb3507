/* SPDX-License-Identifier: MIT */
/* The token store of the accounts, for `user` commands that change tokens. */
#ifndef TAX_ADMINISTRATION_USER_STORE_H
#define TAX_ADMINISTRATION_USER_STORE_H

#include <apitoken/apitoken.h>

#include "accounts/admin_db.h"
#include "user/user_options.h"

/*
 * Opens the store that the options name, else where the host had it. If no host ever started, there
 * are no tokens: then EXIT_DONE with *ret_store NULL. `flags` are those of apitoken_store_open().
 */
int user_store_open(struct admin_db *db, const struct user_options *options, uint32_t flags,
                    apitoken_store **ret_store);

/* Prints the error of the library; returns EXIT_STORES. */
int user_store_report(int code, const apitoken_error *err);

#endif
