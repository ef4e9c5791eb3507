/* SPDX-License-Identifier: MIT */
/*
 * Figures of writing: write PLACE ROUNDS CREATES DIR POSTGRES
 *
 * Single creates and revokes take turns with durable puts of LMDB alone; the medians of a round are
 * compared. With several threads the figure is tokens per second, against peers that do the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bare.h"
#include "batch.h"
#include "crew.h"
#include "due.h"
#include "machine.h"
#include "peer.h"
#include "say.h"

#define BATCH 1000
#define THREADS 8
#define WRITERS_MAX 8
#define OWNER "write-0000000000"

struct bench {
    struct place place;
    struct bare *bare;
    size_t creates; /* a round, or a thread and round */
    uint64_t random;
    struct rounds put_ns, create_ns, create, revoke, batch, batch_ns;
};

static apitoken_secret *create_one(const struct place *place) {
    apitoken_secret *secret = NULL;
    DUE(apitoken_create(place->store, OWNER, PLACE_OWNER_LEN, "name", 4, NULL, &secret, NULL));
    return secret;
}

/* ---- one thread ------------------------------------------------------------------------------ */

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

/* ---- many threads ---------------------------------------------------------------------------- */

struct load {
    const struct bench *bench;
    const struct peer_writer *writer; /* NULL = the library */
    void *ctx;
};

static void work(void *ctx, size_t thread) {
    const struct load *load = ctx;
    for (size_t i = 0; i < load->bench->creates; i++) {
        if (load->writer)
            load->writer->create(load->ctx, thread);
        else
            apitoken_secret_free(create_one(&load->bench->place));
    }
}

static double per_second(struct load *load) {
    double ns = crew_run(THREADS, 0, work, load);
    return (double)(THREADS * load->bench->creates) / ns * 1e9;
}

struct contest {
    struct load load;
    struct rounds rate, ratio;
};

static size_t open_writers(const struct bench *bench, const struct peer_args *args,
                           struct contest contests[WRITERS_MAX]) {
    size_t count = 0;
    for (size_t i = 0; peer_writers[i]; i++) {
        void *ctx = peer_writers[i]->open(args, THREADS);
        if (ctx) contests[count++] = (struct contest){ .load = { bench, peer_writers[i], ctx } };
    }
    return count;
}

/* Of peers of one name, which are ways to use one engine, the fastest counts. */
static void compete(struct contest *contests, size_t count, double library) {
    for (size_t i = 0; i < count; i++) rounds_add(&contests[i].rate, per_second(&contests[i].load));
    for (size_t i = 0; i < count; i++) {
        double best = 0;
        for (size_t k = 0; k < count; k++) {
            double rate = contests[k].rate.value[contests[k].rate.count - 1];
            if (strcmp(contests[k].load.writer->id, contests[i].load.writer->id) == 0 &&
                rate > best)
                best = rate;
        }
        rounds_add(&contests[i].ratio, library / best);
    }
}

static void round_many(struct bench *bench, struct contest *contests, size_t count,
                       struct rounds *rates) {
    struct load library = { bench, NULL, NULL };
    double rate = per_second(&library);
    rounds_add(rates, rate);
    compete(contests, count, rate);
}

static void say_writers(const struct contest *contests, size_t count) {
    char id[64];
    for (size_t i = 0; i < count; i++) {
        const char *name = contests[i].load.writer->id;
        /* the same ratio */
        if (i > 0 && strcmp(contests[i - 1].load.writer->id, name) == 0) continue;
        (void)snprintf(id, sizeof id, "creates.%s", name);
        say_figure(id, &contests[i].ratio);
    }
    for (size_t i = 0; i < count; i++)
        say_setting("creates a second", "%s %zu: %.0f", contests[i].load.writer->id, i,
                    rounds_at(&contests[i].rate, 0.5));
}

static void say_all(const struct bench *bench, const struct rounds *rates) {
    say_figure("create", &bench->create);
    say_figure("revoke", &bench->revoke);
    say_figure("batch", &bench->batch);
    say_figure("ns.batch", &bench->batch_ns);
    say_figure("ns.put", &bench->put_ns);
    say_figure("ns.create", &bench->create_ns);
    say_figure("rate.creates", rates);
}

int main(int argc, char **argv) {
    static struct bench bench;
    static struct contest contests[WRITERS_MAX];
    struct rounds rates = { 0 };
    DUE_THAT(argc == 6);
    bench.random = 88172645463325252;
    place_open(&bench.place, argv[1], APITOKEN_MODE_READ_WRITE);
    bench.creates = strtoul(argv[3], NULL, 10);
    bench.bare = bare_puts(place_path(argv[4], "bare"), bench.place.tokens, &bench.random);
    struct peer_args args = { .place = &bench.place,
                              .dir = argv[4],
                              .postgres = strcmp(argv[5], "-") == 0 ? NULL : argv[5] };
    size_t count = open_writers(&bench, &args, contests), rounds = strtoul(argv[2], NULL, 10);
    for (size_t i = 0; i < rounds; i++) {
        pin_to(1);
        round_batch(&bench, round_single(&bench));
        pin_to(-1);
        round_many(&bench, contests, count, &rates);
    }
    say_all(&bench, &rates);
    say_writers(contests, count);
    for (size_t i = 0; i < count; i++) contests[i].load.writer->close(contests[i].load.ctx);
    bare_free(bench.bare);
    place_close(&bench.place);
    return 0;
}
