/* SPDX-License-Identifier: MIT */
/* Translates LMDB's return codes into ours. */
#ifndef APITOKEN_LMDB_FORM_ERROR_H
#define APITOKEN_LMDB_FORM_ERROR_H

#include "apitoken/apitoken.h"

/*
 * Fills in the error for a return code of LMDB's, which may be an errno, and returns its code.
 * `action` completes "cannot ...".
 */
int atk_fail_mdb(apitoken_error *err, int mdb_code, const char *action);

#endif
