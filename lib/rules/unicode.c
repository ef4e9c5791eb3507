/* SPDX-License-Identifier: MIT */
#include "rules/unicode.h"

unsigned atk_unicode_properties(uint32_t code) {
    size_t low = 0, high = atk_unicode_run_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (atk_unicode_runs[middle] >> 8 <= code)
            low = middle;
        else
            high = middle;
    }
    return atk_unicode_runs[low] & 0xFF;
}
