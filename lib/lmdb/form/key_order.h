/* SPDX-License-Identifier: MIT */
/*
 * The order of keys in the main tree. It is LMDB's own, bytes and then length, so that any program
 * reads the file; only faster for two ids, which is what validate compares: they all have one
 * length and are looked at as two numbers.
 */
#ifndef APITOKEN_LMDB_FORM_KEY_ORDER_H
#define APITOKEN_LMDB_FORM_KEY_ORDER_H

#include <lmdb.h>

/* For mdb_set_compare(). */
int atk_key_order(const MDB_val *a, const MDB_val *b);

#endif
