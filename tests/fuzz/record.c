/* SPDX-License-Identifier: MIT */
/* Records: one that is read is written as it was, but for its tag. */
#include "target.h"

#include <string.h>

#include "rules/record.h"

static void compare(const uint8_t *data, size_t size, const uint8_t *out, size_t len) {
    MUST(len == size);
    MUST(memcmp(data, out, size - ATK_TAG_LEN) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static union {
        struct atk_hot hot;
        struct atk_row row;
        struct atk_config config;
        struct atk_keys_record keys;
        struct atk_state_record state;
    } record;
    static uint8_t out[65536];
    if (atk_hot_decode(data, size, &record.hot) == 0)
        compare(data, size, out, atk_hot_encode(&record.hot, out));
    if (atk_row_decode(data, size, &record.row) == 0)
        compare(data, size, out, atk_row_encode(&record.row, out));
    if (atk_config_decode(data, size, &record.config) == 0)
        compare(data, size, out, atk_config_encode(&record.config, out));
    if (atk_keys_decode(data, size, &record.keys) == 0)
        compare(data, size, record.keys.bytes, record.keys.len);
    if (atk_state_record_decode(data, size, &record.state) == 0)
        compare(data, size, out, atk_state_record_encode(&record.state, out));
    (void)atk_state_record_schema(data, size);
    return 0;
}
