/* SPDX-License-Identifier: MIT */
#include "rules/utf8.h"

size_t atk_utf8_decode(const unsigned char *s, size_t left, uint32_t *ret_code) {
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

bool atk_utf8_is_valid(const char *text, size_t len, size_t *ret_at) {
    for (size_t at = 0; at < len;) {
        uint32_t code;
        size_t width = atk_utf8_decode((const unsigned char *)text + at, len - at, &code);
        if (width == 0) {
            *ret_at = at;
            return false;
        }
        at += width;
    }
    return true;
}
