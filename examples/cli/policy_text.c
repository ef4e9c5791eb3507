/* SPDX-License-Identifier: MIT */
#include "policy_text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "duration.h"
#include "report.h"

#define NO_LIMIT_WORD "none"
#define VALUE_CAP 32

enum kind {
    KIND_NEVER,
    KIND_NUMBER,
    KIND_TIME,        /* or no limit */
    KIND_LIMITED_TIME /* there is a limit */
};

static const struct value {
    const char *key, *json_key;
    enum kind kind;
    uint32_t bit;  /* of enum apitoken_policy_mask */
    size_t offset; /* in an apitoken_policy */
} values[] = {
    { "max-lifetime", "max_lifetime_ms", KIND_TIME, APITOKEN_POLICY_MAX_LIFETIME,
      offsetof(apitoken_policy, max_lifetime_ms) },
    { "never", "never_forbidden", KIND_NEVER, APITOKEN_POLICY_NEVER_FORBIDDEN,
      offsetof(apitoken_policy, is_never_forbidden) },
    { "default-expiry", "default_expiry_ms", KIND_TIME, APITOKEN_POLICY_DEFAULT_EXPIRY,
      offsetof(apitoken_policy, default_expiry_ms) },
    { "max-live", "max_live", KIND_NUMBER, APITOKEN_POLICY_MAX_LIVE,
      offsetof(apitoken_policy, max_live) },
    { "undo", "undo_ms", KIND_LIMITED_TIME, APITOKEN_POLICY_UNDO,
      offsetof(apitoken_policy, undo_ms) },
    { "max-grace", "max_grace_ms", KIND_LIMITED_TIME, APITOKEN_POLICY_MAX_GRACE,
      offsetof(apitoken_policy, max_grace_ms) },
    { "audit-retention", "audit_retention_ms", KIND_TIME, APITOKEN_POLICY_AUDIT_RETENTION,
      offsetof(apitoken_policy, audit_retention_ms) },
};
#define VALUE_COUNT (sizeof values / sizeof *values)

static uint32_t number_in(const apitoken_policy *policy, const struct value *value) {
    uint32_t number;
    memcpy(&number, (const char *)policy + value->offset, sizeof number);
    return number;
}

