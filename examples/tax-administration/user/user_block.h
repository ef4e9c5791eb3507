/* SPDX-License-Identifier: MIT */
/* tax-administration user block, user unblock. */
#ifndef TAX_ADMINISTRATION_USER_BLOCK_H
#define TAX_ADMINISTRATION_USER_BLOCK_H

#include "accounts/admin_db.h"
#include "user/user_options.h"

/* Returns an exit code; the outcome has been printed. */
int user_block(struct admin_db *db, const struct user_options *options);
int user_unblock(struct admin_db *db, const struct user_options *options);

#endif
