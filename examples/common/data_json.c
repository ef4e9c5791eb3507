/* SPDX-License-Identifier: MIT */
#include "data_json.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* In text that is UTF-8: C0, DEL and C1. */
static bool has_control(const uint8_t *bytes, size_t len) {
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] < 0x20 || bytes[i] == 0x7F) return true;
        if (bytes[i] == 0xC2 && i + 1 < len && bytes[i + 1] < 0xA0) return true;
    }
    return false;
}

static void encode_base64(const uint8_t *bytes, size_t len, char *text) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *out = text;
    for (size_t i = 0; i < len; i += 3) {
        const uint32_t three = (uint32_t)bytes[i] << 16 |
                               (i + 1 < len ? (uint32_t)bytes[i + 1] << 8 : 0) |
                               (i + 2 < len ? bytes[i + 2] : 0);
        *out++ = digits[three >> 18];
        *out++ = digits[three >> 12 & 63];
        *out++ = i + 1 < len ? digits[three >> 6 & 63] : '=';
        *out++ = i + 2 < len ? digits[three & 63] : '=';
    }
    *out = '\0';
}

static json_t *base64_object(const void *data, size_t len) {
    char *text = malloc((len + 2) / 3 * 4 + 1);
    if (!text) return NULL;
    encode_base64(data, len, text);
    json_t *object = json_pack("{s:s}", "base64", text);
    free(text);
    return object;
}

json_t *data_to_json(const void *data, size_t len) {
    if (len == 0) return json_null();
    /* NULL also for what is not UTF-8 */
    json_t *text = has_control(data, len) ? NULL : json_stringn(data, len);
    return text ? text : base64_object(data, len);
}
