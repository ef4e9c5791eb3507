/* SPDX-License-Identifier: MIT */
/*
 * The order of keys in the main tree: LMDB's own (bytes, then length), so that any program can read
 * the file, but faster for two ids, which is what validate compares. All ids have the same length
 * and are compared as two numbers.
 */
#ifndef APITOKEN_LMDB_FORM_KEY_ORDER_H
#define APITOKEN_LMDB_FORM_KEY_ORDER_H

#include <lmdb.h>

/* For mdb_set_compare(). */
int atk_key_order(const MDB_val *a, const MDB_val *b);

#endif
