/* SPDX-License-Identifier: MIT */
#include "duration.h"

/* Milliseconds of a unit; 0 if there is no such unit. */
static int64_t unit_ms(char unit) {
    switch (unit) {
    case 's': return 1000;
    case 'm': return 60000;
    case 'h': return 3600000;
    case 'd': return 86400000;
    default: return 0;
    }
}

bool duration_parse(const char *text, size_t len, int64_t *ret_ms) {
    int64_t count = 0;
    if (len == 1 && text[0] == '0') {
        *ret_ms = 0;
        return true;
    }
    if (len < 2) return false;
    const int64_t unit = unit_ms(text[len - 1]);
    if (unit == 0) return false;
    for (size_t i = 0; i < len - 1; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        count = count * 10 + (text[i] - '0');
        if (count > DURATION_MS_MAX / unit) return false;
    }
    *ret_ms = count * unit;
    return true;
}
