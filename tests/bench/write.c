/* SPDX-License-Identifier: MIT */
/*
 * Figures of one thread that writes: write PLACE ROUNDS CREATES DIR
 *
 * Single creates and revokes take turns with durable puts of LMDB alone; the medians of a round are
 * compared.
 */
#include <stdlib.h>

#include "bare.h"
#include "batch.h"
#include "due.h"
#include "machine.h"
#include "place.h"
#include "say.h"

#define BATCH 1000
#define OWNER "write-0000000000"

struct bench {
    struct place place;
    struct bare *bare;
    size_t creates; /* a round */
    uint64_t random;
    struct rounds put_ns, create_ns, create, revoke, batch, batch_ns;
};

static apitoken_secret *create_one(const struct place *place) {
    apitoken_secret *secret = NULL;
    DUE(apitoken_create(place->store, OWNER, PLACE_OWNER_LEN, "name", 4, NULL, &secret, NULL));
    return secret;
}

struct once {
    double put, create, revoke;
};

static struct once once(struct bench *bench) {
    double begin = wall_ns();
    bare_put(bench->bare, &bench->random);
    double after_put = wall_ns();
    apitoken_secret *secret = create_one(&bench->place);
    double after_create = wall_ns();
    DUE(apitoken_revoke(bench->place.store, OWNER, PLACE_OWNER_LEN, apitoken_secret_id(secret),
                        APITOKEN_ID_LEN, NULL, NULL));
    double after_revoke = wall_ns();
    apitoken_secret_free(secret);
    return (struct once){ after_put - begin, after_create - after_put,
                          after_revoke - after_create };
}

static double round_single(struct bench *bench) {
    double *put = calloc(3 * bench->creates, sizeof *put), *create = put + bench->creates,
           *revoke = create + bench->creates;
    DUE_THAT(put != NULL);
    for (size_t i = 0; i < bench->creates; i++) {
        struct once one = once(bench);
        put[i] = one.put;
        create[i] = one.create;
        revoke[i] = one.revoke;
    }
    double put_ns = median_of(put, bench->creates), create_ns = median_of(create, bench->creates);
    rounds_add(&bench->put_ns, put_ns);
    rounds_add(&bench->create_ns, create_ns);
    rounds_add(&bench->create, create_ns / put_ns);
    rounds_add(&bench->revoke, median_of(revoke, bench->creates) / put_ns);
    free(put);
    return create_ns;
}

static void round_batch(struct bench *bench, double create_ns) {
    double ns = batch_create(bench->place.store, 0, BATCH, bench->place.owners, NULL, NULL) / BATCH;
    rounds_add(&bench->batch_ns, ns);
    rounds_add(&bench->batch, ns / create_ns);
}

/* ---- all ------------------------------------------------------------------------------------- */

static void say_all(const struct bench *bench) {
    say_figure("create", &bench->create);
    say_figure("revoke", &bench->revoke);
    say_figure("batch", &bench->batch);
    say_figure("ns.batch", &bench->batch_ns);
    say_figure("ns.put", &bench->put_ns);
    say_figure("ns.create", &bench->create_ns);
}

int main(int argc, char **argv) {
    static struct bench bench;
    DUE_THAT(argc == 5);
    pin_to(1);
    bench.random = 88172645463325252;
    place_open(&bench.place, argv[1], APITOKEN_MODE_READ_WRITE);
    bench.creates = strtoul(argv[3], NULL, 10);
    bench.bare = bare_puts(place_path(argv[4], "bare"), bench.place.tokens, &bench.random);
    for (size_t i = 0, count = strtoul(argv[2], NULL, 10); i < count; i++)
        round_batch(&bench, round_single(&bench));
    say_all(&bench);
    bare_free(bench.bare);
    place_close(&bench.place);
    return 0;
}
