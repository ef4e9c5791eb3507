/* SPDX-License-Identifier: MIT */
#include "width.h"

#include <stdbool.h>
#include <stdint.h>

#include "width_ranges.h"

#define LEN(array) (sizeof(array) / sizeof *(array))

static bool is_in(const struct width_range *ranges, size_t count, uint32_t c) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c > ranges[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && c >= ranges[low].first;
}

static size_t columns_of(uint32_t c) {
    if (is_in(width_none, LEN(width_none), c)) return 0;
    return is_in(width_two, LEN(width_two), c) ? 2 : 1;
}

static size_t continuation_bytes(unsigned char lead) {
    if (lead >= 0xf0) return 3;
    if (lead >= 0xe0) return 2;
    return lead >= 0xc0 ? 1 : 0;
}

/*
 * Decodes the next character. The library returns strict UTF-8 only; still, never reads past the
 * end of the text.
 */
static uint32_t next_character(const char **at) {
    unsigned char lead = (unsigned char)*(*at)++;
    size_t more = continuation_bytes(lead);
    uint32_t c = more ? lead & (0x3fu >> more) : lead;
    for (; more > 0 && ((unsigned char)**at & 0xc0) == 0x80; more--)
        c = c << 6 | ((unsigned char)*(*at)++ & 0x3fu);
    return c;
}

size_t width_of(const char *text) {
    size_t columns = 0;
    while (*text) columns += columns_of(next_character(&text));
    return columns;
}

size_t width_prefix(const char *text, size_t columns) {
    const char *at = text, *end = text;
    size_t used = 0;
    while (*at) {
        used += columns_of(next_character(&at));
        if (used > columns) break;
        end = at;
    }
    return (size_t)(end - text);
}
