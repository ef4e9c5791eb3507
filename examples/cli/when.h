/* SPDX-License-Identifier: MIT */
/* An instant in the past, as people write it. */
#ifndef APITOKEN_TOOL_WHEN_H
#define APITOKEN_TOOL_WHEN_H

#include <stdbool.h>
#include <stdint.h>

/* What when_parse() takes, for messages. */
#define WHEN_FORMS                                                       \
    "a day YYYY-MM-DD, a date and time such as 2026-01-31T12:00:00Z, or" \
    " a duration such as 12h"

/* Parses a day, which begins at midnight UTC, a date and time, or a duration, which ends now. */
bool when_parse(const char *text, int64_t *ret_ms);

#endif
