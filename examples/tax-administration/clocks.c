/* SPDX-License-Identifier: MIT */
#include "clocks.h"

#include <string.h>
#include <time.h>

#include "zone.h"

int64_t clock_wall_ms(void) {
    struct timespec now = { 0, 0 };
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_boot_s(void) {
    struct timespec now = { 0, 0 };
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec;
}

bool clock_today(const char *zone, int32_t *ret_day) {
    return zone_day_at(zone, strlen(zone), clock_wall_ms(), ret_day, NULL) == 0;
}
