/* SPDX-License-Identifier: MIT */
#include "body/utf8_check.h"

static bool expect(struct utf8_check *check, uint8_t missing, uint8_t low, uint8_t high) {
    *check = (struct utf8_check){ missing, low, high };
    return true;
}

/*
 * The table of RFC 3629 section 4. The range of the second byte excludes overlong forms, surrogates
 * and code points above U+10FFFF.
 */
static bool check_first_byte(struct utf8_check *check, uint8_t byte) {
    if (byte < 0x80) return true;
    if (byte < 0xC2) return false;
    if (byte < 0xE0) return expect(check, 1, 0x80, 0xBF);
    if (byte < 0xF0)
        return expect(check, 2, byte == 0xE0 ? 0xA0 : 0x80, byte == 0xED ? 0x9F : 0xBF);
    if (byte < 0xF5)
        return expect(check, 3, byte == 0xF0 ? 0x90 : 0x80, byte == 0xF4 ? 0x8F : 0xBF);
    return false;
}

bool utf8_check_byte(struct utf8_check *check, uint8_t byte) {
    if (check->missing == 0) return check_first_byte(check, byte);
    if (byte < check->low || byte > check->high) return false;
    return expect(check, (uint8_t)(check->missing - 1), 0x80, 0xBF);
}
