/* SPDX-License-Identifier: MIT */
/*
 * Which pairs of faults are tried: always the same for the same seed and the same numbers of
 * points.
 */
#ifndef PAIR_DRAW_H
#define PAIR_DRAW_H

#include "pair.h"

#define PAIR_VERBS_MAX 64

/* What to draw from. */
struct pair_source {
    const char *name;
    unsigned kind, kinds;     /* the first of its kinds of faults, and how many */
    const struct verb *verbs; /* the first of them */
    size_t count;
    verb_fn instead;                    /* as in pair.h */
    uint64_t points[PAIR_VERBS_MAX][2]; /* of each verb: system calls, allocations */
};

void pair_draw_seed(uint64_t seed);

struct pair pair_draw(const struct pair_source *source);

#endif
