/* SPDX-License-Identifier: MIT */
/*
 * Figures of durable creates by many threads: creates PLACE ROUNDS CREATES DIR POSTGRES
 *
 * A figure is tokens a second, against peers that do the same. CREATES is for each thread and
 * round.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "create_rate.h"
#include "crew.h"
#include "due.h"
#include "peer.h"
#include "say.h"

#define THREADS 8
#define MANY_THREADS 32
#define MANY_OWNERS 100
#define WRITERS_MAX 8

struct contest {
    const struct peer_writer *writer;
    void *ctx;
    size_t threads, each;
    struct rounds rate, ratio, owners_ratio; /* one owner, and many */
};

static size_t open_writers(const struct peer_args *args, size_t threads, size_t each,
                           struct contest contests[WRITERS_MAX]) {
    size_t count = 0;
    for (size_t i = 0; peer_writers[i]; i++) {
        void *ctx = peer_writers[i]->open(args, threads);
        if (ctx)
            contests[count++] = (struct contest){
                .writer = peer_writers[i], .ctx = ctx, .threads = threads, .each = each
            };
    }
    return count;
}

static void work(void *ctx, size_t thread) {
    const struct contest *contest = ctx;
    for (size_t i = 0; i < contest->each; i++) contest->writer->create(contest->ctx, thread);
}

static double last(const struct rounds *rounds) { return rounds->value[rounds->count - 1]; }

static void measure(struct contest *contest) {
    double ns = crew_run(contest->threads, 0, work, contest);
    rounds_add(&contest->rate, (double)(contest->threads * contest->each) / ns * 1e9);
}

/* Of peers of one name, which are ways to use one engine, the fastest counts. */
static double best_of(const char *id, const struct contest *contests, size_t count) {
    double best = 0;
    for (size_t i = 0; i < count; i++)
        if (strcmp(contests[i].writer->id, id) == 0 && last(&contests[i].rate) > best)
            best = last(&contests[i].rate);
    return best;
}

static void play(struct creates library, struct contest *contests, size_t count,
                 struct rounds *rates) {
    rounds_add(rates, create_rate(&library));
    library.owners = MANY_OWNERS;
    double owners_rate = create_rate(&library);
    for (size_t i = 0; i < count; i++) measure(&contests[i]);
    for (size_t i = 0; i < count; i++) {
        double best = best_of(contests[i].writer->id, contests, count);
        rounds_add(&contests[i].ratio, last(rates) / best);
        rounds_add(&contests[i].owners_ratio, owners_rate / best);
    }
}

/* Figures of the peers at 8 threads; the ids of those at 32 have that number. */
static void say_ratio(const struct contest *contest) {
    const char *name = contest->writer->id;
    char id[64];
    const int is_many = contest->threads == MANY_THREADS;
    (void)snprintf(id, sizeof id, is_many ? "creates.32.%s" : "creates.%s", name);
    say_figure(id, &contest->ratio);
    if (is_many) return;
    (void)snprintf(id, sizeof id, "creates.owners.%s", name);
    say_figure(id, &contest->owners_ratio);
}

static void say_writers(const struct contest *contests, size_t count) {
    for (size_t i = 0; i < count; i++) {
        /* one ratio for peers of one name */
        if (i == 0 || strcmp(contests[i - 1].writer->id, contests[i].writer->id) != 0)
            say_ratio(&contests[i]);
        say_setting("creates a second", "%s %zu, %zu threads: %.0f", contests[i].writer->id, i,
                    contests[i].threads, rounds_at(&contests[i].rate, 0.5));
    }
}

static void compete(const struct peer_args *args, struct creates library, size_t rounds) {
    struct contest *contests = calloc(WRITERS_MAX, sizeof *contests);
    struct rounds rates = { 0 };
    DUE_THAT(contests != NULL);
    size_t count = open_writers(args, library.threads, library.each, contests);
    for (size_t i = 0; i < rounds; i++) play(library, contests, count, &rates);
    say_figure(library.threads == MANY_THREADS ? "rate.creates.32" : "rate.creates", &rates);
    say_writers(contests, count);
    for (size_t i = 0; i < count; i++) contests[i].writer->close(contests[i].ctx);
    free(contests);
}

int main(int argc, char **argv) {
    struct place place;
    DUE_THAT(argc == 6);
    place_open(&place, argv[1], APITOKEN_MODE_READ_WRITE);
    struct peer_args args = { .place = &place,
                              .dir = argv[4],
                              .postgres = strcmp(argv[5], "-") == 0 ? NULL : argv[5] };
    size_t rounds = strtoul(argv[2], NULL, 10);
    struct creates library = { place.store, THREADS, 1, strtoul(argv[3], NULL, 10) };
    compete(&args, library, rounds);
    library.threads = MANY_THREADS;
    compete(&args, library, rounds);
    place_close(&place);
    return 0;
}
