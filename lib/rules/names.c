/* SPDX-License-Identifier: MIT */
#include "rules/names.h"

#include <stdint.h>
#include <string.h>

#include "base/attr.h"
#include "base/limits.h"

/*
 * Ranges that must not stand in text which people read in lists: they hide or reorder what is shown
 * (Unicode Technical Report 36; CVE-2021-42574 for the bidirectional ones).
 */
static const struct {
    uint32_t first, last;
} forbidden[] = {
    { 0x0000, 0x001F },   /* C0 controls */
    { 0x007F, 0x009F },   /* DEL and C1 controls */
    { 0x061C, 0x061C },   /* Arabic letter mark */
    { 0x200B, 0x200F },   /* zero-width space, joiners, left-to-right and right-to-left marks */
    { 0x2028, 0x202E },   /* line and paragraph separators, embeddings and overrides */
    { 0x2060, 0x2064 },   /* word joiner, invisible operators */
    { 0x2066, 0x2069 },   /* isolates */
    { 0xFEFF, 0xFEFF },   /* zero-width no-break space, byte order mark */
    { 0xFFF9, 0xFFFB },   /* interlinear annotation */
    { 0xE0000, 0xE0FFF }, /* tags, variation selectors supplement */
};

/* Length of the well-formed UTF-8 sequence at `s` (RFC 3629 section 4) and its code point, or 0. */
static size_t decode(const unsigned char *s, size_t left, uint32_t *ret_code) {
    static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t len = s[0] < 0x80         ? 1
                 : s[0] >> 5 == 0x6  ? 2
                 : s[0] >> 4 == 0xE  ? 3
                 : s[0] >> 3 == 0x1E ? 4
                                     : 0;
    if (len == 0 || len > left) return 0;
    uint32_t code = len == 1 ? s[0] : s[0] & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++) {
        if (s[i] >> 6 != 0x2) return 0;
        code = code << 6 | (s[i] & 0x3Fu);
    }
    if (code < least[len] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return 0;
    *ret_code = code;
    return len;
}

static int is_forbidden(uint32_t code) {
    for (size_t i = 0; i < ATK_LEN(forbidden); i++)
        if (code >= forbidden[i].first && code <= forbidden[i].last) return 1;
    return 0;
}

int atk_text_is_clean(const char *text, size_t len, size_t min, size_t max, size_t *ret_at) {
    *ret_at = len;
    if (len < min || len > max) return 0;
    const unsigned char *bytes = (const unsigned char *)text;
    for (size_t i = 0; i < len;) {
        uint32_t code = 0;
        size_t width = decode(bytes + i, len - i, &code);
        if (width == 0 || is_forbidden(code)) {
            *ret_at = i;
            return 0;
        }
        i += width;
    }
    return 1;
}

int atk_zone_is_valid(const char *zone, size_t len) {
    if (len < 1 || len > APITOKEN_ZONE_MAX || zone[0] == '/' || zone[len - 1] == '/') return 0;
    for (size_t i = 0; i < len; i++) {
        char c = zone[i];
        int alnum = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!alnum && (c == '\0' || !strchr("+-_/", c))) return 0;
        if (c == '/' && zone[i - 1] == '/') return 0;
    }
    return 1;
}
