/* SPDX-License-Identifier: MIT */
/*
 * Figures of validate: validate DIR ROUNDS LOOKS SIZE SIZE SIZE SIZE SIZE
 *
 * DIR/SIZE are places, the smallest first. Most figures are of the one in the middle; growth is
 * from the first to the last.
 */
#include <apitoken/apitoken.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crew.h"
#include "due.h"
#include "ladder.h"
#include "look.h"
#include "machine.h"
#include "say.h"

#define SIZES 5
#define MIDDLE 2
#define HOT 100
#define BURSTS 40
#define WARM_LOOKS 3000000 /* six for each leaf page of 10^7 tokens */
#define TEAM_TIMES 8
#define OWN_CPU 1 /* the quiet one; the other thread works on 0 */

struct at_size {
    struct place place;
    struct rounds first, uniform, uniform_floor, seen, hot, floor_hot; /* nanoseconds */
    struct rounds first_ratio, uniform_ratio, hot_ratio;
};

struct bench {
    size_t looks;
    uint64_t random;
    struct at_size size[SIZES];
    struct ladder *ladder;
    struct rounds growth, seen, renewed, threads_seen, threads_first;
    struct rounds writer_seen, writer_first, writer_floor;
    struct rounds last_use_hot, last_use_uniform, price[LADDER_RUNGS], price_record_uniform,
        price_last_use_uniform;
};

static struct place *middle(struct bench *bench) { return &bench->size[MIDDLE].place; }

static struct look looks_of(const struct bench *bench, struct place *place, look_fn fn,
                            const char *texts) {
    return (struct look){ fn, place, texts, bench->looks, place->len, 0 };
}

static double cpu_of(struct look look, look_fn fn, void *ctx) {
    look.fn = fn;
    look.ctx = ctx;
    return look_cpu_ns(&look);
}

/* ---- every size ------------------------------------------------------------------------------ */

static double last(const struct rounds *rounds) { return rounds->value[rounds->count - 1]; }

/* Only where so many tokens are that hardly one of a set is remembered. */
static void round_first(struct bench *bench, struct at_size *at) {
    struct after_commit first = look_first(&at->place, HOT, BURSTS, &bench->random);
    rounds_add(&at->first, first.ours);
    rounds_add(&at->first_ratio, first.ours / first.floor);
}

/*
 * The library remembers some hundreds of verdicts: of a large store's tokens, drawn from all,
 * hardly one was seen before.
 */
static void round_uniform(struct bench *bench, struct at_size *at) {
    char *texts = place_draw(&at->place, bench->looks, &bench->random);
    struct look look = looks_of(bench, &at->place, look_library, texts);
    look_commit(&at->place);
    double library = look_cpu_ns(&look), floor = cpu_of(look, look_floor, &at->place);
    rounds_add(&at->uniform, library);
    rounds_add(&at->uniform_floor, floor);
    rounds_add(&at->uniform_ratio, library / floor);
    free(texts);
}

static void round_seen(struct bench *bench, struct at_size *at) {
    char *texts = place_draw_hot(&at->place, bench->looks, HOT, 0, &bench->random);
    struct look look = looks_of(bench, &at->place, look_library, texts);
    (void)look_cpu_ns(&look); /* now all of them were seen */
    rounds_add(&at->seen, look_cpu_ns(&look));
    rounds_add(&at->floor_hot, cpu_of(look, look_floor, &at->place));
    rounds_add(&at->hot, cpu_of(look, look_forgetful, &at->place));
    rounds_add(&at->hot_ratio, last(&at->hot) / last(&at->floor_hot));
    free(texts);
}

static void round_renewed(struct bench *bench) {
    struct after_commit renewed = look_renewed(middle(bench), HOT, BURSTS, &bench->random);
    rounds_add(&bench->renewed, renewed.ours / renewed.floor);
}

static void round_sizes(struct bench *bench) {
    for (size_t i = 0; i < SIZES; i++) {
        if (i >= MIDDLE) round_first(bench, &bench->size[i]);
        round_uniform(bench, &bench->size[i]);
        round_seen(bench, &bench->size[i]);
    }
    const struct at_size *at = &bench->size[MIDDLE];
    rounds_add(&bench->seen, last(&at->seen) / last(&at->floor_hot));
    rounds_add(&bench->growth,
               last(&bench->size[SIZES - 1].hot_ratio) / last(&bench->size[0].hot_ratio));
}

