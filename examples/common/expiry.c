/* SPDX-License-Identifier: MIT */
#include "expiry.h"

#include <apitoken/apitoken.h>
#include <stdbool.h>
#include <string.h>

#include "rfc3339.h"

#define DAY_MS INT64_C(86400000)
#define DAYS_MAX (RFC3339_MS_MAX / DAY_MS)
#define DAY_TEXT_LEN 10 /* YYYY-MM-DD */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/*
 * Parses digits and a `d`. Once the number is too large for any instant it stops growing; the
 * caller's range check refuses it.
 */
static bool parse_days(const char *text, size_t len, int64_t *ret_days) {
    int64_t days = 0;
    if (len < 2 || text[len - 1] != 'd') return false;
    for (size_t i = 0; i < len - 1; i++) {
        if (!is_digit(text[i])) return false;
        if (days <= DAYS_MAX) days = days * 10 + (text[i] - '0');
    }
    *ret_days = days;
    return true;
}

static int days_from_now(int64_t days, int64_t now_ms, struct expiry *ret_expiry) {
    if (days > DAYS_MAX || now_ms > RFC3339_MS_MAX - days * DAY_MS) return APITOKEN_E_EXPIRY;
    *ret_expiry = (struct expiry){ APITOKEN_EXPIRY_INSTANT, 0, now_ms + days * DAY_MS };
    return 0;
}

int expiry_parse(const char *text, size_t len, int64_t now_ms, struct expiry *ret_expiry) {
    int64_t days, ms;
    int32_t day;
    if (len == 5 && memcmp(text, "never", 5) == 0) {
        *ret_expiry = (struct expiry){ APITOKEN_EXPIRY_NEVER, 0, 0 };
        return 0;
    }
    if (parse_days(text, len, &days)) return days_from_now(days, now_ms, ret_expiry);
    if (rfc3339_parse(text, len, &ms)) {
        *ret_expiry = (struct expiry){ APITOKEN_EXPIRY_INSTANT, 0, ms };
        return 0;
    }
    if (len != DAY_TEXT_LEN) return APITOKEN_E_EXPIRY;
    int rc = apitoken_day_parse(text, len, &day, NULL);
    if (rc != 0) return rc;
    *ret_expiry = (struct expiry){ APITOKEN_EXPIRY_DAY, day, 0 };
    return 0;
}
