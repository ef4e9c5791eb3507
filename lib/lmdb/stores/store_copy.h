/* SPDX-License-Identifier: MIT */
/*
 * Copies all tokens of a snapshot, in their order and with all checks, into a new environment,
 * which so has no gaps and no remains of older records.
 */
#ifndef APITOKEN_LMDB_STORES_STORE_COPY_H
#define APITOKEN_LMDB_STORES_STORE_COPY_H

#include "lmdb/stores/new_store.h"
#include "lmdb/stores/scan.h"

/*
 * May change the records of a token as they are copied. Is called with the hot record first and
 * with the row later; the other one is NULL. True if it changed the record: then it must have made
 * the same of both, as they must agree.
 */
typedef bool (*atk_revise_fn)(void *ctx, const char *id, struct atk_hot *hot, struct atk_row *row);

struct atk_store_copy {
    struct atk_view from;
    const struct atk_last_use *from_use;
    struct atk_deadline *deadline; /* for other copies of this process */
    atk_revise_fn revise;          /* NULL: copy unchanged */
    void *ctx;
    uint64_t id_floor;               /* the copy gets at least this one */
    bool raises_floor;               /* and one that no token of it is above */
    const struct atk_store_act *act; /* the copy gets a record of it; NULL: of nothing */
    uint64_t carried_over;           /* so many tokens lost rights; `revise` counts them */
    uint64_t tokens, revoked;        /* of the copy; filled in */
};

/*
 * An atk_new_store_fill_fn whose context is a struct atk_store_copy. APITOKEN_E_DAMAGED, with the
 * id of the damaged token if there is one. APITOKEN_E_BUSY at the deadline.
 */
int atk_store_copy_fill(void *copy, const struct atk_new_store_place *place,
                        struct atk_new_store_facts *ret_facts, apitoken_error *err);

#endif
