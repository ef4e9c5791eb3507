/* SPDX-License-Identifier: MIT */
/* LMDB's return codes as ours. */
#ifndef APITOKEN_LMDB_FORM_ERROR_H
#define APITOKEN_LMDB_FORM_ERROR_H

#include "apitoken/apitoken.h"

/*
 * Fills the detail and gives the code for an LMDB return code or errno. `action` completes "cannot
 * ...".
 */
int atk_fail_mdb(apitoken_error *err, int mdb_code, const char *action);

#endif
