/* SPDX-License-Identifier: MIT */
/*
 * Interfaces, as list text and as stored: what keeps the rules is accepted and comes back as it
 * was, and each of its names is allowed. A fault lies in the text, behind good items.
 */
#include "target.h"

#include <string.h>

#include "rules/interfaces.h"

/* Whether one of the items before this one is the same. */
static int is_repeated(const char *text, size_t len, size_t begin, size_t end) {
    for (size_t at = 0, next; at < begin; at = next + 1) {
        next = atk_list_text_item_end(text, len, at);
        if (next - at == end - begin && memcmp(text + at, text + begin, end - begin) == 0) return 1;
    }
    return 0;
}

/* Whether a text keeps the rules, one after the other. */
static int is_due(const char *text, size_t len) {
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789-._:/";
    size_t count = 0;
    for (size_t begin = 0, end; begin <= len; begin = end + 1, count++) {
        end = atk_list_text_item_end(text, len, begin);
        for (size_t at = begin; at < end; at++)
            if (!memchr(allowed, text[at], sizeof allowed - 1)) return 0;
        if (end == begin || end - begin > 64 || is_repeated(text, len, begin, end)) return 0;
    }
    return count <= 16;
}

/* Of a text or value that is good. */
static void require_pair(const char *text, size_t len, const uint8_t *value, size_t value_len) {
    char written[APITOKEN_INTERFACES_TEXT_MAX + 1];
    MUST(atk_interfaces_is_valid(value, value_len));
    MUST(atk_interfaces_format(value, value_len, written) == len && written[len] == '\0');
    MUST(memcmp(written, text, len) == 0);
    for (size_t begin = 0, end; begin <= len; begin = end + 1) {
        end = atk_list_text_item_end(text, len, begin);
        MUST(atk_interfaces_allow(value, value_len, text + begin, end - begin));
        MUST(!atk_interfaces_allow(value, value_len, text + begin, end - begin + 1));
    }
}

static void try_text(const char *text, size_t len) {
    uint8_t value[ATK_INTERFACES_VALUE_MAX];
    size_t value_len = 0, at = len + 1;
    enum atk_list_text_rule rule = atk_interfaces_parse(text, len, value, &value_len, &at);
    MUST((rule == ATK_LIST_TEXT_GOOD) == is_due(text, len));
    if (rule == ATK_LIST_TEXT_GOOD) {
        char copy[APITOKEN_INTERFACES_TEXT_MAX + 1] = ""; /* a NUL ends no name */
        MUST(len <= APITOKEN_INTERFACES_TEXT_MAX);
        memcpy(copy, text, len);
        require_pair(copy, len, value, value_len);
        return;
    }
    MUST(value_len == 0 && at <= len);
    while (at > 0 && text[at - 1] != ',') at--;
    if (at > 0)
        MUST(atk_interfaces_parse(text, at - 1, value, &value_len, &at) == ATK_LIST_TEXT_GOOD);
}

static void try_value(const uint8_t *value, size_t len) {
    char text[APITOKEN_INTERFACES_TEXT_MAX + 1];
    uint8_t again[ATK_INTERFACES_VALUE_MAX];
    size_t again_len, at;
    (void)atk_interfaces_allow(value, len, "import", 6);
    if (!atk_interfaces_is_valid(value, len)) return;
    const size_t text_len = atk_interfaces_format(value, len, text);
    MUST(atk_interfaces_parse(text, text_len, again, &again_len, &at) == ATK_LIST_TEXT_GOOD);
    MUST(again_len == len && memcmp(again, value, len) == 0);
    require_pair(text, text_len, value, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char nothing[1];
    try_text(size > 0 ? (const char *)data : nothing, size);
    try_value(data, size);
    return 0;
}
