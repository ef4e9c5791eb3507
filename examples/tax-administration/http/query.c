/* SPDX-License-Identifier: MIT */
#include "http/query.h"

#include <string.h>

struct reading {
    struct parameter *wanted;
    size_t count;
    struct field_errors *unknown;
};

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

/* Unescapes one character (RFC 3986 section 2.1). Returns what follows it; NULL if malformed. */
static const char *unescape_char(const char *at, const char *end, char *ret) {
    if (*at != '%') {
        *ret = *at;
        return at + 1;
    }
    if (end - at < 3) return NULL;
    int high = hex_digit(at[1]), low = hex_digit(at[2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return NULL;
    *ret = (char)(high * 16 + low);
    return at + 3;
}

static enum field_fault unescape(struct parameter *parameter, const char *at, size_t length) {
    const char *end = at + length;
    while (at < end) {
        if (parameter->length == sizeof parameter->value - 1) return FIELD_VALUE;
        at = unescape_char(at, end, &parameter->value[parameter->length]);
        if (!at) return FIELD_VALUE;
        parameter->length++;
    }
    return FIELD_GOOD;
}

static struct parameter *find(struct reading *reading, const char *name, size_t length) {
    for (size_t i = 0; i < reading->count; i++) {
        struct parameter *parameter = &reading->wanted[i];
        if (strlen(parameter->name) == length && memcmp(parameter->name, name, length) == 0)
            return parameter;
    }
    return NULL;
}

static void add_unknown(struct field_errors *errors, const char *name, size_t length) {
    json_t *text = json_stringn(name, length);
    /* JSON cannot hold a name that is not UTF-8. */
    field_errors_add(errors, text ? json_string_value(text) : "?", FIELD_UNKNOWN);
    json_decref(text);
}

static enum MHD_Result read_parameter(void *ctx, enum MHD_ValueKind kind, const char *name,
                                      size_t name_length, const char *value, size_t length) {
    struct reading *reading = ctx;
    struct parameter *parameter = find(reading, name, name_length);
    (void)kind;
    if (!parameter) {
        add_unknown(reading->unknown, name, name_length);
    } else if (parameter->is_given) {
        parameter->fault = FIELD_TWICE;
    } else {
        parameter->is_given = true;
        parameter->fault = unescape(parameter, value, value ? length : 0);
    }
    return MHD_YES;
}

void query_read(struct MHD_Connection *connection, struct parameter *wanted, size_t count,
                struct field_errors *ret_unknown) {
    struct reading reading = { wanted, count, ret_unknown };
    MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, read_parameter, &reading);
}
