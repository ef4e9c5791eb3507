/* SPDX-License-Identifier: MIT */
#include "rules/interfaces.h"

#include <string.h>

#include "base/bytes.h"

#define HEAD 1 /* the number of names */

/* In ASCII '-' to ':' are - . / 0-9 and the colon. */
static bool is_allowed(char c) {
    return (c >= '-' && c <= ':') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/*
 * The rule that a name breaks behind the names of a value. *ret_at is set to where in the name, if
 * that is a character.
 */
static enum atk_list_text_rule rule_broken_behind(const uint8_t *value, size_t value_len,
                                                  const char *name, size_t len, size_t *ret_at) {
    if (len == 0) return ATK_LIST_TEXT_EMPTY;
    for (size_t i = 0; i < len && i < APITOKEN_INTERFACE_MAX; i++) {
        if (is_allowed(name[i])) continue;
        *ret_at = i;
        return ATK_LIST_TEXT_CHARACTER;
    }
    if (len > APITOKEN_INTERFACE_MAX) return ATK_LIST_TEXT_LONG;
    if (atk_interfaces_allow(value, value_len, name, len)) return ATK_LIST_TEXT_REPEATED;
    return ATK_LIST_TEXT_GOOD;
}

/* Returns the new length. */
static size_t append_name(uint8_t *value, size_t value_len, const char *name, size_t len) {
    value[0]++;
    value[value_len] = (uint8_t)len;
    memcpy(value + value_len + 1, name, len);
    return value_len + 1 + len;
}

enum atk_list_text_rule atk_interfaces_parse(const char *text, size_t len,
                                             uint8_t value[ATK_INTERFACES_VALUE_MAX],
                                             size_t *ret_len, size_t *ret_at) {
    size_t value_len = HEAD, at = 0;
    value[0] = 0;
    for (size_t begin = 0, end; begin <= len; begin = end + 1) {
        end = atk_list_text_item_end(text, len, begin);
        enum atk_list_text_rule broken =
            value[0] == APITOKEN_INTERFACES_MAX
                ? ATK_LIST_TEXT_MANY
                : rule_broken_behind(value, value_len, text + begin, end - begin, &at);
        if (broken != ATK_LIST_TEXT_GOOD) {
            *ret_at = begin + at;
            return broken;
        }
        value_len = append_name(value, value_len, text + begin, end - begin);
    }
    *ret_len = value_len;
    return ATK_LIST_TEXT_GOOD;
}

bool atk_interfaces_has_form(const uint8_t *value, size_t len) {
    size_t at = HEAD, count = 0;
    for (; at < len; count++) {
        if (value[at] < 1 || value[at] > APITOKEN_INTERFACE_MAX) return false;
        at += 1 + (size_t)value[at];
    }
    return at == len && count == value[0] && count >= 1 && count <= APITOKEN_INTERFACES_MAX;
}

bool atk_interfaces_is_valid(const uint8_t *value, size_t len) {
    struct atk_reader r = atk_reader_of(value, len);
    const size_t count = (size_t)atk_get_uint(&r, HEAD);
    if (count < 1 || count > APITOKEN_INTERFACES_MAX) return false;
    for (size_t i = 0, at; i < count; i++) {
        const size_t before = len - r.left, name_len = (size_t)atk_get_uint(&r, 1);
        const char *name = (const char *)atk_get_view(&r, name_len);
        if (!name || rule_broken_behind(value, before, name, name_len, &at) != ATK_LIST_TEXT_GOOD)
            return false;
    }
    return r.left == 0;
}

size_t atk_interfaces_format(const uint8_t *value, size_t len,
                             char text[APITOKEN_INTERFACES_TEXT_MAX + 1]) {
    char *out = text;
    for (size_t at = HEAD; at < len; at += 1 + (size_t)value[at]) {
        if (at > HEAD) *out++ = ',';
        memcpy(out, value + at + 1, value[at]);
        out += value[at];
    }
    *out = '\0';
    return (size_t)(out - text);
}

bool atk_interfaces_allow(const uint8_t *value, size_t len, const char *name, size_t name_len) {
    if (name_len == 0) return false;
    for (size_t at = HEAD; at < len; at += 1 + (size_t)value[at]) {
        if (value[at] != name_len) continue;
        if (name_len < len - at && atk_is_same_short(value + at + 1, name, name_len)) return true;
    }
    return false;
}
