/* SPDX-License-Identifier: MIT */
#include "rules/copyfmt.h"

#include <string.h>

static const struct {
    const char *before;
    const char *after;
} forms[] = {
    [APITOKEN_FORMAT_PLAIN] = { "", "" },
    [APITOKEN_FORMAT_BEARER] = { "Bearer ", "" },
    [APITOKEN_FORMAT_HEADER] = { "Authorization: Bearer ", "" },
    [APITOKEN_FORMAT_ENV] = { "API_TOKEN=", "" },
    [APITOKEN_FORMAT_CURL] = { "header = \"Authorization: Bearer ", "\"" },
};

#define ELLIPSIS "\xE2\x80\xA6"

bool atk_copyfmt_is_known(int format) {
    return format >= APITOKEN_FORMAT_PLAIN && format <= APITOKEN_FORMAT_MASKED;
}

/* Writes a token with fixed text around it, or nothing if that does not fit. */
static int write_around(const char *before, const char *token, size_t token_len, const char *after,
                        const struct atk_text_out *out) {
    size_t before_len = strlen(before), after_len = strlen(after);
    size_t len = before_len + token_len + after_len;
    *out->ret_len = len;
    if (out->cap <= len) return APITOKEN_E_BUFFER;
    memcpy(out->buf, before, before_len);
    memcpy(out->buf + before_len, token, token_len);
    memcpy(out->buf + before_len + token_len, after, after_len + 1);
    return 0;
}

int atk_copyfmt_write(int format, const char *token, size_t token_len,
                      const struct atk_text_out *out) {
    return write_around(forms[format].before, token, token_len, forms[format].after, out);
}

int atk_copyfmt_write_masked(const struct atk_prefix *prefix, const char *id,
                             const struct atk_text_out *out) {
    char shown[ATK_TOKEN_LEN_MAX];
    memcpy(shown, prefix->text, prefix->len);
    shown[prefix->len] = ATK_TEXT_VERSION;
    memcpy(shown + prefix->len + 1, id, APITOKEN_ID_LEN);
    return write_around("", shown, (size_t)prefix->len + 1 + APITOKEN_ID_LEN, ELLIPSIS, out);
}
