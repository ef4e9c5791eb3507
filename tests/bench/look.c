/* SPDX-License-Identifier: MIT */
#include "look.h"

#include <stdlib.h>
#include <string.h>

#include "due.h"
#include "machine.h"
#include "rounds.h"

#define WARM_TIMES 2

/*
 * The verdict is set up once, as by a host that has one for each of its threads: the call itself
 * sets it to denied.
 */
static int validate(apitoken_store *store, const char *text, size_t len) {
    static __thread apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    return apitoken_validate(store, text, len, NULL, &verdict, NULL);
}

int look_library(void *ctx, const char *text, size_t len) {
    return validate(((const struct place *)ctx)->store, text, len);
}

int look_forgetful(void *ctx, const char *text, size_t len) {
    return validate(((const struct place *)ctx)->forgetful, text, len);
}

int look_floor(void *ctx, const char *text, size_t len) {
    const struct place *place = ctx;
    return floor_validate(place->floor, text, len);
}

/* How many answers were not the one that is due. */
static size_t run(const struct look *look) {
    size_t wrong = 0;
    for (size_t i = 0; i < look->count; i++) {
        int rc = look->fn(look->ctx, look->texts + i * PLACE_STRIDE, look->len);
        wrong += look->due == LOOK_FAILS ? rc == 0 : rc != look->due;
    }
    return wrong;
}

static double timed(const struct look *look, double (*now)(void)) {
    double begin = now();
    size_t wrong = run(look);
    double end = now();
    DUE((int)wrong);
    return (end - begin) / (double)look->count;
}

double look_cpu_ns(const struct look *look) { return timed(look, cpu_ns); }
double look_wall_ns(const struct look *look) { return timed(look, wall_ns); }

void look_commit(const struct place *place) {
    apitoken_secret *secret = NULL;
    DUE(apitoken_create(place->forgetful, "bench", 5, "commit", 6, NULL, &secret, NULL));
    apitoken_secret_free(secret);
}

/*
 * The wall clock is read without a system call; the median leaves out bursts that were disturbed.
 */
static double run_burst(struct look warm, look_fn warm_fn, struct look look, look_fn fn) {
    warm.fn = warm_fn;
    look.fn = fn;
    for (int i = 0; i < WARM_TIMES; i++) (void)timed(&warm, wall_ns);
    return timed(&look, wall_ns);
}

static struct after_commit after_commits(struct place *place, size_t hot, size_t bursts,
                                         int is_known, uint64_t *random) {
    struct after_commit ret;
    const size_t which = is_known ? 0 : 1 + draw(random) % (place->tokens / hot - 1);
    double *library = calloc(bursts, sizeof *library), *floor = calloc(bursts, sizeof *floor);
    DUE_THAT(library && floor);
    for (size_t i = 0; i < bursts; i++) {
        char *set = place_set(place, hot, which, random),
             *warm_set = place_set(place, hot, which, random);
        struct look look = { look_library, place, set, hot, place->len, 0 }, warm = look;
        /* in another order, so that nothing foretells the one that is timed */
        warm.texts = warm_set;
        for (int times = 0; is_known && times < 2; times++) (void)timed(&warm, wall_ns);
        look_commit(place);
        library[i] = run_burst(warm, look_forgetful, look, look_library);
        if (place->floor) floor[i] = run_burst(warm, look_floor, look, look_floor);
        free(set);
        free(warm_set);
    }
    ret.ours = median_of(library, bursts);
    ret.floor = median_of(floor, bursts);
    free(library);
    free(floor);
    return ret;
}

struct after_commit look_first(struct place *place, size_t hot, size_t bursts, uint64_t *random) {
    return after_commits(place, hot, bursts, 0, random);
}

struct after_commit look_renewed(struct place *place, size_t hot, size_t bursts, uint64_t *random) {
    return after_commits(place, hot, bursts, 1, random);
}
