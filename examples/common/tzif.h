/* SPDX-License-Identifier: MIT */
/*
 * Reader of compiled zone files: TZif version 1 (32 bits), 2 and later (64 bits and a rule), RFC
 * 8536.
 */
#ifndef EXAMPLE_TZIF_H
#define EXAMPLE_TZIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "posix_tz.h"

/* A view into the file's bytes, which must stay where they are. */
struct tzif {
    const uint8_t *times; /* seconds since 1970 of each change, big-endian, ascending */
    const uint8_t *kinds; /* which type holds from then on, a byte a change */
    const uint8_t *types; /* six bytes a type; the first four are the offset */
    size_t time_width;    /* 4 or 8 */
    size_t time_count, type_count;
    bool has_rule; /* for the time after the last change */
    struct posix_tz rule;
};

/* True if the bytes begin as such a file does. */
bool tzif_has_magic(const uint8_t *bytes, size_t len);

/*
 * False if the bytes are not a whole, sound file. Files that count leap seconds are refused:
 * apitoken's time does not.
 */
bool tzif_parse(const uint8_t *bytes, size_t len, struct tzif *ret_zone);

/*
 * Offset from UTC in seconds at the second `at`, and the next second at which it may change,
 * INT64_MAX if it never does.
 */
void tzif_at(const struct tzif *zone, int64_t at, int32_t *ret_offset, int64_t *ret_next);

#endif