/* ---- threads --------------------------------------------------------------------------------- */

struct team {
    struct look look[2]; /* each has texts of its own */
};

/* Long enough that it does not matter which thread is woken first. */
static void team_look(void *ctx, size_t number) {
    for (int i = 0; i < TEAM_TIMES; i++) (void)look_cpu_ns(&((struct team *)ctx)->look[number]);
}

static double scaling(struct team *team) {
    double one = crew_run(1, 1, team_look, team);
    double two = crew_run(2, 1, team_look, team);
    return 2 * one / two;
}

static void round_threads(struct bench *bench) {
    struct team seen, first;
    for (size_t i = 0; i < 2; i++) {
        seen.look[i] =
            looks_of(bench, middle(bench), look_library,
                     place_draw_hot(middle(bench), bench->looks, HOT, 0, &bench->random));
        first.look[i] = looks_of(bench, middle(bench), look_library,
                                 place_draw(middle(bench), bench->looks, &bench->random));
    }
    pin_to(-1);
    (void)scaling(&seen); /* both processors' caches */
    rounds_add(&bench->threads_seen, scaling(&seen));
    (void)scaling(&first);
    rounds_add(&bench->threads_first, scaling(&first));
    pin_to(OWN_CPU);
    for (size_t i = 0; i < 2; i++) {
        free((char *)(uintptr_t)seen.look[i].texts);
        free((char *)(uintptr_t)first.look[i].texts);
    }
}

static void write_on(void *ctx, size_t number) {
    (void)number;
    look_commit(ctx);
}

/*
 * The other processor writes, and ours alone is looked at. What the disk does to it is in the
 * figure.
 */
static double beside_writer(struct bench *bench, look_fn fn, const char *texts) {
    struct look look = looks_of(bench, middle(bench), fn, texts);
    (void)look_cpu_ns(&look);
    double alone = look_cpu_ns(&look);
    struct crew_worker *writer = crew_start(0, write_on, middle(bench));
    double beside = look_cpu_ns(&look);
    (void)crew_stop(writer);
    return beside / alone;
}

static void round_writer(struct bench *bench) {
    char *hot = place_draw_hot(middle(bench), bench->looks, HOT, 0, &bench->random);
    char *any = place_draw(middle(bench), bench->looks, &bench->random);
    rounds_add(&bench->writer_seen, beside_writer(bench, look_library, hot));
    rounds_add(&bench->writer_first, beside_writer(bench, look_library, any));
    rounds_add(&bench->writer_floor, beside_writer(bench, look_floor, hot));
    free(hot);
    free(any);
}

/* ---- prices ---------------------------------------------------------------------------------- */

static void rungs(struct bench *bench, const char *texts, double *ret_floor,
                  double ret[LADDER_RUNGS]) {
    struct look look = looks_of(bench, middle(bench), look_floor, texts);
    *ret_floor = look_cpu_ns(&look);
    for (size_t i = 0; i < LADDER_RUNGS; i++) ret[i] = cpu_of(look, ladder_look[i], bench->ladder);
}

static void round_prices(struct bench *bench) {
    char *hot = place_draw_hot(middle(bench), bench->looks, HOT, 0, &bench->random);
    char *any = place_draw(middle(bench), bench->looks, &bench->random);
    double floor, ns[LADDER_RUNGS];
    rungs(bench, hot, &floor, ns);
    for (size_t i = 0; i < LADDER_RUNGS; i++)
        rounds_add(&bench->price[i], (ns[i] - (i > 0 ? ns[i - 1] : floor)) / floor);
    rounds_add(&bench->last_use_hot, ns[LADDER_LAST_USE] / ns[LADDER_LAST_USE - 1]);
    rungs(bench, any, &floor, ns);
    rounds_add(&bench->price_record_uniform, (ns[0] - floor) / floor);
    rounds_add(&bench->price_last_use_uniform,
               (ns[LADDER_LAST_USE] - ns[LADDER_LAST_USE - 1]) / floor);
    rounds_add(&bench->last_use_uniform, ns[LADDER_LAST_USE] / ns[LADDER_LAST_USE - 1]);
    free(hot);
    free(any);
}

