/* SPDX-License-Identifier: MIT */
#include "bytes.h"

#include <string.h>

void atk_put_bytes(struct atk_writer *w, const void *data, size_t len) {
    uint8_t *place = atk_put_place(w, len);
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
