/* SPDX-License-Identifier: MIT */
/*
 * Figures that a test reports: each is a comment line of its TAP output, `# figure {"figure": ...,
 * "value": ..., "bound": ..., "ok": ...}`. tests/support/figures.py collects them in figures.json
 * of the build directory.
 */
#ifndef FIGURE_H
#define FIGURE_H

#include <stdint.h>

/* Prints one figure and fails the test if it misses its bound. `name` holds no quotes. */
void figure_at_least(const char *name, uint64_t value, uint64_t bound);
void figure_at_most(const char *name, uint64_t value, uint64_t bound);
void figure_told(const char *name, uint64_t value); /* without a bound */

/*
 * How often to do something: `usual`, or `in_long` in a long run (the variable APITOKEN_LONG is
 * set: tests/run.sh --long).
 */
uint64_t figure_rounds(uint64_t usual, uint64_t in_long);

#endif
