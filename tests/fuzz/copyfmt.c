/* SPDX-License-Identifier: MIT */
/*
 * Copy formats: the first byte says which, the second how much room there is, the rest is the text.
 * All of it is written, between fixed parts and with a NUL, or nothing.
 */
#include "target.h"

#include <string.h>

#include "rules/copyfmt.h"

enum { EXPECTED_MAX = 256, FILLER = 0x5A };

/* By the tool's manual page. */
static const struct {
    const char *before, *after;
} parts[] = {
    [APITOKEN_FORMAT_PLAIN] = { "", "" },
    [APITOKEN_FORMAT_BEARER] = { "Bearer ", "" },
    [APITOKEN_FORMAT_HEADER] = { "Authorization: Bearer ", "" },
    [APITOKEN_FORMAT_ENV] = { "API_TOKEN=", "" },
    [APITOKEN_FORMAT_CURL] = { "header = \"Authorization: Bearer ", "\"" },
    [APITOKEN_FORMAT_MASKED] = { "tdh_1", "\xE2\x80\xA6" },
};

static size_t expect(int format, const char *text, size_t len, char *out) {
    const size_t before = strlen(parts[format].before), after = strlen(parts[format].after);
    memcpy(out, parts[format].before, before);
    memcpy(out + before, text, len);
    memcpy(out + before + len, parts[format].after, after + 1);
    return before + len + after;
}

static int write_as(int format, const char *text, size_t len, char *buf, size_t cap,
                    size_t *ret_len) {
    static struct atk_prefix prefix;
    const struct atk_text_out out = { buf, cap, ret_len };
    if (!prefix.len) MUST(atk_prefix_set(&prefix, "tdh", 3) == 0);
    if (format == APITOKEN_FORMAT_MASKED) return atk_copyfmt_write_masked(&prefix, text, &out);
    return atk_copyfmt_write(format, text, len, &out);
}

static int is_untouched(const char *buf, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (buf[i] != FILLER) return 0;
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char expected[EXPECTED_MAX];
    size_t len = 0;
    if (size < 2) return 0;
    const int format = data[0];
    const size_t cap = data[1], text_len = size - 2;
    const char *text = (const char *)data + 2;
    MUST(atk_copyfmt_is_known(format) ==
         (format >= APITOKEN_FORMAT_PLAIN && format <= APITOKEN_FORMAT_MASKED));
    if (!atk_copyfmt_is_known(format) || text_len > ATK_TOKEN_LEN_MAX) return 0;
    if (format == APITOKEN_FORMAT_MASKED && text_len != APITOKEN_ID_LEN) return 0;
    const size_t due = expect(format, text, text_len, expected);
    char *buf = malloc(cap ? cap : 1); /* of exactly its size, for a sanitizer */
    MUST(buf != NULL);
    memset(buf, FILLER, cap);
    const int rc = write_as(format, text, text_len, buf, cap, &len);
    MUST(len == due && rc == (cap > due ? 0 : APITOKEN_E_BUFFER));
    if (rc == 0)
        MUST(memcmp(buf, expected, due + 1) == 0 && is_untouched(buf + due + 1, cap - due - 1));
    if (rc != 0) MUST(is_untouched(buf, cap));
    free(buf);
    return 0;
}
