/* SPDX-License-Identifier: MIT */
/* Days and instants in the zone of a store, by the host's zone rules or those of the system. */
#ifndef APITOKEN_OUTSIDE_ZONE_H
#define APITOKEN_OUTSIDE_ZONE_H

#include "base/attr.h"
#include "outside/zone_file.h"
#include "rules/record_store.h"

/* The zone for the time of one call: all its days are resolved by the same edition of the rules. */
struct atk_zone {
    const char *id; /* of the configuration, NUL-terminated */
    size_t id_len;
    apitoken_zone_fn fn; /* NULL: the system's rules */
    void *ctx;
    const char *const *directories;
    struct atk_zone_file file;
};

struct atk_zone atk_zone_of(const struct atk_config *config, apitoken_zone_fn fn, void *ctx);
void atk_zone_free(struct atk_zone *zone);
#define ATK_SCOPED_ZONE ATK_SCOPED(atk_zone_free) struct atk_zone

/*
 * Both give APITOKEN_E_ZONE, APITOKEN_E_ZONE_FAILED, APITOKEN_E_ZONE_DATA or APITOKEN_E_NOMEM, and
 * run with no lock held.
 */

/* First instant after `day`. */
int atk_zone_day_end(struct atk_zone *zone, int32_t day, int64_t *ret_end_ms, apitoken_error *err);

/*
 * The day in which an instant lies: the last one that has begun. APITOKEN_E_DAY if the instant or
 * the day is outside the years 1970..9999, APITOKEN_E_ZONE_FAILED if none of the days of the host's
 * callback holds the instant.
 */
int atk_zone_day_at(struct atk_zone *zone, int64_t at_ms, int32_t *ret_day, apitoken_error *err);

#endif
