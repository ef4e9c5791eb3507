/* SPDX-License-Identifier: MIT */
/* Days of the proleptic Gregorian calendar as yyyymmdd, years 1970..9999. */
#ifndef APITOKEN_RULES_DAY_H
#define APITOKEN_RULES_DAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"

#define ATK_DAY_TEXT_LEN 10

bool atk_day_is_valid(int32_t day);

/* The next day. After the last one it is 100000101, which only atk_day_start_utc_ms() takes. */
int32_t atk_day_next(int32_t day);

/* The instant at which a day begins in UTC. */
int64_t atk_day_start_utc_ms(int32_t day);

/* The day in which an instant of the years 1970..9999 lies in UTC. */
int32_t atk_day_at_utc_ms(int64_t at_ms);

/* The next two take the years 1 to 10,001, for zone rules that reach over the edges. */

bool atk_year_is_leap(int year);

/* Days from 1970-01-01 to the first of a month, negative before it. */
int64_t atk_month_start(int year, int month);

#endif
