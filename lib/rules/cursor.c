/* SPDX-License-Identifier: MIT */
#include "rules/cursor.h"

#include <stdint.h>
#include <string.h>

#include "rules/crc32.h"
#include "rules/text.h"

#define VERSION '2'
#define COVERED (1 + APITOKEN_ID_LEN)
#define CHECKSUM_LEN (ATK_CURSOR_LEN - COVERED)
#define CHECKSUM_LIMIT 238328u /* 62^3 */

static uint32_t checksum_of(const char *text) { return atk_crc32(text, COVERED) % CHECKSUM_LIMIT; }

void atk_cursor_write(const char *id, char out[ATK_CURSOR_LEN + 1]) {
    out[0] = VERSION;
    memcpy(out + 1, id, APITOKEN_ID_LEN);
    atk_base62_put(out + COVERED, CHECKSUM_LEN, checksum_of(out));
    out[ATK_CURSOR_LEN] = '\0';
}

bool atk_cursor_read(const char *text, size_t len, const char **ret_id) {
    uint64_t checksum;
    if (len != ATK_CURSOR_LEN || text[0] != VERSION) return false;
    if (!atk_id_is_valid(text + 1, APITOKEN_ID_LEN)) return false;
    if (!atk_base62_get(text + COVERED, CHECKSUM_LEN, &checksum) || checksum != checksum_of(text))
        return false;
    *ret_id = text + 1;
    return true;
}
