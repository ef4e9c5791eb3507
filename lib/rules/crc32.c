/* SPDX-License-Identifier: MIT */
#include "rules/crc32.h"

#include "rules/crc32_table.h"

/* Eight bytes a step: "slicing by eight" (M. Kounavis and F. Berry, 2005). */
uint32_t atk_crc32(const void *data, size_t len) {
    const uint8_t *at = (const uint8_t *)data;
    uint32_t crc = 0xFFFFFFFFu;
    for (; len >= 8; at += 8, len -= 8) {
        crc ^=
            (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        crc = crc32_table[7][crc & 0xFF] ^ crc32_table[6][crc >> 8 & 0xFF] ^
              crc32_table[5][crc >> 16 & 0xFF] ^ crc32_table[4][crc >> 24] ^ crc32_table[3][at[4]] ^
              crc32_table[2][at[5]] ^ crc32_table[1][at[6]] ^ crc32_table[0][at[7]];
    }
    for (; len; at++, len--) crc = crc >> 8 ^ crc32_table[0][(crc ^ *at) & 0xFF];
    return ~crc;
}
