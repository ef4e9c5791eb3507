/* SPDX-License-Identifier: MIT */
/* Cursors: one that is read is written as it was, and is of one kind. */
#include "target.h"

#include <string.h>

#include "rules/cursor.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char text[ATK_ALL_CURSOR_MAX + 1];
    struct atk_row_place place;
    const char *id = NULL;
    const int is_of_owner = atk_cursor_read((const char *)data, size, &id),
              is_of_all = atk_cursor_read_all((const char *)data, size, &place);
    MUST(!(is_of_owner && is_of_all));
    if (is_of_owner) atk_cursor_write(id, text);
    if (is_of_all) atk_cursor_write_all(&place, text);
    if (is_of_owner || is_of_all) MUST(size == strlen(text) && memcmp(text, data, size) == 0);
    return 0;
}
