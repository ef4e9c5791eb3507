/* SPDX-License-Identifier: MIT */
#include "batch.h"

#include <stdlib.h>

#include "due.h"
#include "machine.h"
#include "place.h"

/* What a batch is made from: the items, where they point to, and the pointers to them. */
struct wanted {
    apitoken_batch_item item;
    char owner[PLACE_OWNER_LEN + 1];
};

static const apitoken_batch_item **want(struct wanted *wanted, size_t first, size_t count,
                                        size_t owners) {
    const apitoken_batch_item **items = calloc(count, sizeof *items);
    DUE_THAT(wanted && items);
    for (size_t i = 0; i < count; i++) {
        place_owner((first + i) % owners, wanted[i].owner);
        wanted[i].item = (apitoken_batch_item)APITOKEN_BATCH_ITEM_INIT;
        wanted[i].item.owner = wanted[i].owner;
        wanted[i].item.owner_len = PLACE_OWNER_LEN;
        wanted[i].item.name = (first + i) / owners % BATCH_RARE == 0 ? BATCH_RARE_NAME : "name";
        wanted[i].item.name_len = 4;
        items[i] = &wanted[i].item;
    }
    return items;
}

static void tell(const apitoken_batch *batch, batch_fn each, void *ctx) {
    for (size_t i = 0; i < apitoken_batch_count(batch); i++) {
        char text[APITOKEN_FORMAT_MAX];
        size_t len = 0;
        DUE(apitoken_batch_format(batch, i, APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text, &len,
                                  NULL));
        each(ctx, text, len);
    }
}

double batch_create(apitoken_store *store, size_t first, size_t count, size_t owners, batch_fn each,
                    void *ctx) {
    struct wanted *wanted = calloc(count, sizeof *wanted);
    const apitoken_batch_item **items = want(wanted, first, count, owners);
    apitoken_batch_opts opts = APITOKEN_BATCH_OPTS_INIT;
    apitoken_batch *batch = NULL;
    opts.timeout_ms = 600000;
    double begin = wall_ns();
    DUE(apitoken_create_batch(store, items, count, &opts, &batch, NULL));
    double ns = wall_ns() - begin;
    if (each) tell(batch, each, ctx);
    apitoken_batch_free(batch);
    free(items);
    free(wanted);
    return ns;
}
