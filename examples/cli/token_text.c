/* SPDX-License-Identifier: MIT */
#include "token_text.h"

#include <stdio.h>

#include "rfc3339.h"

_Static_assert(RFC3339_CAP <= TOKEN_TEXT_CAP, "an instant fits");

void token_text_expiry(const apitoken_token *token, char buf[TOKEN_TEXT_CAP]) {
    int kind = apitoken_token_expiry_kind(token);
    int32_t day = apitoken_token_expires_day(token);
    if (kind == APITOKEN_EXPIRY_NEVER)
        (void)snprintf(buf, TOKEN_TEXT_CAP, "never");
    else if (kind != APITOKEN_EXPIRY_DAY ||
             apitoken_day_format(day, buf, TOKEN_TEXT_CAP, NULL) != 0)
        rfc3339_format(apitoken_token_expires_ms(token), buf);
}

void token_text_last_use(const apitoken_token *token, char buf[TOKEN_TEXT_CAP]) {
    int64_t ms = apitoken_token_last_used_ms(token);
    if (ms == 0)
        (void)snprintf(buf, TOKEN_TEXT_CAP, "never");
    else
        rfc3339_format(ms, buf);
}
