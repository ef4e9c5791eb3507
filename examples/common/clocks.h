/* SPDX-License-Identifier: MIT */
/* The clocks that the example programs read. */
#ifndef EXAMPLE_CLOCKS_H
#define EXAMPLE_CLOCKS_H

#include <stdint.h>

/* The wall clock: milliseconds since 1970. */
int64_t wall_clock_ms(void);

/* A clock that nobody can set and that also counts while the machine sleeps. */
int64_t boot_clock_seconds(void);

/* A clock that nobody can set: for waiting. It stops while the machine sleeps. */
int64_t monotonic_clock_ms(void);

#endif