/* ---- all ------------------------------------------------------------------------------------- */

/* Brings the pages of both stores into memory and into the process's map. */
static void warm(struct bench *bench) {
    for (size_t i = 0; i < SIZES; i++) {
        struct place *place = &bench->size[i].place;
        for (size_t done = 0; done < place->tokens && done < WARM_LOOKS; done += bench->looks) {
            char *texts = place_draw(place, bench->looks, &bench->random);
            struct look look = looks_of(bench, place, look_library, texts);
            (void)look_cpu_ns(&look);
            (void)cpu_of(look, look_floor, place);
            free(texts);
        }
    }
}

static void say_sizes(const struct bench *bench) {
    char id[32];
    for (size_t i = 0; i < SIZES; i++) {
        const struct at_size *at = &bench->size[i];
        (void)snprintf(id, sizeof id, "first.uniform.%zu", i);
        say_figure(id, &at->uniform_ratio);
        (void)snprintf(id, sizeof id, "hot.%zu", i);
        say_figure(id, &at->hot_ratio);
        say_point("not remembered, hot 100", at->place.tokens, &at->hot);
        say_point("floor, hot 100", at->place.tokens, &at->floor_hot);
        say_point("first sight, uniform", at->place.tokens, &at->uniform);
        say_point("floor, uniform", at->place.tokens, &at->uniform_floor);
        say_point("seen before", at->place.tokens, &at->seen);
    }
}

static void say_prices(const struct bench *bench) {
    static const char *const ids[] = { "price.owner", "price.check", "price.scrub", "price.fork",
                                       "price.last_use" };
    for (size_t i = 0; i < LADDER_RUNGS; i++) say_figure(ids[i], &bench->price[i]);
    say_figure("price.record.uniform", &bench->price_record_uniform);
    say_figure("price.last_use.uniform", &bench->price_last_use_uniform);
    say_figure("last_use.hot", &bench->last_use_hot);
    say_figure("last_use.uniform", &bench->last_use_uniform);
}

static void say_all(const struct bench *bench) {
    say_sizes(bench);
    say_figure("growth", &bench->growth);
    say_figure("first.hot.2", &bench->size[MIDDLE].first_ratio);
    say_figure("seen", &bench->seen);
    say_figure("renewed", &bench->renewed);
    say_figure("threads.seen", &bench->threads_seen);
    say_figure("threads.first", &bench->threads_first);
    say_figure("writer.seen", &bench->writer_seen);
    say_figure("writer.first", &bench->writer_first);
    say_figure("writer.floor", &bench->writer_floor);
    say_figure("ns.floor", &bench->size[MIDDLE].floor_hot);
    say_figure("ns.first", &bench->size[MIDDLE].first);
    say_figure("ns.seen", &bench->size[MIDDLE].seen);
    say_prices(bench);
}

int main(int argc, char **argv) {
    static struct bench bench;
    DUE_THAT(argc == 4 + SIZES);
    size_t count = strtoul(argv[2], NULL, 10);
    bench.looks = strtoul(argv[3], NULL, 10);
    bench.random = 88172645463325252;
    pin_to(OWN_CPU);
    for (size_t i = 0; i < SIZES; i++)
        place_open(&bench.size[i].place, place_path(argv[1], argv[4 + i]),
                   APITOKEN_MODE_READ_WRITE);
    bench.ladder = ladder_make(middle(&bench), place_path(argv[1], "ladder"));
    warm(&bench);
    for (size_t i = 0; i < count; i++) {
        round_sizes(&bench);
        round_renewed(&bench);
        round_threads(&bench);
        round_writer(&bench);
        round_prices(&bench);
    }
    say_all(&bench);
    ladder_free(bench.ladder);
    for (size_t i = 0; i < SIZES; i++) place_close(&bench.size[i].place);
    return 0;
}
