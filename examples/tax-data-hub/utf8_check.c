/* SPDX-License-Identifier: MIT */
/*
 */
#include "utf8_check.h"

static bool begin(struct utf8_check *check, uint8_t needed, uint8_t low, uint8_t high) {
    *check = (struct utf8_check){ needed, low, high };
    return true;
}

/*
 * The table of RFC 3629 section 4: overlong forms, surrogates and what is beyond U+10FFFF are kept
 * out by the second byte.
 */
static bool lead(struct utf8_check *check, uint8_t byte) {
    if (byte < 0x80) return true;
    if (byte < 0xC2) return false;
    if (byte < 0xE0) return begin(check, 1, 0x80, 0xBF);
    if (byte < 0xF0) return begin(check, 2, byte == 0xE0 ? 0xA0 : 0x80, byte == 0xED ? 0x9F : 0xBF);
    if (byte < 0xF5) return begin(check, 3, byte == 0xF0 ? 0x90 : 0x80, byte == 0xF4 ? 0x8F : 0xBF);
    return false;
}

bool utf8_check_byte(struct utf8_check *check, uint8_t byte) {
    if (check->needed == 0) return lead(check, byte);
    if (byte < check->low || byte > check->high) return false;
    return begin(check, (uint8_t)(check->needed - 1), 0x80, 0xBF);
}
