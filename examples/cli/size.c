/* SPDX-License-Identifier: MIT */
#include "size.h"

static int shift_of(char unit) {
    switch (unit) {
    case 'K':
    case 'k': return 10;
    case 'M':
    case 'm': return 20;
    case 'G':
    case 'g': return 30;
    case 'T':
    case 't': return 40;
    default: return 0;
    }
}

bool size_parse(const char *text, uint64_t *ret_bytes) {
    uint64_t bytes = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (bytes > (UINT64_MAX - digit) / 10) return false;
        bytes = bytes * 10 + digit;
    }
    if (*text) {
        int shift = shift_of(*text++);
        if (shift == 0 || *text || bytes > UINT64_MAX >> shift) return false;
        bytes <<= shift;
    }
    *ret_bytes = bytes;
    return bytes > 0; /* also false if there were no digits */
}
