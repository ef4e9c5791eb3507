/* SPDX-License-Identifier: MIT */
/*
 * Days of the proleptic Gregorian calendar, counted from 1970-01-01. A civil day is written
 * yyyymmdd, as in apitoken.h.
 */
#ifndef EXAMPLE_CIVIL_H
#define EXAMPLE_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

#define CIVIL_DAY_SECONDS 86400

struct civil {
    int32_t year, month, day; /* month 1..12, day 1..31 */
};

bool civil_is_leap(int32_t year);

/* True if the calendar has this day. */
bool civil_is_valid(struct civil date);

/* Days from 1970-01-01 to the date, negative before it. For the years 1 to 10000. */
int64_t civil_to_days(struct civil date);

/* The other way round. */
struct civil civil_from_days(int64_t days);

struct civil civil_from_yyyymmdd(int32_t day);
int32_t civil_to_yyyymmdd(struct civil date);

/* Division that rounds down, also below zero: the day in which a second lies. */
int64_t civil_floor_div(int64_t value, int64_t by);

#endif
