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

int atk_copyfmt_is_known(int format) {
    return format >= APITOKEN_FORMAT_PLAIN && format <= APITOKEN_FORMAT_MASKED;
}

/* Three parts, or nothing and the needed length. */
static int join(const char *before, const char *middle, size_t middle_len, const char *after,
                char *buf, size_t cap, size_t *ret_len) {
    size_t before_len = strlen(before), after_len = strlen(after);
    size_t len = before_len + middle_len + after_len;
    *ret_len = len;
    if (cap <= len) return APITOKEN_E_BUFFER;
    memcpy(buf, before, before_len);
    memcpy(buf + before_len, middle, middle_len);
    memcpy(buf + before_len + middle_len, after, after_len + 1);
    return 0;
}

int atk_copyfmt_write(int format, const char *token, size_t token_len, char *buf, size_t cap,
                      size_t *ret_len) {
    return join(forms[format].before, token, token_len, forms[format].after, buf, cap, ret_len);
}

int atk_copyfmt_write_masked(const struct atk_prefix *prefix, const char *id, char *buf, size_t cap,
                             size_t *ret_len) {
    char shown[ATK_TOKEN_LEN_MAX];
    memcpy(shown, prefix->text, prefix->len);
    shown[prefix->len] = ATK_TEXT_VERSION;
    memcpy(shown + prefix->len + 1, id, APITOKEN_ID_LEN);
    return join("", shown, (size_t)prefix->len + 1 + APITOKEN_ID_LEN, ELLIPSIS, buf, cap, ret_len);
}
