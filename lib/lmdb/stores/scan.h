/* SPDX-License-Identifier: MIT */
/*
 * Every token of a snapshot, with every check that its two records must pass: for what goes through
 * a store as a whole.
 */
#ifndef APITOKEN_LMDB_STORES_SCAN_H
#define APITOKEN_LMDB_STORES_SCAN_H

#include "lmdb/tokens/records.h"

/*
 * A record under a walk. `rc` is 0, or why it fails its checks; then only what `detail` and these
 * say is known of it.
 */
struct atk_scan_item {
    const MDB_val *key, *value;
    int rc;
    const apitoken_error *detail;
    const struct atk_hot *hot; /* NULL if it fails */
    const struct atk_row *row; /* NULL if it fails, and in the walk of the hot records */
    int is_stray;              /* a row that fails only because no hot record names its place */
};

/* 0 to go on, or an error, which ends the walk. */
typedef int (*atk_scan_fn)(void *ctx, const struct atk_scan_item *item, apitoken_error *err);

/*
 * First all hot records in the order of ids, then all rows in the order of owners; either function
 * may be NULL. A row is given with the hot record that it belongs to, so with as many rows as hot
 * records no record stands alone. The records of the store as a whole are left out.
 */
int atk_scan(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
             atk_scan_fn on_hot, atk_scan_fn on_row, void *ctx, apitoken_error *err);

#endif
