/* SPDX-License-Identifier: MIT */
/* A duration as people write it: 0, 90s, 15m, 12h, 30d. */
#ifndef EXAMPLE_DURATION_H
#define EXAMPLE_DURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DURATION_MS_MAX INT64_C(253402300799999) /* 10,000 years less those before 1970 */

/*
 * Parses digits and one of s, m, h and d, for seconds, minutes, hours and days of 24 hours; only 0
 * may stand alone. False for any other text and for more than DURATION_MS_MAX.
 */
bool duration_parse(const char *text, size_t len, int64_t *ret_ms);

#endif
