/* SPDX-License-Identifier: MIT */
/*
 * Names: a fault lies within the text, and what is clean stays clean up to the end of each of its
 * characters.
 */
#include "target.h"

#include "rules/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    size_t at = 0;
    if (!atk_text_is_clean(text, size, 1, 100, &at)) {
        MUST(at <= size);
        return 0;
    }
    MUST(size >= 1 && size <= 100);
    for (size_t i = 1; i < size; i++) {
        MUST(data[i] >= 0x20 && data[i] != 0x7F);
        const int is_between = (data[i] & 0xC0) != 0x80;
        MUST(atk_text_is_clean(text, i, 1, 100, &at) == is_between);
    }
    return 0;
}
