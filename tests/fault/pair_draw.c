/* SPDX-License-Identifier: MIT */
#include "pair_draw.h"

static uint64_t random_state;

void pair_draw_seed(uint64_t seed) { random_state = seed; }

/* splitmix64; below `limit`. */
static uint64_t random_below(uint64_t limit) {
    uint64_t x = random_state += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return (x ^ x >> 31) % limit;
}

static unsigned draw_kind(const struct pair_source *source) {
    return source->kind + (unsigned)random_below(source->kinds);
}

/* A fault and its verb: half of the time each point is as likely as another, else each verb. */
static const struct verb *draw_fault(const struct pair_source *source, struct pair_fault *fault) {
    fault->kind = draw_kind(source);
    const int column = fault->kind == PAIR_ALLOCATION;
    uint64_t all = 0;
    size_t at = 0;
    for (size_t i = 0; i < source->count; i++) all += source->points[i][column];
    uint64_t chosen = random_below(all);
    while (chosen >= source->points[at][column]) chosen -= source->points[at++][column];
    if (random_below(2)) {
        do at = random_below(source->count);
        while (!source->points[at][column]);
        chosen = random_below(source->points[at][column]);
    }
    fault->at = chosen + 1;
    return &source->verbs[at];
}

/*
 * Another one of the same call: mostly soon after the first, which ends most calls. The counts of
 * system calls and of allocations know nothing of each other.
 */
static void draw_later(const struct pair_source *source, const struct pair_fault *first,
                       struct pair_fault *later) {
    later->kind = draw_kind(source);
    const int is_other = (later->kind == PAIR_ALLOCATION) != (first->kind == PAIR_ALLOCATION);
    later->at = is_other ? 1 + random_below(2 * first->at)
                         : first->at + 1 + random_below(UINT64_C(1) << random_below(8));
}

struct pair pair_draw(const struct pair_source *source) {
    struct pair pair = { .instead = source->instead };
    pair.verb[0] = draw_fault(source, &pair.fault[0]);
    switch (random_below(4)) {
    case 0: /* the host tries it again */
        pair.verb[1] = pair.verb[0];
        pair.fault[1].kind =
            pair.fault[0].kind == PAIR_ALLOCATION ? PAIR_ALLOCATION : draw_kind(source);
        pair.fault[1].at = 1 + random_below(pair.fault[0].at + 8);
        break;
    case 1: pair.verb[1] = draw_fault(source, &pair.fault[1]); break;
    default: draw_later(source, &pair.fault[0], &pair.fault[1]);
    }
    return pair;
}
