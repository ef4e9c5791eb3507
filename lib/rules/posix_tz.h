/* SPDX-License-Identifier: MIT */
/*
 * The rule at the end of a TZif file, for the time after its last change: a POSIX TZ string
 * (POSIX.1-2017 section 8.3, with the hours of RFC 8536 section 3.3.1).
 */
#ifndef APITOKEN_RULES_POSIX_TZ_H
#define APITOKEN_RULES_POSIX_TZ_H

#include <stdbool.h>
#include <stdint.h>

/* When in a year the offset changes. */
struct atk_posix_tz_change {
    /* 'M' week of a month, 'J' day 1..365 without 29 February, 'D' day 0..365 */
    char form;
    int32_t month, week, weekday; /* form M */
    int32_t day;                  /* forms J and D */
    int32_t time;                 /* seconds after midnight; may lie outside the day */
};

struct atk_posix_tz {
    int32_t standard, daylight; /* seconds east of UTC */
    bool has_daylight;
    struct atk_posix_tz_change start, end; /* of daylight time */
};

/* Reads the whole text, which ends in NUL. False if it is not such a rule. */
bool atk_posix_tz_parse(const char *text, struct atk_posix_tz *ret_rule);

/*
 * Stores the offset at the second `at` since 1970, and the first second after `at` at which a
 * change takes place, INT64_MAX if there is none. For the years 1970 to 9999 and two days around.
 */
void atk_posix_tz_at(const struct atk_posix_tz *rule, int64_t at, int32_t *ret_offset,
                     int64_t *ret_next);

#endif
