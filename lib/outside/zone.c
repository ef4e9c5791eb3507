/* SPDX-License-Identifier: MIT */
#include "outside/zone.h"

#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "rules/day.h"
#include "rules/token_state.h"

struct atk_zone atk_zone_of(const struct atk_config *config, apitoken_zone_fn fn, void *ctx) {
    return (struct atk_zone){ .id = config->zone,
                              .id_len = config->zone_len,
                              .fn = fn,
                              .ctx = ctx,
                              .directories = atk_zone_directories };
}

void atk_zone_free(struct atk_zone *zone) { atk_zone_file_free(&zone->file); }

static int ask_host(const struct atk_zone *zone, int32_t day, int64_t *ret_start_ms,
                    apitoken_error *err) {
    int64_t start_ms = INT64_MIN;
    int rc = zone->fn(zone->id, zone->id_len, day, &start_ms, zone->ctx);
    if (rc > 0)
        return atk_fail_field(err, APITOKEN_E_ZONE, APITOKEN_FIELD_ZONE, 0,
                              "the zone callback does not know the time zone %s", zone->id);
    if (rc < 0)
        return atk_fail(err, APITOKEN_E_ZONE_FAILED, "the zone callback failed with %d for %s", rc,
                        zone->id);
    if (!atk_zone_start_is_plausible(start_ms, atk_day_start_utc_ms(day)))
        return atk_fail(err, APITOKEN_E_ZONE_FAILED,
                        "the zone callback returned an instant far from the day for %s", zone->id);
    *ret_start_ms = start_ms;
    return 0;
}

static int ask_system(struct atk_zone *zone, int32_t day, int64_t *ret_start_ms,
                      apitoken_error *err) {
    if (!zone->file.bytes)
        ATK_TRY(atk_zone_file_read(zone->id, zone->directories, &zone->file, err));
    *ret_start_ms = atk_tzif_day_start(&zone->file.rules, atk_day_start_utc_ms(day) / 1000) * 1000;
    return 0;
}

static int day_start(struct atk_zone *zone, int32_t day, int64_t *ret_start_ms,
                     apitoken_error *err) {
    if (strcmp(zone->id, ATK_ZONE_DEFAULT) == 0) {
        *ret_start_ms = atk_day_start_utc_ms(day);
        return 0;
    }
    return zone->fn ? ask_host(zone, day, ret_start_ms, err)
                    : ask_system(zone, day, ret_start_ms, err);
}

int atk_zone_day_end(struct atk_zone *zone, int32_t day, int64_t *ret_end_ms, apitoken_error *err) {
    int64_t end_ms = 0;
    /* no callback is asked for the day after the last one: its year has five digits */
    const bool is_last = day == ATK_DAY_MAX;
    ATK_TRY(day_start(zone, is_last ? day : atk_day_next(day), &end_ms, err));
    *ret_end_ms = atk_end_cap(is_last ? end_ms + ATK_DAY_MS : end_ms);
    return 0;
}

static int outside_range(apitoken_error *err) {
    return atk_fail(err, APITOKEN_E_DAY, "the instant lies outside the years 1970 to 9999");
}

int atk_zone_day_at(struct atk_zone *zone, int64_t at_ms, int32_t *ret_day, apitoken_error *err) {
    if (!atk_ms_is_valid(at_ms)) return outside_range(err);
    /* no zone is a day or more away from UTC, so it is the day in UTC or a neighbour of it */
    int64_t utc_ms = at_ms + ATK_DAY_MS < ATK_MS_MAX ? at_ms + ATK_DAY_MS : ATK_MS_MAX;
    for (int i = 0; i < 3; i++, utc_ms -= ATK_DAY_MS) {
        if (utc_ms < 0) return outside_range(err);
        int64_t start_ms = 0;
        int32_t day = atk_day_at_utc_ms(utc_ms);
        ATK_TRY(day_start(zone, day, &start_ms, err));
        if (start_ms > at_ms) continue;
        if (day == ATK_DAY_MAX && at_ms >= start_ms + ATK_DAY_MS) return outside_range(err);
        *ret_day = day;
        return 0;
    }
    /* the system's offsets are bounded, so only a host can say so */
    return atk_fail(err, APITOKEN_E_ZONE_FAILED,
                    "no day of the zone callback for %s holds the instant", zone->id);
}
