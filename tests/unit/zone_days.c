/* SPDX-License-Identifier: MIT */
/*
 * For zone_rules.py: reads lines "zone yyyymmdd", writes for each the instant in milliseconds at
 * which that day ends there, and the day in which that instant lies.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "outside/zone.h"

int main(void) {
    char id[APITOKEN_ZONE_MAX + 1];
    int32_t day, after;
    int64_t end_ms;
    while (scanf("%64s %" SCNd32, id, &day) == 2) {
        struct atk_config config = { .zone_len = (uint8_t)strlen(id) };
        memcpy(config.zone, id, strlen(id) + 1);
        ATK_SCOPED_ZONE zone = atk_zone_of(&config, NULL, NULL);
        int rc = atk_zone_day_end(&zone, day, &end_ms, NULL);
        if (rc == 0) rc = atk_zone_day_at(&zone, end_ms, &after, NULL);
        if (rc != 0)
            printf("%s\n", apitoken_error_name(rc));
        else
            printf("%" PRId64 " %" PRId32 "\n", end_ms, after);
    }
    return 0;
}
