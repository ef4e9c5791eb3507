/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "due.h"

static double read_ns(clockid_t clock) {
    struct timespec ts;
    (void)clock_gettime(clock, &ts);
    return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

double wall_ns(void) { return read_ns(CLOCK_MONOTONIC); }
double cpu_ns(void) { return read_ns(CLOCK_THREAD_CPUTIME_ID); }

/* What the process was given, remembered before the first pinning. */
static const cpu_set_t *given(void) {
    static cpu_set_t set;
    static int is_known;
    if (!is_known) DUE(sched_getaffinity(0, sizeof set, &set));
    is_known = 1;
    return &set;
}

int processors(void) { return CPU_COUNT(given()); }

/*
 * The system's number of one of them: as BENCH_PROCESSORS lists them (run.py), else as they come.
 */
static size_t processor(int number) {
    const char *list = getenv("BENCH_PROCESSORS");
    int left = number % processors();
    size_t at = 0;
    if (list) {
        while (left-- > 0) {
            list = strchr(list, ',');
            DUE_THAT(list++ != NULL);
        }
        return strtoul(list, NULL, 10);
    }
    while (!CPU_ISSET(at, given()) || left-- > 0) at++;
    return at;
}

void pin_to(int number) {
    cpu_set_t one;
    if (number < 0) {
        DUE(sched_setaffinity(0, sizeof *given(), given()));
        return;
    }
    CPU_ZERO(&one);
    CPU_SET(processor(number), &one);
    DUE(sched_setaffinity(0, sizeof one, &one));
}

uint64_t draw(uint64_t *state) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}
