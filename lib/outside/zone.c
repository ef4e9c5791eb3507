/* SPDX-License-Identifier: MIT */
#include "outside/zone.h"

#include <string.h>

#include "base/attr.h"
#include "rules/day.h"
#include "base/error.h"
#include "rules/token_state.h"

#define DAY_MS INT64_C(86400000)

static int is_utc(const struct atk_config *config) {
    return config->zone_len == strlen(ATK_ZONE_DEFAULT) &&
           memcmp(config->zone, ATK_ZONE_DEFAULT, config->zone_len) == 0;
}

static int ask(const struct atk_config *config, apitoken_zone_fn fn, void *ctx, int32_t day,
               int64_t *ret_start_ms, apitoken_error *err) {
    int64_t start_ms = INT64_MIN;
    if (!fn)
        return atk_fail_field(err, APITOKEN_E_ZONE_MISSING, APITOKEN_FIELD_EXPIRY, 0,
                              "a day in zone %s needs a zone callback", config->zone);
    int rc = fn(config->zone, config->zone_len, day, &start_ms, ctx);
    if (rc > 0)
        return atk_fail_field(err, APITOKEN_E_ZONE, APITOKEN_FIELD_ZONE, 0, "zone %s is not known",
                              config->zone);
    if (rc < 0)
        return atk_fail(err, APITOKEN_E_ZONE_FAILED, "the zone callback failed with %d for %s", rc,
                        config->zone);
    if (!atk_zone_start_is_plausible(start_ms, atk_day_start_utc_ms(day)))
        return atk_fail(err, APITOKEN_E_ZONE_FAILED,
                        "the zone callback gave an instant far from the day for %s", config->zone);
    *ret_start_ms = start_ms;
    return 0;
}

int atk_zone_day_end(const struct atk_config *config, apitoken_zone_fn fn, void *ctx, int32_t day,
                     int64_t *ret_end_ms, apitoken_error *err) {
    int is_last = day == ATK_DAY_MAX; /* the day after it has five digits in its year */
    int32_t asked = is_last ? day : atk_day_next(day);
    int64_t end_ms = atk_day_start_utc_ms(asked);
    if (!is_utc(config)) ATK_TRY(ask(config, fn, ctx, asked, &end_ms, err));
    *ret_end_ms = atk_end_cap(is_last ? end_ms + DAY_MS : end_ms);
    return 0;
}
