/* SPDX-License-Identifier: MIT */
#include "rules/cursor.h"

#include "rules/crc32.h"
#include "rules/text.h"

#define VERSION '1'
#define SEQUENCE_LEN 11 /* 62^11 > 2^64 */
#define CHECK_LEN 4
#define CHECK_MOD 14776336u /* 62^4 */

static uint32_t check_of(const char *text) { return atk_crc32(text, 1 + SEQUENCE_LEN) % CHECK_MOD; }

void atk_cursor_write(uint64_t sequence, char out[ATK_CURSOR_LEN + 1]) {
    out[0] = VERSION;
    atk_base62_put(out + 1, SEQUENCE_LEN, sequence);
    atk_base62_put(out + 1 + SEQUENCE_LEN, CHECK_LEN, check_of(out));
    out[ATK_CURSOR_LEN] = '\0';
}

int atk_cursor_read(const char *text, size_t len, uint64_t *ret_sequence) {
    uint64_t sequence, check;
    if (len != ATK_CURSOR_LEN || text[0] != VERSION) return 0;
    if (!atk_base62_get(text + 1, SEQUENCE_LEN, &sequence)) return 0;
    if (!atk_base62_get(text + 1 + SEQUENCE_LEN, CHECK_LEN, &check) || check != check_of(text))
        return 0;
    *ret_sequence = sequence;
    return 1;
}
