/* SPDX-License-Identifier: MIT */
/*
 * Figures of texts that a validate denies: denied PLACE ROUNDS LOOKS
 *
 * Unknown tokens have good checksums and lie evenly over the place, as its tokens do.
 */
#include <apitoken/apitoken.h>
#include <stdlib.h>
#include <string.h>

#include "due.h"
#include "forge.h"
#include "look.h"
#include "machine.h"
#include "say.h"

#define HOT 100
#define LONG_GARBAGE ((size_t)1 << 20)
#define ID_AT 5 /* in the text: prefix of three, underscore, version */

struct bench {
    struct place place;
    size_t looks;
    uint64_t random;
    struct rounds garbage, long_garbage, unknown;
    struct rounds near_unknown, wrong_secret, near_unknown_to_wrong; /* in the caches */
};

static struct look looks_of(struct bench *bench, const char *texts, int due) {
    return (struct look){ look_library, &bench->place, texts, bench->looks, bench->place.len, due };
}

static double floor_of(struct look look) {
    look.fn = look_floor;
    if (look.due != 0) look.due = LOOK_FAILS;
    return look_cpu_ns(&look);
}

/* ---- garbage --------------------------------------------------------------------------------- */

/* Texts of the right form whose checksum is wrong. */
static char *draw_garbage(struct bench *bench) {
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    char *texts = place_draw(&bench->place, bench->looks, &bench->random);
    for (size_t i = 0; i < bench->looks; i++)
        for (size_t at = ID_AT; at < bench->place.len; at++)
            texts[i * PLACE_STRIDE + at] = digits[draw(&bench->random) % 62];
    return texts;
}

/* Nanoseconds a look at a megabyte that begins as `text` does. */
static double long_ns(struct bench *bench, const char *text) {
    char *megabyte = malloc(LONG_GARBAGE);
    DUE_THAT(megabyte != NULL);
    memset(megabyte, 'A', LONG_GARBAGE);
    memcpy(megabyte, text, bench->place.len);
    double begin = cpu_ns();
    for (size_t i = 0; i < bench->looks; i++)
        DUE_THAT(look_library(&bench->place, megabyte, LONG_GARBAGE) == APITOKEN_E_MALFORMED);
    double ns = (cpu_ns() - begin) / (double)bench->looks;
    free(megabyte);
    return ns;
}

static void round_garbage(struct bench *bench) {
    char *hot = place_draw_hot(&bench->place, bench->looks, HOT, 0, &bench->random),
         *texts = draw_garbage(bench);
    struct look known = looks_of(bench, hot, 0),
                garbage = looks_of(bench, texts, APITOKEN_E_MALFORMED);
    (void)floor_of(known); /* brings the hot records into the caches */
    double floor = floor_of(known);
    rounds_add(&bench->garbage, look_cpu_ns(&garbage) / floor);
    rounds_add(&bench->long_garbage, long_ns(bench, texts) / floor);
    free(hot);
    free(texts);
}

/* ---- unknown tokens -------------------------------------------------------------------------- */

static void round_unknown(struct bench *bench) {
    char *texts = forge_unknown_any(&bench->place, bench->looks, &bench->random);
    struct look look = looks_of(bench, texts, APITOKEN_E_UNKNOWN);
    double library = look_cpu_ns(&look);
    rounds_add(&bench->unknown, library / floor_of(look));
    free(texts);
}

static double in_cache(struct bench *bench, char *texts) {
    struct look look = looks_of(bench, texts, APITOKEN_E_UNKNOWN);
    (void)look_cpu_ns(&look);
    double ns = look_cpu_ns(&look);
    free(texts);
    return ns;
}

static void round_near(struct bench *bench) {
    double unknown =
               in_cache(bench, forge_unknown(&bench->place, bench->looks, HOT, &bench->random)),
           wrong = in_cache(bench,
                            forge_wrong_secret(&bench->place, bench->looks, HOT, &bench->random));
    rounds_add(&bench->near_unknown, unknown);
    rounds_add(&bench->wrong_secret, wrong);
    rounds_add(&bench->near_unknown_to_wrong, unknown / wrong);
}

/* ---- all ------------------------------------------------------------------------------------- */

static void say_all(const struct bench *bench) {
    say_figure("garbage", &bench->garbage);
    say_figure("garbage.long", &bench->long_garbage);
    say_figure("unknown", &bench->unknown);
    say_figure("unknown.wrong", &bench->near_unknown_to_wrong);
    say_figure("ns.unknown", &bench->near_unknown);
    say_figure("ns.wrong", &bench->wrong_secret);
}

int main(int argc, char **argv) {
    static struct bench bench;
    DUE_THAT(argc == 4);
    pin_to(1);
    place_open(&bench.place, argv[1], APITOKEN_MODE_READ_WRITE);
    bench.looks = strtoul(argv[3], NULL, 10);
    bench.random = 88172645463325252;
    round_unknown(&bench); /* brings the pages into memory */
    bench.unknown.count = 0;
    for (size_t i = 0, count = strtoul(argv[2], NULL, 10); i < count; i++) {
        round_garbage(&bench);
        round_unknown(&bench);
        round_near(&bench);
    }
    say_all(&bench);
    place_close(&bench.place);
    return 0;
}
