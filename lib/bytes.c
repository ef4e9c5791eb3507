/* SPDX-License-Identifier: MIT */
#include "bytes.h"

#include <string.h>

static uint8_t *room(struct atk_writer *w, size_t len) {
    if (w->bad || len > w->left) {
        w->bad = 1;
        return NULL;
    }
    uint8_t *place = w->at;
    w->at += len;
    w->left -= len;
    return place;
}

void atk_put_uint(struct atk_writer *w, uint64_t value, size_t width) {
    uint8_t *place = room(w, width);
    if (!place) return;
    for (size_t i = 0; i < width; i++) place[i] = (uint8_t)(value >> (8 * i));
}

void atk_put_bytes(struct atk_writer *w, const void *data, size_t len) {
    uint8_t *place = room(w, len);
    if (place && len) memcpy(place, data, len);
}

void atk_be64_put(uint8_t out[8], uint64_t value) {
    for (size_t i = 0; i < 8; i++) out[i] = (uint8_t)(value >> (56 - 8 * i));
}

uint64_t atk_be64_get(const uint8_t in[8]) {
    uint64_t value = 0;
    for (size_t i = 0; i < 8; i++) value = value << 8 | in[i];
    return value;
}
