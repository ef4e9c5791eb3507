/* SPDX-License-Identifier: MIT */
#include "http_number.h"

#include <stddef.h>

bool http_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret) {
    uint64_t value = 0;
    if (!text || !*text || (text[0] == '0' && text[1])) return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9') return false;
        uint64_t digit = (uint64_t)(*text - '0');
        if (value > (UINT64_MAX - digit) / 10) return false;
        value = value * 10 + digit;
    }
    if (value < min || value > max) return false;
    *ret = value;
    return true;
}
