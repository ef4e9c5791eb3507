/* SPDX-License-Identifier: MIT */
/* From a last valid day to the instant at which it is over, by the host's zone rules. */
#ifndef APITOKEN_OUTSIDE_ZONE_H
#define APITOKEN_OUTSIDE_ZONE_H

#include "rules/record.h"

/*
 * First instant after `day` in the store's zone. APITOKEN_E_ZONE_MISSING, _ZONE, _ZONE_FAILED.
 * Calls the host.
 */
int atk_zone_day_end(const struct atk_config *config, apitoken_zone_fn fn, void *ctx, int32_t day,
                     int64_t *ret_end_ms, apitoken_error *err);

#endif