static int64_t time_in(const apitoken_policy *policy, const struct value *value) {
    int64_t ms;
    memcpy(&ms, (const char *)policy + value->offset, sizeof ms);
    return ms;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool parse_never(const char *text, uint32_t *ret_is_forbidden) {
    *ret_is_forbidden = strcmp(text, "forbidden") == 0;
    return *ret_is_forbidden || strcmp(text, "allowed") == 0;
}

static bool parse_number(const char *text, uint32_t *ret_number) {
    uint64_t number = 0;
    *ret_number = APITOKEN_ANY_NUMBER;
    if (strcmp(text, NO_LIMIT_WORD) == 0) return true;
    if (!*text) return false;
    for (; *text >= '0' && *text <= '9' && number < APITOKEN_ANY_NUMBER; text++)
        number = number * 10 + (uint64_t)(*text - '0');
    if (*text || number == 0 || number >= APITOKEN_ANY_NUMBER) return false;
    *ret_number = (uint32_t)number;
    return true;
}

static bool parse_time(const char *text, enum kind kind, int64_t *ret_ms) {
    *ret_ms = APITOKEN_NO_LIMIT;
    if (kind == KIND_TIME && strcmp(text, NO_LIMIT_WORD) == 0) return true;
    return duration_parse(text, strlen(text), ret_ms);
}

static bool parse_value(const struct value *value, const char *text, apitoken_policy *policy) {
    char *at = (char *)policy + value->offset;
    uint32_t number = 0;
    int64_t ms = 0;
    bool is_good;
    if (value->kind == KIND_TIME || value->kind == KIND_LIMITED_TIME) {
        is_good = parse_time(text, value->kind, &ms);
        memcpy(at, &ms, sizeof ms);
        return is_good;
    }
    is_good = value->kind == KIND_NEVER ? parse_never(text, &number) : parse_number(text, &number);
    memcpy(at, &number, sizeof number);
    return is_good;
}

/* Says what may be given, not what was: that may be a misplaced token. */
static enum exit_code report_value(const struct value *value) {
    switch (value->kind) {
    case KIND_NEVER: return report_usage("%s must be allowed or forbidden", value->key);
    case KIND_NUMBER:
        return report_usage("%s must be a number from 1 on, or none: no limit", value->key);
    case KIND_TIME:
        return report_usage("%s must be a duration such as 90s, 15m, 12h or 30d, or none: no limit",
                            value->key);
    default:
        return report_usage("%s must be a duration such as 0, 90s, 15m, 12h or 30d", value->key);
    }
}

enum exit_code policy_read_value(const char *text, apitoken_policy *policy, uint32_t *mask) {
    const char *equals = strchr(text, '=');
    const size_t len = equals ? (size_t)(equals - text) : 0;
    for (size_t i = 0; equals && i < VALUE_COUNT; i++) {
        const struct value *value = &values[i];
        if (strlen(value->key) != len || strncmp(value->key, text, len) != 0) continue;
        if (*mask & value->bit) return report_usage("%s is given twice", value->key);
        *mask |= value->bit;
        return parse_value(value, equals + 1, policy) ? EXIT_DONE : report_value(value);
    }
    return report_usage("'policy set' takes KEY=VALUE, with one of the keys max-lifetime, never, "
                        "default-expiry, max-live, undo, max-grace, audit-retention");
}

/* ---- printing -------------------------------------------------------------------------------- */

/* In the largest unit that has no rest. */
static void time_text(int64_t ms, char buf[VALUE_CAP]) {
    static const struct {
        int64_t ms;
        const char *name;
    } units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "m" }, { 1000, "s" }, { 1, "ms" } };
    size_t i = 0;
    while (ms % units[i].ms != 0) i++;
    if (ms == APITOKEN_NO_LIMIT)
        (void)snprintf(buf, VALUE_CAP, NO_LIMIT_WORD);
    else if (ms == 0)
        (void)snprintf(buf, VALUE_CAP, "0");
    else
        (void)snprintf(buf, VALUE_CAP, "%" PRId64 "%s", ms / units[i].ms, units[i].name);
}

static void value_text(const apitoken_policy *policy, const struct value *value,
                       char buf[VALUE_CAP]) {
    if (value->kind == KIND_TIME || value->kind == KIND_LIMITED_TIME) {
        time_text(time_in(policy, value), buf);
        return;
    }
    const uint32_t number = number_in(policy, value);
    if (value->kind == KIND_NEVER)
        (void)snprintf(buf, VALUE_CAP, "%s", number ? "forbidden" : "allowed");
    else if (number == APITOKEN_ANY_NUMBER)
        (void)snprintf(buf, VALUE_CAP, NO_LIMIT_WORD);
    else
        (void)snprintf(buf, VALUE_CAP, "%" PRIu32, number);
}

void policy_print_text(const apitoken_policy *policy) {
    char text[VALUE_CAP];
    for (size_t i = 0; i < VALUE_COUNT; i++) {
        value_text(policy, &values[i], text);
        printf("%-17s%s\n", values[i].key, text);
    }
    printf("%-17s%" PRIu32 "\n", "revision", policy->revision);
}

static json_t *value_to_json(const apitoken_policy *policy, const struct value *value) {
    if (value->kind == KIND_TIME || value->kind == KIND_LIMITED_TIME) {
        const int64_t ms = time_in(policy, value);
        return ms == APITOKEN_NO_LIMIT ? json_null() : json_integer(ms);
    }
    const uint32_t number = number_in(policy, value);
    if (value->kind == KIND_NEVER) return json_boolean(number);
    return number == APITOKEN_ANY_NUMBER ? json_null() : json_integer(number);
}

json_t *policy_to_json(const apitoken_policy *policy) {
    json_t *object = json_object();
    int rc = 0;
    for (size_t i = 0; i < VALUE_COUNT && rc == 0; i++)
        rc = json_object_set_new(object, values[i].json_key, value_to_json(policy, &values[i]));
    if (rc == 0) rc = json_object_set_new(object, "revision", json_integer(policy->revision));
    if (rc == 0) return object;
    json_decref(object);
    return NULL;
}
