/* SPDX-License-Identifier: MIT */
/*
 * For LD_PRELOAD: stops the wall clock at FAKE_NOW, seconds since 1970 or SECONDS.NANOSECONDS with
 * nine digits. Other clocks run on, because time-outs need them.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock,
                                                         struct timespec *ret_now) {
    const char *now = getenv("FAKE_NOW");
    const int is_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
    if (!is_wall || !now) return (int)syscall(SYS_clock_gettime, clock, ret_now);
    char *end;
    ret_now->tv_sec = strtoll(now, &end, 10);
    ret_now->tv_nsec = *end == '.' ? strtol(end + 1, NULL, 10) : 0;
    return 0;
}
