/* SPDX-License-Identifier: MIT */
/* Instants as text (RFC 3339 section 5.6), in milliseconds since 1970 of the years 1970..9999. */
#ifndef EXAMPLE_RFC3339_H
#define EXAMPLE_RFC3339_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RFC3339_CAP 32 /* of a buffer for the text and its NUL */

/*
 * The instant in UTC: 2026-12-31T23:00:00Z, with .123 behind the seconds if they are not whole.
 * Instants outside the years that the form can express, such as the end of the day 9999-12-31,
 * become the nearest one that it can.
 */
void rfc3339_format(int64_t ms, char buf[RFC3339_CAP]);

/*
 * A date-time with Z or a numeric offset; digits behind the milliseconds are cut off. A leap second
 * (:60) is refused, for apitoken's time has none. False if the text is anything else.
 */
bool rfc3339_parse(const char *text, size_t len, int64_t *ret_ms);

#endif
