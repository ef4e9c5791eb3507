/* SPDX-License-Identifier: MIT */
/*
 * All tokens of a snapshot, checked and written into a new environment in their order: without a
 * gap and without a stale byte.
 */
#ifndef APITOKEN_LMDB_STORES_STORE_COPY_H
#define APITOKEN_LMDB_STORES_STORE_COPY_H

#include "lmdb/tokens/last_use.h"
#include "lmdb/stores/scan.h"

/*
 * May change a token on its way; sees its hot record first and its row later, the other one being
 * NULL. 1 if it changed it.
 */
typedef int (*atk_revise_fn)(void *ctx, const char *id, struct atk_hot *hot, struct atk_row *row);

struct atk_store_copy {
    const struct atk_env *from;
    MDB_txn *snapshot; /* of `from` */
    const struct atk_last_use *from_use;
    const struct atk_keys *keys;
    atk_revise_fn revise; /* NULL: as it is */
    void *ctx;
    uint64_t tokens, revoked; /* of the copy; filled in */
};

/*
 * An atk_new_store_fill_fn over a struct atk_store_copy. APITOKEN_E_DAMAGED, with the id of a token
 * if it is about one.
 */
int atk_store_copy_fill(void *duplicate, const struct atk_env *env, struct atk_last_use *use,
                        apitoken_error *err);

#endif
