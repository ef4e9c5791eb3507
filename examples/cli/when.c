/* SPDX-License-Identifier: MIT */
#include "when.h"

#include <apitoken/apitoken.h>
#include <stdio.h>
#include <string.h>

#include "clocks.h"
#include "duration.h"
#include "rfc3339.h"

bool when_parse(const char *text, int64_t *ret_ms) {
    char begin[RFC3339_CAP];
    int64_t span_ms;
    int32_t day;
    if (apitoken_day_parse(text, strlen(text), &day, NULL) == 0) {
        int len = snprintf(begin, sizeof begin, "%sT00:00:00Z", text);
        return rfc3339_parse(begin, (size_t)len, ret_ms);
    }
    if (duration_parse(text, strlen(text), &span_ms)) {
        *ret_ms = wall_clock_ms() - span_ms;
        return true;
    }
    return rfc3339_parse(text, strlen(text), ret_ms);
}
