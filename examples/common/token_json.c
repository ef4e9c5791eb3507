/* SPDX-License-Identifier: MIT */
#include "token_json.h"

#include <stdbool.h>
#include <string.h>

#include "data_json.h"
#include "rfc3339.h"

#define DAY_CAP 11 /* YYYY-MM-DD and NUL */

const char *token_state_name(int state) {
    switch (state) {
    case APITOKEN_STATE_VALID: return "valid";
    case APITOKEN_STATE_EXPIRED: return "expired";
    case APITOKEN_STATE_REVOKED: return "revoked";
    case APITOKEN_STATE_SUSPENDED: return "suspended";
    case APITOKEN_STATE_BLOCKED: return "blocked";
    default: return "newer"; /* a state that this program does not know is not valid either */
    }
}

uint32_t token_state_of_name(const char *name, size_t length) {
    static const int states[] = { APITOKEN_STATE_VALID,     APITOKEN_STATE_EXPIRED,
                                  APITOKEN_STATE_REVOKED,   APITOKEN_STATE_NEWER,
                                  APITOKEN_STATE_SUSPENDED, APITOKEN_STATE_BLOCKED };
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        const char *due = token_state_name(states[i]);
        if (strlen(due) == length && memcmp(due, name, length) == 0) return (uint32_t)states[i];
    }
    return 0;
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

/* For times of which 0 means that there is none. */
static json_t *instant_or_null(int64_t ms) { return ms == 0 ? json_null() : instant(ms); }

/* A list text of the library: items with commas between them. */
static json_t *list_or_null(const char *text) {
    if (!*text) return json_null();
    json_t *list = json_array();
    while (list) {
        size_t len = strcspn(text, ",");
        if (json_array_append_new(list, json_stringn(text, len)) != 0) {
            json_decref(list);
            return NULL;
        }
        if (!text[len]) break;
        text += len + 1;
    }
    return list;
}

/* A value and its key. */
struct member {
    const char *key;
    json_t *value; /* NULL if there was no memory for it */
};

/* Takes the values over, even if it fails. */
static bool set_members(json_t *object, const struct member *members, size_t count) {
    int failed = 0;
    for (size_t i = 0; i < count; i++)
        failed |= json_object_set_new(object, members[i].key, members[i].value);
    return failed == 0;
}

static bool set_first(json_t *object, const apitoken_token *token) {
    const struct member members[] = {
        { "id", json_string(apitoken_token_id(token)) },
        { "owner", json_string(apitoken_token_owner(token)) },
        { "name", json_string(apitoken_token_name(token)) },
        { "description", text_or_null(apitoken_token_description(token)) },
        { "created", instant(apitoken_token_created_ms(token)) },
        { "expires", end_or_null(token) },
        { "expires_day", day_or_null(token) },
        { "state", json_string(token_state_name(apitoken_token_state(token))) },
        { "revoked", instant_or_null(apitoken_token_revoked_ms(token)) },
        { "reason", text_or_null(apitoken_token_reason(token)) },
        { "last_used", instant_or_null(apitoken_token_last_used_ms(token)) },
    };
    return set_members(object, members, sizeof members / sizeof *members);
}

/* What 0.2.0 added. */
static bool set_more(json_t *object, const apitoken_token *token) {
    size_t len;
    const void *data = apitoken_token_data(token, &len);
    const struct member members[] = {
        { "interfaces", list_or_null(apitoken_token_interfaces(token)) },
        { "networks", list_or_null(apitoken_token_networks(token)) },
        { "data", data_to_json(data, len) },
        { "revision", json_integer(apitoken_token_revision(token)) },
        { "suspended", json_boolean(apitoken_token_is_suspended(token)) },
        { "blocked", json_boolean(apitoken_token_is_blocked(token)) },
        { "superseded_until", instant_or_null(apitoken_token_superseded_until_ms(token)) },
        { "last_used_old", instant_or_null(apitoken_token_last_used_older_ms(token)) },
        { "created_by", text_or_null(apitoken_token_created_by(token)) },
    };
    return set_members(object, members, sizeof members / sizeof *members);
}

json_t *token_to_json(const apitoken_token *token) {
    json_t *object = json_object();
    if (!object) return NULL;
    if (set_first(object, token) && set_more(object, token)) return object;
    json_decref(object);
    return NULL;
}
