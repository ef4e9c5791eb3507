/* SPDX-License-Identifier: MIT */
/* Cursors: one that is read is written as it was. */
#include "target.h"

#include <string.h>

#include "rules/cursor.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char text[ATK_CURSOR_LEN + 1];
    const char *id = NULL;
    if (!atk_cursor_read((const char *)data, size, &id)) return 0;
    atk_cursor_write(id, text);
    MUST(size == strlen(text) && memcmp(text, data, size) == 0);
    return 0;
}
