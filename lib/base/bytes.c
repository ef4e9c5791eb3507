/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"

#include <string.h>

void atk_put_bytes(struct atk_writer *w, const void *data, size_t len) {
    uint8_t *place = atk_put_place(w, len);
    if (place && len) memcpy(place, data, len);
}
