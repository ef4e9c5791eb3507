/* SPDX-License-Identifier: MIT */
#include "rules/tzif.h"

#include <string.h>

#define HEADER_LEN 44
#define TYPE_LEN 6
#define FOOTER_MAX 128
/*
 * Bounds of an offset that RFC 8536 section 3.2 recommends; they also bound the search for the
 * beginning of a day.
 */
#define OFFSET_MIN (-25 * 3600 + 1)
#define OFFSET_MAX (26 * 3600 - 1)
/* further than any offset: there the day before still holds */
#define SEARCH_SECONDS (36 * 3600)

struct header {
    uint8_t version; /* 0, or a digit */
    uint32_t utc_count, standard_count, leap_count, time_count, type_count, char_count;
};

static uint32_t read_u32(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int64_t read_time(const uint8_t *at, size_t width) {
    if (width == 4) return (int32_t)read_u32(at);
    return (int64_t)((uint64_t)read_u32(at) << 32 | read_u32(at + 4));
}

static int32_t read_offset(const struct atk_tzif *zone, size_t type) {
    return (int32_t)read_u32(zone->types + type * TYPE_LEN);
}

static int64_t change_at(const struct atk_tzif *zone, size_t i) {
    return read_time(zone->times + i * zone->time_width, zone->time_width);
}

bool atk_tzif_has_magic(const uint8_t *bytes, size_t len) {
    return len >= 4 && memcmp(bytes, "TZif", 4) == 0;
}

static bool read_header(const uint8_t *bytes, size_t len, struct header *ret_header) {
    if (len < HEADER_LEN || !atk_tzif_has_magic(bytes, len)) return false;
    *ret_header = (struct header){
        .version = bytes[4],
        .utc_count = read_u32(bytes + 20),
        .standard_count = read_u32(bytes + 24),
        .leap_count = read_u32(bytes + 28),
        .time_count = read_u32(bytes + 32),
        .type_count = read_u32(bytes + 36),
        .char_count = read_u32(bytes + 40),
    };
    return true;
}

/* Bytes of the data block after a header. Counts of 32 bits cannot overflow it. */
static uint64_t block_len(const struct header *header, uint64_t time_width) {
    return header->time_count * (time_width + 1) + (uint64_t)header->type_count * TYPE_LEN +
           header->char_count + header->leap_count * (time_width + 4) + header->standard_count +
           header->utc_count;
}

static bool is_valid(const struct atk_tzif *zone) {
    for (size_t i = 0; i < zone->type_count; i++) {
        int32_t offset = read_offset(zone, i);
        if (offset < OFFSET_MIN || offset > OFFSET_MAX) return false;
    }
    for (size_t i = 0; i < zone->time_count; i++) {
        if (zone->kinds[i] >= zone->type_count) return false;
        if (i > 0 && change_at(zone, i) <= change_at(zone, i - 1)) return false;
    }
    return true;
}

/* One header with its data at the beginning of `bytes`; *ret_len is the length of both. */
static bool parse_block(const uint8_t *bytes, size_t len, size_t time_width,
                        struct atk_tzif *ret_zone, size_t *ret_len) {
    struct header header;
    if (!read_header(bytes, len, &header) || block_len(&header, time_width) > len - HEADER_LEN)
        return false;
    if (header.type_count == 0 || header.leap_count != 0) return false;
    *ret_zone = (struct atk_tzif){
        .times = bytes + HEADER_LEN,
        .kinds = bytes + HEADER_LEN + header.time_count * time_width,
        .types = bytes + HEADER_LEN + header.time_count * (time_width + 1),
        .time_width = time_width,
        .time_count = header.time_count,
        .type_count = header.type_count,
    };
    *ret_len = HEADER_LEN + (size_t)block_len(&header, time_width);
    return is_valid(ret_zone);
}

/* The rule between two line ends; empty means that the last offset goes on. */
static bool parse_footer(const uint8_t *bytes, size_t len, struct atk_tzif *zone) {
    char text[FOOTER_MAX];
    if (len < 2 || bytes[0] != '\n') return false;
    const uint8_t *end = memchr(bytes + 1, '\n', len - 1);
    if (!end) return false;
    size_t text_len = (size_t)(end - bytes) - 1;
    if (text_len >= sizeof text || memchr(bytes + 1, '\0', text_len)) return false;
    memcpy(text, bytes + 1, text_len);
    text[text_len] = '\0';
    zone->has_rule = text_len > 0;
    return !zone->has_rule || atk_posix_tz_parse(text, &zone->rule);
}

bool atk_tzif_parse(const uint8_t *bytes, size_t len, struct atk_tzif *ret_zone) {
    struct header header;
    size_t used;
    if (!read_header(bytes, len, &header)) return false;
    if (header.version == 0) return parse_block(bytes, len, 4, ret_zone, &used);

    /* From version 2 on the block of 32 bits is for old readers only, and may be empty. */
    uint64_t skip = HEADER_LEN + block_len(&header, 4);
    if (skip > len || !parse_block(bytes + skip, len - (size_t)skip, 8, ret_zone, &used))
        return false;
    used += (size_t)skip;
    return parse_footer(bytes + used, len - used, ret_zone);
}

/* How many changes have taken place at the second `at`. */
static size_t count_changes(const struct atk_tzif *zone, int64_t at) {
    size_t low = 0, high = zone->time_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (change_at(zone, middle) <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void atk_tzif_at(const struct atk_tzif *zone, int64_t at, int32_t *ret_offset, int64_t *ret_next) {
    size_t done = count_changes(zone, at);
    if (done == zone->time_count && zone->has_rule) {
        atk_posix_tz_at(&zone->rule, at, ret_offset, ret_next);
        return;
    }
    /* Before the first change type 0 holds (RFC 8536 section 3.2). */
    *ret_offset = read_offset(zone, done > 0 ? zone->kinds[done - 1] : 0);
    *ret_next = done < zone->time_count ? change_at(zone, done) : INT64_MAX;
}

int64_t atk_tzif_day_start(const struct atk_tzif *zone, int64_t midnight) {
    int64_t at = midnight - SEARCH_SECONDS, next;
    int32_t offset;
    for (;;) { /* from change to change */
        atk_tzif_at(zone, at, &offset, &next);
        int64_t start = midnight - offset > at ? midnight - offset : at;
        if (start < next) return start;
        at = next;
    }
}
