/* SPDX-License-Identifier: MIT */
/*
 * Reader of compiled zone files (TZif, RFC 8536): version 1 with times of 32 bits, version 2 and
 * later with times of 64 bits and a rule.
 */
#ifndef APITOKEN_RULES_TZIF_H
#define APITOKEN_RULES_TZIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/posix_tz.h"

/* A view of a file's bytes, which must stay where they are. */
struct atk_tzif {
    const uint8_t *times; /* seconds since 1970 of each change, big-endian, ascending */
    const uint8_t *kinds; /* the type that holds from each change on, one byte each */
    const uint8_t *types; /* six bytes each; the first four are the offset */
    size_t time_width;    /* 4 or 8 */
    size_t time_count, type_count;
    bool has_rule; /* for the time after the last change */
    struct atk_posix_tz rule;
};

/* True if the bytes begin as a TZif file does. */
bool atk_tzif_has_magic(const uint8_t *bytes, size_t len);

/*
 * False if the bytes are not a whole, valid file. Files that count leap seconds are refused: the
 * library's time does not count them.
 */
bool atk_tzif_parse(const uint8_t *bytes, size_t len, struct atk_tzif *ret_zone);

/*
 * The first second since 1970 at which the clocks of the zone show `midnight` or later. `midnight`
 * is the beginning of a day in UTC, 1970-01-01 to 10000-01-01.
 */
int64_t atk_tzif_day_start(const struct atk_tzif *zone, int64_t midnight);

/*
 * Stores the offset from UTC in seconds at the second `at`, and the next second at which it may
 * change, INT64_MAX if it never does. For the years 1970 to 9999 and two days around.
 */
void atk_tzif_at(const struct atk_tzif *zone, int64_t at, int32_t *ret_offset, int64_t *ret_next);

#endif
