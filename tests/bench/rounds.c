/* SPDX-License-Identifier: MIT */
#include "rounds.h"

#include <stdlib.h>
#include <string.h>

#include "due.h"

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Between two neighbours by their distance. */
static double at_share(const double *sorted, size_t count, double share) {
    double place = share * (double)(count - 1);
    size_t low = (size_t)place, high = low + 1 < count ? low + 1 : low;
    return sorted[low] + (sorted[high] - sorted[low]) * (place - (double)low);
}

void rounds_add(struct rounds *rounds, double value) {
    DUE_THAT(rounds->count < ROUNDS_MAX);
    rounds->value[rounds->count++] = value;
}

double rounds_at(const struct rounds *rounds, double share) {
    double sorted[ROUNDS_MAX];
    DUE_THAT(rounds->count > 0);
    memcpy(sorted, rounds->value, rounds->count * sizeof *sorted);
    qsort(sorted, rounds->count, sizeof *sorted, compare);
    return at_share(sorted, rounds->count, share);
}

double median_of(double *values, size_t count) {
    DUE_THAT(count > 0);
    qsort(values, count, sizeof *values, compare);
    return at_share(values, count, 0.5);
}
