/* SPDX-License-Identifier: MIT */
/* Civil days of the proleptic Gregorian calendar as yyyymmdd, years 1970..9999. */
#ifndef APITOKEN_RULES_DAY_H
#define APITOKEN_RULES_DAY_H

#include <stdint.h>

#include "base/limits.h"

#define ATK_DAY_TEXT_LEN 10

int atk_day_is_valid(int32_t day);

/* The day after; 100000101 after the last one: only good for atk_day_start_utc_ms(). */
int32_t atk_day_next(int32_t day);

/* The instant at which the day begins in UTC. */
int64_t atk_day_start_utc_ms(int32_t day);

#endif
