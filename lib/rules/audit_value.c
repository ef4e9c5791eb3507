/* SPDX-License-Identifier: MIT */
#include "rules/audit_value.h"

#include <stdio.h>
#include <string.h>

#include "rules/interfaces.h"
#include "rules/networks.h"
#include "rules/policy.h"

#define SHORT_MAX 32 /* of a word, number or day, with a blank */

size_t atk_audit_value_room(unsigned field, size_t len) {
    const size_t growth = field == ATK_CHANGED_NETWORKS ? 4 : 2;
    return SHORT_MAX + growth * len;
}

static size_t put_text(char *out, const void *text, size_t len) {
    if (len) memcpy(out, text, len);
    out[len] = '\0';
    return len;
}

static size_t put_word(char *out, const char *word) { return put_text(out, word, strlen(word)); }

static size_t put_hex(char *out, const uint8_t *value, size_t len) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[value[i] >> 4];
        out[2 * i + 1] = digits[value[i] & 15];
    }
    out[2 * len] = '\0';
    return 2 * len;
}

static size_t put_number(char *out, uint64_t number) {
    return (size_t)snprintf(out, SHORT_MAX, "%llu", (unsigned long long)number);
}

/* Numbers have 1, 4 or 8 bytes. */
static bool read_number(const uint8_t *value, size_t len, uint64_t *ret) {
    struct atk_reader r = atk_reader_of(value, len);
    if (len != 1 && len != 4 && len != 8) return false;
    *ret = atk_get_uint(&r, len);
    return true;
}

/* A limit of the policy: the largest value of its width says that there is none. */
static bool is_no_limit(uint64_t number, size_t width) {
    return width == 4 ? number == ATK_ANY_NUMBER : number == (uint64_t)ATK_NO_LIMIT;
}

/* ---- the forms ------------------------------------------------------------------------------- */

static size_t format_ids(const uint8_t *value, size_t len, char *out) {
    char *at = out;
    for (size_t i = 0; i + APITOKEN_ID_LEN <= len; i += APITOKEN_ID_LEN) {
        if (i > 0) *at++ = ',';
        memcpy(at, value + i, APITOKEN_ID_LEN);
        at += APITOKEN_ID_LEN;
    }
    *at = '\0';
    return (size_t)(at - out);
}

static size_t format_expiry(const uint8_t *value, size_t len, char *out) {
    struct atk_reader r = atk_reader_of(value, len);
    const unsigned kind = (unsigned)atk_get_uint(&r, 1);
    const int64_t end_ms = atk_get_i64(&r);
    if (r.is_bad) return put_hex(out, value, len);
    if (kind == APITOKEN_EXPIRY_NEVER) return put_word(out, "never");
    if (kind != APITOKEN_EXPIRY_DAY) return put_number(out, (uint64_t)end_ms);
    const uint32_t day = (uint32_t)atk_get_uint(&r, 4);
    if (r.is_bad) return put_hex(out, value, len);
    const size_t head = (size_t)snprintf(out, SHORT_MAX, "%04u-%02u-%02u ", day / 10000 % 10000,
                                         day / 100 % 100, day % 100);
    return head + put_text(out + head, r.at, r.left);
}

static size_t format_yes(const uint8_t *value, size_t len, char *out) {
    uint64_t number = 0;
    if (len > 0 && !read_number(value, len, &number)) return put_hex(out, value, len);
    return put_word(out, number & 1 ? "yes" : "no");
}

static size_t format_limit(const uint8_t *value, size_t len, char *out) {
    uint64_t number;
    if (!read_number(value, len, &number)) return put_hex(out, value, len);
    return is_no_limit(number, len) ? put_word(out, "none") : put_number(out, number);
}

static size_t format_number(const uint8_t *value, size_t len, char *out) {
    uint64_t number;
    return read_number(value, len, &number) ? put_number(out, number) : put_hex(out, value, len);
}

/* With room for any text of the kind; the value has room for its own. */
static size_t format_interfaces(const uint8_t *value, size_t len, char *out) {
    char text[APITOKEN_INTERFACES_TEXT_MAX + 1];
    if (!atk_interfaces_is_valid(value, len)) return put_hex(out, value, len);
    return put_text(out, text, atk_interfaces_format(value, len, text));
}

static size_t format_networks(const uint8_t *value, size_t len, char *out) {
    char text[APITOKEN_NETWORKS_TEXT_MAX + 1];
    if (!atk_networks_is_valid(value, len)) return put_hex(out, value, len);
    return put_text(out, text, atk_networks_format(value, len, text));
}

static bool is_yes_or_no(unsigned field) {
    return field == ATK_CHANGED_SUSPENDED || field == ATK_CHANGED_FINAL ||
           field == ATK_CHANGED_POLICY_FLAGS;
}

size_t atk_audit_value_format(unsigned field, const uint8_t *value, size_t len, char *out) {
    if (is_yes_or_no(field)) return format_yes(value, len, out);
    if (len == 0) return put_word(out, "");
    switch (field) {
    case ATK_CHANGED_NAME:
    case ATK_CHANGED_DESCRIPTION: return put_text(out, value, len);
    case ATK_CHANGED_EXPIRY: return format_expiry(value, len, out);
    case ATK_CHANGED_INTERFACES: return format_interfaces(value, len, out);
    case ATK_CHANGED_NETWORKS: return format_networks(value, len, out);
    case ATK_CHANGED_TOKENS: return format_ids(value, len, out);
    case ATK_CHANGED_MAX_LIVE:
    case ATK_CHANGED_MAX_LIFETIME:
    case ATK_CHANGED_DEFAULT_EXPIRY:
    case ATK_CHANGED_UNDO:
    case ATK_CHANGED_MAX_GRACE:
    case ATK_CHANGED_AUDIT_RETENTION: return format_limit(value, len, out);
    case ATK_CHANGED_OLDER_END:
    case ATK_CHANGED_REASON_CODE:
    case ATK_CHANGED_MAP_SIZE:
    case ATK_CHANGED_TOKEN_COUNT:
    case ATK_CHANGED_CARRIED_OVER:
    case ATK_CHANGED_KEY: return format_number(value, len, out);
    default: return put_hex(out, value, len);
    }
}
