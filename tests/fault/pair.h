/* SPDX-License-Identifier: MIT */
/*
 * Two faults in one call of a verb, or one in each of two successive calls; and what must hold
 * after them.
 */
#ifndef PAIR_H
#define PAIR_H

#include "calls.h"
#include "verbs.h"

#define PAIR_ALLOCATION CALLS_FAULTS /* the kind of a fault that is none of calls.h */
#define PAIR_KINDS (PAIR_ALLOCATION + 1)

struct pair_fault {
    unsigned kind; /* enum calls_fault, or PAIR_ALLOCATION */
    uint64_t at;   /* which allocation or system call of its verb, from 1 */
};

struct pair {
    struct pair_fault fault[2];
    /* the second: NULL if both faults are in one call; the same one is tried on the same token */
    const struct verb *verb[2];
    /* for a control: called in the place of the first verb, judged as if it were that; or NULL */
    verb_fn instead;
};

/* Allocations or system calls of a verb in which nothing fails. */
uint64_t pair_points(struct world *w, const struct verb *verb, int is_allocation);

/*
 * Runs it and lets the store recover. Adds what was wrong, and tells it. Returns how many of the
 * two faults came to be.
 */
uint64_t pair_run(struct world *w, const struct pair *pair, uint64_t *violations);

#endif
