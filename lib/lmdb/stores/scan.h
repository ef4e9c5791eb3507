/* SPDX-License-Identifier: MIT */
/* Scans all tokens of a snapshot and makes every check that their records must pass. */
#ifndef APITOKEN_LMDB_STORES_SCAN_H
#define APITOKEN_LMDB_STORES_SCAN_H

#include <stdbool.h>

#include "lmdb/tokens/records.h"

/*
 * A record of the scan. `rc` is 0, or the reason why it fails its checks; then nothing in it may be
 * relied on but what is said here.
 */
struct atk_scan_item {
    const MDB_val *key, *value;
    int rc;
    const apitoken_error *detail;
    const struct atk_hot *hot; /* NULL if it fails */
    const struct atk_row *row; /* NULL if it fails, and while hot records are scanned */
    bool is_stray;             /* a row that fails only because no hot record refers to it */
};

/* 0 to continue, or an error, which ends the scan. */
typedef int (*atk_scan_fn)(void *ctx, const struct atk_scan_item *item, apitoken_error *err);

/*
 * Scans all hot records in the order of ids, then all rows in the order of owners; either function
 * may be NULL. Each row comes with its hot record: so if there are as many rows as hot records,
 * each record has its counterpart. Leaves out the records of the store as a whole.
 *
 * APITOKEN_E_FULL: the snapshot keeps pages that writers need. The caller must let it go, and may
 * begin again with a later one, up to ATK_SCAN_TRIES times in all.
 */
int atk_scan(const struct atk_view *view, atk_scan_fn on_hot, atk_scan_fn on_row, void *ctx,
             apitoken_error *err);

/* Scans the records of any tree in the same way, without looking into them. */
typedef int (*atk_scan_record_fn)(void *ctx, const MDB_val *key, const MDB_val *value,
                                  apitoken_error *err);
int atk_scan_records(const struct atk_view *view, MDB_dbi tree, atk_scan_record_fn visit, void *ctx,
                     apitoken_error *err);

#endif
