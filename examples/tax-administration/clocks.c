/* SPDX-License-Identifier: MIT */
#include "clocks.h"

#include <time.h>

int64_t now_ms(void) {
    struct timespec now = { 0, 0 };

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t seconds_running(void) {
    struct timespec now = { 0, 0 };

    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec;
}
