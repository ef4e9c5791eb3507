/* SPDX-License-Identifier: MIT */
#include "rules/cursor.h"

#include "rules/crc32.h"
#include "rules/text.h"

#define VERSION '1'
#define SEQUENCE_LEN 11 /* 62^11 > 2^64 */
#define CHECKSUM_LEN 4
#define CHECKSUM_LIMIT 14776336u /* 62^4 */

static uint32_t checksum_of(const char *text) {
    return atk_crc32(text, 1 + SEQUENCE_LEN) % CHECKSUM_LIMIT;
}

void atk_cursor_write(uint64_t sequence, char out[ATK_CURSOR_LEN + 1]) {
    out[0] = VERSION;
    atk_base62_put(out + 1, SEQUENCE_LEN, sequence);
    atk_base62_put(out + 1 + SEQUENCE_LEN, CHECKSUM_LEN, checksum_of(out));
    out[ATK_CURSOR_LEN] = '\0';
}

bool atk_cursor_read(const char *text, size_t len, uint64_t *ret_sequence) {
    uint64_t sequence, checksum;
    if (len != ATK_CURSOR_LEN || text[0] != VERSION) return false;
    if (!atk_base62_get(text + 1, SEQUENCE_LEN, &sequence)) return false;
    if (!atk_base62_get(text + 1 + SEQUENCE_LEN, CHECKSUM_LEN, &checksum) ||
        checksum != checksum_of(text))
        return false;
    *ret_sequence = sequence;
    return true;
}
