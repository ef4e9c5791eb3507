/* SPDX-License-Identifier: MIT */
#include "today.h"

#include <string.h>

#include "clocks.h"
#include "zone.h"

bool today(const struct admin *admin, int32_t *ret_day) {
    const char *zone = admin->facts.zone;

    return zone_day_at(zone, strlen(zone), now_ms(), ret_day, NULL) == 0;
}
