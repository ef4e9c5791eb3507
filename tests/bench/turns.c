/* SPDX-License-Identifier: MIT */
/*
 * One of two programs that take turns, each over another build of the library: turns PLACE...
 *
 * Uses only what both builds have. A command a line on standard input, `WHAT PLACE`, PLACE counted
 * from 0; beside.py gives it to both in turn. An answer a line: nanoseconds a look, row or create.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "create_rate.h"
#include "due.h"
#include "forge.h"
#include "list_rows.h"
#include "look.h"
#include "machine.h"

#define PLACES_MAX 8
#define HOT 100
#define BURSTS 10 /* a turn, which is tens of milliseconds */
#define LOOKS 65536
#define WARM_LOOKS 3000000
#define OWNER 1
#define THREADS 8
#define CREATES 50 /* a thread and turn */

static uint64_t random_state = 88172645463325252;

static double look_ns(struct place *place, char *texts, int due, int times) {
    const size_t count = place->tokens < LOOKS ? place->tokens : LOOKS;
    struct look look = { look_library, place, texts, count, place->len, due };
    double ns = 0;
    for (int i = 0; i < times; i++) ns = look_cpu_ns(&look);
    free(texts);
    return ns;
}

/* The last of two passes: the first one brings all into the caches, and into the table. */
static double in_cache(struct place *place, char *texts, int due) {
    return look_ns(place, texts, due, 2);
}

static double first(struct place *place) {
    return look_first(place, HOT, BURSTS, &random_state).ours;
}

static double renewed(struct place *place) {
    return look_renewed(place, HOT, BURSTS, &random_state).ours;
}

static double uniform(struct place *place) {
    const size_t count = place->tokens < LOOKS ? place->tokens : LOOKS;
    return look_ns(place, place_draw(place, count, &random_state), 0, 1);
}

/* Brings the pages into memory and into the process's map. */
static double warm(struct place *place) {
    double ns = 0;
    for (size_t done = 0; done < place->tokens && done < WARM_LOOKS; done += LOOKS)
        ns = uniform(place);
    return ns;
}

static double seen(struct place *place) {
    return in_cache(place, place_draw_hot(place, LOOKS, HOT, 0, &random_state), 0);
}

static double unknown(struct place *place) {
    return in_cache(place, forge_unknown(place, LOOKS, HOT, &random_state), APITOKEN_E_UNKNOWN);
}

static double wrong(struct place *place) {
    return in_cache(place, forge_wrong_secret(place, LOOKS, HOT, &random_state),
                    APITOKEN_E_UNKNOWN);
}

static double list(struct place *place) {
    uint64_t sum = 0;
    double begin = cpu_ns();
    size_t rows = list_rows(place, OWNER, &sum);
    DUE_THAT(rows > 0 && sum != 0);
    return (cpu_ns() - begin) / (double)rows;
}

static double create(struct place *place) {
    const struct creates creates = { place->store, THREADS, 1, CREATES };
    pin_to(-1);
    double ns = 1e9 / create_rate(&creates);
    pin_to(1);
    return ns;
}

static const struct command {
    const char *name;
    double (*run)(struct place *place);
} commands[] = {
    { "warm", warm },       { "first", first },     { "renewed", renewed },
    { "uniform", uniform }, { "seen", seen },       { "list", list },
    { "create", create },   { "unknown", unknown }, { "wrong", wrong },
};

static double obey(const char *name, struct place *place) {
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0) return commands[i].run(place);
    DUE_THAT(!"a command");
    return 0;
}

int main(int argc, char **argv) {
    static struct place places[PLACES_MAX];
    char line[64], name[16];
    size_t count = (size_t)argc - 1, number;
    DUE_THAT(count > 0 && count <= PLACES_MAX);
    pin_to(1);
    for (size_t i = 0; i < count; i++) {
        place_open(&places[i], argv[1 + i], APITOKEN_MODE_READ_WRITE);
        if (places[i].floor) floor_close(places[i].floor); /* one side has none */
        places[i].floor = NULL;
    }
    while (fgets(line, sizeof line, stdin)) {
        DUE_THAT(sscanf(line, "%15s %zu", name, &number) == 2 && number < count);
        (void)printf("%.6g\n", obey(name, &places[number]));
        (void)fflush(stdout);
    }
    for (size_t i = 0; i < count; i++) place_close(&places[i]);
    return 0;
}
