/* SPDX-License-Identifier: MIT */
/* The expiry that a host asks for, and the end that a token gets from it. */
#ifndef APITOKEN_OBJECTS_EXPIRY_H
#define APITOKEN_OBJECTS_EXPIRY_H

#include "outside/zone.h"
#include "rules/token_edit.h"

/* As it stands in the options of a call. */
struct atk_expiry {
    uint32_t kind; /* enum apitoken_expiry_kind */
    int32_t day;
    int64_t ms;
};

/* Whether kind, day and instant fit each other. Whether it is in the past is not checked. */
int atk_expiry_check(const struct atk_expiry *expiry, apitoken_error *err);

/*
 * The end of a token with this expiry; the zone in it is the configuration's own. May call the
 * host. APITOKEN_E_EXPIRY_PAST, and the errors of atk_zone_day_end().
 */
int atk_expiry_resolve(const struct atk_expiry *expiry, struct atk_zone *zone, int64_t now_ms,
                       struct atk_end *ret, apitoken_error *err);

#endif
