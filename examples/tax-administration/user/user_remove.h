/* SPDX-License-Identifier: MIT */
/* tax-administration user remove. */
#ifndef TAX_ADMINISTRATION_USER_REMOVE_H
#define TAX_ADMINISTRATION_USER_REMOVE_H

#include "accounts/admin_db.h"
#include "user/user_options.h"

/* Returns an exit code; the outcome has been printed. */
int user_remove(struct admin_db *db, const struct user_options *options);

#endif
