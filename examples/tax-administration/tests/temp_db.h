/* SPDX-License-Identifier: MIT */
/* A data directory for each case, with its database open. */
#ifndef TEMP_DB_H
#define TEMP_DB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs these first */
#include <cmocka.h>

#include "accounts/accounts.h"

#define SOME_TIME INT64_C(1800000000000)
#define VERIFIER "$argon2id$v=19$m=65536,t=2,p=1$some"

struct temp_db {
    char dir[64];
    struct admin_db *db;
};

/* Setup and teardown of a cmocka case: *state is a struct temp_db. */
int temp_db_setup(void **state);
int temp_db_teardown(void **state);

/* As after a restart of the host. */
void temp_db_reopen(struct temp_db *temp);

/* Adds an account; its id goes to ret_id. */
void temp_db_add(struct temp_db *temp, const char *name, char ret_id[ACCOUNT_ID_LEN + 1]);

#endif
