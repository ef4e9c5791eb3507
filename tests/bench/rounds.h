/* SPDX-License-Identifier: MIT */
/*
 * A figure is the median of one value per round. Things to compare are measured one right after the
 * other within a round, and the value is their ratio: whatever disturbs a round disturbs both.
 */
#ifndef ROUNDS_H
#define ROUNDS_H

#include <stddef.h>

#define ROUNDS_MAX 99

struct rounds {
    size_t count;
    double value[ROUNDS_MAX];
};

void rounds_add(struct rounds *rounds, double value);

/* The value below which `share` of them lie: 0.5 is the median. */
double rounds_at(const struct rounds *rounds, double share);

/* The same of many measurements within a round; sorts them. */
double median_of(double *values, size_t count);

#endif
