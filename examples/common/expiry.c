/* SPDX-License-Identifier: MIT */
#include "expiry.h"

#include <apitoken/apitoken.h>
#include <string.h>

#include "duration.h"
#include "rfc3339.h"

#define DAY_TEXT_LEN 10 /* YYYY-MM-DD */

static int days_from_now(const char *text, size_t len, int64_t now_ms, struct expiry *ret_expiry) {
    int64_t ms;
    if (!duration_parse(text, len, &ms) || now_ms > RFC3339_MS_MAX - ms) return APITOKEN_E_EXPIRY;
    *ret_expiry = (struct expiry){ APITOKEN_EXPIRY_INSTANT, 0, now_ms + ms };
    return 0;
}

int expiry_parse(const char *text, size_t len, int64_t now_ms, struct expiry *ret_expiry) {
    int64_t ms;
    int32_t day;
    if (len == 5 && memcmp(text, "never", 5) == 0) {
        *ret_expiry = (struct expiry){ APITOKEN_EXPIRY_NEVER, 0, 0 };
        return 0;
    }
    if (len > 0 && text[len - 1] == 'd') return days_from_now(text, len, now_ms, ret_expiry);
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
