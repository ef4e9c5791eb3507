/* SPDX-License-Identifier: MIT */
/* Going through all records of a tree in short snapshots, while others write. */
#ifndef APITOKEN_LMDB_STORES_SWEEP_H
#define APITOKEN_LMDB_STORES_SWEEP_H

#include "lmdb/tokens/engine.h"

#define ATK_SWEEP_STEP 1024 /* records that one snapshot sees */

struct atk_sweep {
    struct atk_lmdb *store;
    MDB_dbi tree;
    uint32_t timeout_ms; /* for a snapshot */
    bool is_over;        /* there are no records behind the last one */
    size_t at_len;       /* of the last record that was visited; 0: none was */
    uint8_t at[ATK_ROW_KEY_MAX];
};

/* Returns ATK_VISIT_NEXT, ATK_VISIT_STOP or an error. Must not wait or call the host. */
typedef int (*atk_sweep_fn)(void *ctx, const struct atk_view *view, const MDB_val *key,
                            const MDB_val *value, apitoken_error *err);

/*
 * Visits the records behind the last one in one snapshot, until the visitor stops. Call it until
 * is_over: a record that is there from the beginning to the end is visited once.
 */
int atk_sweep_on(struct atk_sweep *sweep, atk_sweep_fn visit, void *ctx, apitoken_error *err);

/* All of them. A visitor that stops only begins a new snapshot. */
int atk_sweep_all(struct atk_sweep *sweep, atk_sweep_fn visit, void *ctx, apitoken_error *err);

#endif
