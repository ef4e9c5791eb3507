/* SPDX-License-Identifier: MIT */
#include "token_json.h"

#include "rfc3339.h"

#define DAY_CAP 11 /* YYYY-MM-DD and NUL */

const char *token_state_name(int state) {
    if (state == APITOKEN_STATE_REVOKED) return "revoked";
    if (state == APITOKEN_STATE_EXPIRED) return "expired";
    /* a state that this program does not know is not valid either */
    return state == APITOKEN_STATE_VALID ? "valid" : "newer";
}

static json_t *text_or_null(const char *text) { return *text ? json_string(text) : json_null(); }

static json_t *instant(int64_t ms) {
    char text[RFC3339_CAP];
    rfc3339_format(ms, text);
    return json_string(text);
}

static json_t *end_or_null(const apitoken_token *token) {
    if (apitoken_token_expiry_kind(token) == APITOKEN_EXPIRY_NEVER) return json_null();
    return instant(apitoken_token_expires_ms(token));
}

static json_t *day_or_null(const apitoken_token *token) {
    char text[DAY_CAP];
    int32_t day = apitoken_token_expires_day(token);
    if (day == 0 || apitoken_day_format(day, text, sizeof text, NULL) != 0) return json_null();
    return json_string(text);
}

static json_t *revoked_or_null(const apitoken_token *token) {
    int64_t ms = apitoken_token_revoked_ms(token);
    return ms == 0 ? json_null() : instant(ms);
}

static json_t *last_use_or_null(const apitoken_token *token) {
    int64_t ms = apitoken_token_last_used_ms(token);
    return ms == 0 ? json_null() : instant(ms);
}

json_t *token_to_json(const apitoken_token *token) {
    json_t *object = json_object();
    int failed = 0;
    if (!object) return NULL;
    /*
     * json_object_set_new() takes the value over, and fails if it is NULL because there was no
     * memory for it.
     */
    failed |= json_object_set_new(object, "id", json_string(apitoken_token_id(token)));
    failed |= json_object_set_new(object, "owner", json_string(apitoken_token_owner(token)));
    failed |= json_object_set_new(object, "name", json_string(apitoken_token_name(token)));
    failed |=
        json_object_set_new(object, "description", text_or_null(apitoken_token_description(token)));
    failed |= json_object_set_new(object, "created", instant(apitoken_token_created_ms(token)));
    failed |= json_object_set_new(object, "expires", end_or_null(token));
    failed |= json_object_set_new(object, "expires_day", day_or_null(token));
    failed |= json_object_set_new(object, "state",
                                  json_string(token_state_name(apitoken_token_state(token))));
    failed |= json_object_set_new(object, "revoked", revoked_or_null(token));
    failed |= json_object_set_new(object, "reason", text_or_null(apitoken_token_reason(token)));
    failed |= json_object_set_new(object, "last_used", last_use_or_null(token));
    if (!failed) return object;
    json_decref(object);
    return NULL;
}
