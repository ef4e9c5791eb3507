/* SPDX-License-Identifier: MIT */
/*
 * /api/v1/admin: what the accounts that --admin names do with the tokens of all accounts. Others
 * get 403.
 */
#ifndef TAX_ADMINISTRATION_ADMIN_API_H
#define TAX_ADMINISTRATION_ADMIN_API_H

#include "http/request.h"

/* Each sets the request's answer. */
void admin_list(struct request *request);
void admin_revoke(struct request *request);
void admin_revoke_all(struct request *request);

/* Is the session's account an administrator's? admin_check() answers 403 if it is not. */
bool admin_check(struct request *request);
bool admin_is_session(const struct request *request);

/* The owner of the account's tokens; false if there is no account of this name. */
enum db_result admin_find_owner(struct request *request, const char *name, size_t length,
                                char ret_owner[ACCOUNT_ID_LEN + 1]);

#endif
