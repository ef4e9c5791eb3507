/* SPDX-License-Identifier: MIT */
#include "clocks.h"

#include <time.h>

/* Cannot fail: Linux has each of these clocks. */
static int64_t read_ms(clockid_t clock) {
    struct timespec now = { 0, 0 };
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t wall_clock_ms(void) { return read_ms(CLOCK_REALTIME); }

int64_t boot_clock_seconds(void) { return read_ms(CLOCK_BOOTTIME) / 1000; }

int64_t monotonic_clock_ms(void) { return read_ms(CLOCK_MONOTONIC); }
