/* SPDX-License-Identifier: MIT */
#include "civil.h"

/* Days between 0001-01-01, from which the arithmetic counts, and 1970-01-01. */
#define EPOCH_DAYS 719162
/* Days in 400 years, after which the calendar repeats. */
#define CYCLE_DAYS 146097

static const int32_t month_days[13] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

bool civil_is_leap(int32_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

static int32_t days_of_month(int32_t year, int32_t month) {
    return month == 2 && civil_is_leap(year) ? 29 : month_days[month];
}

bool civil_is_valid(struct civil date) {
    if (date.year < 1 || date.month < 1 || date.month > 12) return false;
    return date.day >= 1 && date.day <= days_of_month(date.year, date.month);
}

static int64_t days_before_year(int32_t year) {
    int64_t whole = year - 1;
    return whole * 365 + whole / 4 - whole / 100 + whole / 400;
}

int64_t civil_to_days(struct civil date) {
    int64_t days = days_before_year(date.year) + date.day - 1;
    for (int32_t month = 1; month < date.month; month++) days += days_of_month(date.year, month);
    return days - EPOCH_DAYS;
}

struct civil civil_from_days(int64_t days) {
    int64_t left = days + EPOCH_DAYS;
    struct civil date = { (int32_t)(left * 400 / CYCLE_DAYS) + 1, 1, 1 };
    /* the mean year length overshoots by a day at most */
    if (days_before_year(date.year) > left) date.year--;
    if (days_before_year(date.year + 1) <= left) date.year++;
    left -= days_before_year(date.year);
    while (left >= days_of_month(date.year, date.month))
        left -= days_of_month(date.year, date.month++);
    date.day += (int32_t)left;
    return date;
}

struct civil civil_from_yyyymmdd(int32_t day) {
    return (struct civil){ day / 10000, day / 100 % 100, day % 100 };
}

int32_t civil_to_yyyymmdd(struct civil date) {
    return date.year * 10000 + date.month * 100 + date.day;
}

int64_t civil_floor_div(int64_t value, int64_t by) { return value / by - (value % by < 0); }
