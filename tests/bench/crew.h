/* SPDX-License-Identifier: MIT */
/*
 * Threads that start at the same moment, each bound to a processor, and how long they took
 * together.
 */
#ifndef CREW_H
#define CREW_H

#include <stddef.h>

#define CREW_MAX 32

typedef void (*crew_fn)(void *ctx, size_t number);

/*
 * Nanoseconds from the begin of the first to the end of the last, by their own watches. pinned:
 * thread n is on processor n.
 */
double crew_run(size_t threads, int pinned, crew_fn run, void *ctx);

/* One thread on processor `cpu` that calls `run` until crew_stop(); gives how often it did. */
struct crew_worker;
struct crew_worker *crew_start(int cpu, crew_fn run, void *ctx);
size_t crew_stop(struct crew_worker *worker);

#endif
