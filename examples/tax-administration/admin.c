/* SPDX-License-Identifier: MIT */
#include "admin.h"

#include <string.h>

#include "clocks.h"
#include "zone.h"

bool admin_today(const struct admin *admin, int32_t *ret_day) {
    const char *zone = admin->facts.zone;
    return zone_day_at(zone, strlen(zone), wall_clock_ms(), ret_day, NULL) == 0;
}
