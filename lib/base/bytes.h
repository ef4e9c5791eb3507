/* SPDX-License-Identifier: MIT */
/*
 * Bounded little-endian reader and writer. An overrun sets `is_bad` and reads as zeros, so a codec
 * has to look for it only once, at its end.
 */
#ifndef APITOKEN_BASE_BYTES_H
#define APITOKEN_BASE_BYTES_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct atk_reader {
    const uint8_t *at;
    size_t left;
    bool is_bad;
};

struct atk_writer {
    uint8_t *at;
    size_t left;
    bool is_bad;
};

static inline struct atk_reader atk_reader_of(const void *data, size_t len) {
    return (struct atk_reader){ (const uint8_t *)data, len, false };
}

static inline struct atk_writer atk_writer_of(void *data, size_t cap) {
    return (struct atk_writer){ (uint8_t *)data, cap, false };
}

/*
 * A little-endian number of `width` (1 to 8) bytes, not bounded. With a constant width it is a
 * single load.
 */
static inline uint64_t atk_le_at(const uint8_t *at, size_t width) {
    uint64_t value = 0;
    memcpy(&value, at, width);
    return le64toh(value);
}

/*
 * memcpy() for mostly short data: 8 bytes or more are copied without a call, in pieces of which the
 * last overlaps the one before.
 */
static inline void atk_copy_short(void *to, const void *from, size_t len) {
    uint8_t *out = (uint8_t *)to;
    const uint8_t *in = (const uint8_t *)from;
    if (len >= 16) {
        for (size_t at = 0; at < len - 16; at += 16) memcpy(out + at, in + at, 16);
        memcpy(out + len - 16, in + len - 16, 16);
    } else if (len >= 8) {
        memcpy(out, in, 8);
        memcpy(out + len - 8, in + len - 8, 8);
    } else {
        memcpy(out, in, len);
    }
}

/*
 * Whether short data is the same, without a call; in pieces, of which the last overlaps the one
 * before. Not for secrets.
 */
static inline bool atk_is_same_short(const void *a, const void *b, size_t len) {
    const uint8_t *one = (const uint8_t *)a, *other = (const uint8_t *)b;
    if (len >= 8) {
        for (size_t at = 0; at < len - 8; at += 8)
            if (atk_le_at(one + at, 8) != atk_le_at(other + at, 8)) return false;
        return atk_le_at(one + len - 8, 8) == atk_le_at(other + len - 8, 8);
    }
    if (len >= 4)
        return atk_le_at(one, 4) == atk_le_at(other, 4) &&
               atk_le_at(one + len - 4, 4) == atk_le_at(other + len - 4, 4);
    return len == 0 ||
           (one[0] == other[0] && one[len / 2] == other[len / 2] && one[len - 1] == other[len - 1]);
}

/* Skips the next `len` bytes and returns them; NULL on overrun. */
static inline const uint8_t *atk_get_view(struct atk_reader *r, size_t len) {
    if (r->is_bad || len > r->left) {
        r->is_bad = true;
        return NULL;
    }
    const uint8_t *view = r->at;
    r->at += len;
    r->left -= len;
    return view;
}

/* Reads a number of 1 to 8 bytes. */
static inline uint64_t atk_get_uint(struct atk_reader *r, size_t width) {
    const uint8_t *view = atk_get_view(r, width);
    return view ? atk_le_at(view, width) : 0;
}

static inline void atk_get_bytes(struct atk_reader *r, void *out, size_t len) {
    const uint8_t *view = atk_get_view(r, len);
    if (view && len) memcpy(out, view, len);
}

/* Reserves the next `len` bytes; NULL on overrun. */
static inline uint8_t *atk_put_place(struct atk_writer *w, size_t len) {
    if (w->is_bad || len > w->left) {
        w->is_bad = true;
        return NULL;
    }
    uint8_t *place = w->at;
    w->at += len;
    w->left -= len;
    return place;
}

/* Writes a number in 1 to 8 bytes. */
static inline void atk_put_uint(struct atk_writer *w, uint64_t value, size_t width) {
    uint8_t *place = atk_put_place(w, width);
    const uint64_t little = htole64(value);
    if (place) memcpy(place, &little, width);
}

void atk_put_bytes(struct atk_writer *w, const void *data, size_t len);

/* Signed 64-bit numbers are stored in two's complement. */
static inline int64_t atk_get_i64(struct atk_reader *r) { return (int64_t)atk_get_uint(r, 8); }
static inline void atk_put_i64(struct atk_writer *w, int64_t value) {
    atk_put_uint(w, (uint64_t)value, 8);
}

#endif
