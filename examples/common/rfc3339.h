/* SPDX-License-Identifier: MIT */
/*
 * Instants as text (RFC 3339 section 5.6). An instant is in milliseconds since 1970 and lies in the
 * years 1970 to 9999.
 */
#ifndef EXAMPLE_RFC3339_H
#define EXAMPLE_RFC3339_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RFC3339_CAP 32                          /* holds the text and its NUL */
#define RFC3339_MS_MAX INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

/*
 * Formats the instant in UTC: 2026-12-31T23:00:00Z, or 2026-12-31T23:00:00.123Z if it is not a
 * whole second. An instant outside the range, such as the end of the day 9999-12-31, is formatted
 * as the nearest one inside it.
 */
void rfc3339_format(int64_t ms, char buf[RFC3339_CAP]);

/*
 * Parses a date-time with Z or a numeric offset, and drops digits beyond milliseconds. Returns
 * false for any other text, and for a leap second (:60): time in apitoken.h has none.
 */
bool rfc3339_parse(const char *text, size_t len, int64_t *ret_ms);

#endif
