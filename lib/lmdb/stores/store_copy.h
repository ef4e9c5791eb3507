/* SPDX-License-Identifier: MIT */
/*
 * Copies all tokens of a snapshot, in their order and with all checks, into a new environment,
 * which so has no gaps and no remains of older records.
 */
#ifndef APITOKEN_LMDB_STORES_STORE_COPY_H
#define APITOKEN_LMDB_STORES_STORE_COPY_H

#include "lmdb/stores/new_store.h"
#include "lmdb/stores/scan.h"

/* What becomes of a token in the copy. */
enum atk_revise { ATK_REVISE_KEEP, ATK_REVISE_CHANGE, ATK_REVISE_DROP };

/*
 * How a copy differs from its source. Each token is seen twice, when its hot record is copied and
 * when its row is, and the same must become of it.
 */
struct atk_revision {
    enum atk_revise (*judge)(void *ctx, const char *id, const struct atk_hot *hot);
    /* changes both records so that they agree; `is_last`: the second time */
    int (*change)(void *ctx, struct atk_hot *hot, struct atk_row *row, bool is_last,
                  apitoken_error *err);
    /* after the owners were copied: adds and changes some */
    int (*add_owners)(void *ctx, const struct atk_view *to, apitoken_error *err);
    /* whether the text of an audit record goes */
    bool (*is_erased)(void *ctx, uint64_t number, const struct atk_audit *audit);
    /* changes the list of keys */
    int (*change_keys)(void *ctx, struct atk_keys_record *keys, apitoken_error *err);
    void *ctx;
};

struct atk_store_copy {
    struct atk_view from;
    const struct atk_last_use *from_use;
    struct atk_deadline *deadline;       /* for other copies of this process */
    const struct atk_revision *revision; /* NULL: copy unchanged */
    uint64_t id_floor;                   /* the copy gets at least this one */
    bool raises_floor;                   /* and one that no token of it is above */
    const struct atk_store_act *act;     /* the copy gets a record of it; NULL: of nothing */
    uint64_t carried_over;               /* so many tokens lost rights; the revision counts them */
    uint64_t dropped;                    /* tokens that were left out; filled in, as the next two */
    uint64_t tokens, revoked;
};

/*
 * An atk_new_store_fill_fn whose context is a struct atk_store_copy. APITOKEN_E_DAMAGED, with the
 * id of the damaged token if there is one. APITOKEN_E_BUSY at the deadline.
 */
int atk_store_copy_fill(void *copy, const struct atk_new_store_place *place,
                        struct atk_new_store_facts *ret_facts, apitoken_error *err);

#endif
