/* SPDX-License-Identifier: MIT */
/*
 * Names: a fault lies at the beginning of a character, behind well-formed text. Good text is
 * well-formed, has no spaces at its ends, and stays good beside good text.
 */
#include "target.h"

#include <string.h>

#include "rules/names.h"
#include "rules/utf8.h"

enum { TEXT_MAX = 4096 };

static int is_good(const char *text, size_t len) {
    struct atk_text_fault fault;
    return atk_text_check(text, len, &fault) == ATK_TEXT_GOOD;
}

/* Good text with a space between it and itself. */
static int is_good_twice(const char *text, size_t len) {
    char twice[2 * TEXT_MAX + 1];
    memcpy(twice, text, len);
    twice[len] = ' ';
    memcpy(twice + len + 1, text, len);
    return is_good(twice, 2 * len + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    struct atk_text_fault fault;
    size_t at = SIZE_MAX;
    uint32_t code = 0;
    if (size > TEXT_MAX) return 0;
    enum atk_text_rule rule = atk_text_check(text, size, &fault);
    const int is_utf8 = atk_utf8_is_valid(text, size, &at);
    if (rule == ATK_TEXT_GOOD) {
        MUST(is_utf8);
        for (size_t i = 0; i < size; i++) MUST(data[i] >= 0x20 && data[i] != 0x7F);
        MUST(size == 0 || (data[0] != ' ' && data[size - 1] != ' ' && is_good_twice(text, size)));
        return 0;
    }
    MUST(fault.at < size && fault.at <= at);
    if (rule == ATK_TEXT_UTF8) {
        MUST(fault.at == at && fault.code == 0);
        return 0;
    }
    MUST(atk_utf8_decode(data + fault.at, size - fault.at, &code) > 0 && code == fault.code);
    return 0;
}
