/* SPDX-License-Identifier: MIT */
/*
 * Makes a place: fill DIR TOKENS OWNERS [without-floor]
 *
 * All tokens come from the library itself, many in one transaction; the floor's store gets the same
 * texts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "batch.h"
#include "due.h"
#include "machine.h"
#include "place.h"
#include "say.h"

/* of map a token: a batch needs room for what there is once more; see doc/performance.md */
#define TOKEN_BYTES 1400
#define BATCH 100000     /* tokens a transaction */
#define FLOOR_PUTS 50000 /* a transaction: it may not touch more pages than LMDB keeps in memory */

struct fill {
    const char *dir;
    size_t tokens, owners;
    apitoken_store *store;
    struct floor *floor;
    FILE *texts;
    size_t floor_puts;
};

static void make_store(struct fill *fill) {
    apitoken_store_create_opts create = APITOKEN_STORE_CREATE_OPTS_INIT;
    apitoken_open_opts open = APITOKEN_OPEN_OPTS_INIT;
    apitoken_keyring *keyring = NULL;
    create.map_bytes = ((uint64_t)64 << 20) + fill->tokens * TOKEN_BYTES;
    open.check_max_bytes = APITOKEN_CHECK_OFF;
    DUE(apitoken_keyring_create(place_path(fill->dir, "keys"), NULL, NULL));
    DUE(apitoken_keyring_load(place_path(fill->dir, "keys"), NULL, &keyring, NULL));
    DUE(apitoken_store_create(place_path(fill->dir, "store"), keyring, &create, NULL));
    DUE(apitoken_store_open(place_path(fill->dir, "store"), keyring, &open, &fill->store, NULL));
    apitoken_keyring_free(keyring);
}

static void note(void *ctx, const char *text, size_t len) {
    struct fill *fill = ctx;
    DUE_THAT(fprintf(fill->texts, "%.*s\n", (int)len, text) > 0);
    if (!fill->floor) return;
    DUE(floor_put(fill->floor, text, len, INT64_MAX));
    if (++fill->floor_puts % FLOOR_PUTS == 0) {
        DUE(floor_put_end(fill->floor));
        DUE(floor_put_begin(fill->floor));
    }
}

/* Gives the nanoseconds that the library took. */
static double make_tokens(struct fill *fill) {
    double ns = 0;
    size_t step = BATCH;
    for (size_t i = 0; i < fill->tokens; i += step) {
        if (step > fill->tokens - i) step = fill->tokens - i;
        ns += batch_create(fill->store, i, step, fill->owners, note, fill);
    }
    return ns / 1e9;
}

static void write_owners(const struct fill *fill) {
    FILE *file = fopen(place_path(fill->dir, "owners"), "we");
    DUE_THAT(file && fprintf(file, "%zu\n", fill->owners) > 0);
    DUE(fclose(file));
}

static void begin_floor(struct fill *fill) {
    DUE(mkdir(place_path(fill->dir, "floor"), 0700));
    fill->floor = floor_open(place_path(fill->dir, "floor"), place_floor_key,
                             place_floor_map(fill->tokens), 1);
    DUE_THAT(fill->floor != NULL);
    DUE(floor_put_begin(fill->floor));
}

static void end_floor(struct fill *fill) {
    DUE(floor_put_end(fill->floor));
    floor_close(fill->floor);
}

/* How large the store became, without what is allocated and unused. */
static void tell_size(const struct fill *fill, double seconds) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    DUE(apitoken_store_stat(fill->store, NULL, &info, NULL));
    (void)printf("size\t%zu\t%.6g\t%.6g\n", fill->tokens,
                 (double)info.used_bytes / (double)fill->tokens, seconds);
}

int main(int argc, char **argv) {
    DUE_THAT(argc == 4 || argc == 5);
    struct fill fill = { .dir = argv[1],
                         .tokens = strtoul(argv[2], NULL, 10),
                         .owners = strtoul(argv[3], NULL, 10) };
    DUE(mkdir(fill.dir, 0700));
    make_store(&fill);
    if (argc == 4) begin_floor(&fill);
    fill.texts = fopen(place_path(fill.dir, "texts"), "we");
    DUE_THAT(fill.texts != NULL);
    tell_size(&fill, make_tokens(&fill));
    DUE(fclose(fill.texts));
    write_owners(&fill);
    if (fill.floor) end_floor(&fill);
    apitoken_store_close(fill.store);
    return 0;
}
