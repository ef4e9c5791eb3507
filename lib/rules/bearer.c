/* SPDX-License-Identifier: MIT */
#include "rules/bearer.h"

#include <stdbool.h>
#include <string.h>

#include "apitoken/apitoken.h"
#include "base/ascii.h"

static const char scheme[] = "bearer";
#define SCHEME_LEN (sizeof scheme - 1)

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_b64token(const char *text, size_t len) {
    while (len > 0 && text[len - 1] == '=') len--;
    for (size_t i = 0; i < len; i++)
        if (!is_alphanumeric(text[i]) && (text[i] == '\0' || !strchr("-._~+/", text[i])))
            return false;
    return len > 0;
}

static bool names_scheme(const char *value, size_t len) {
    if (len < SCHEME_LEN) return false;
    for (size_t i = 0; i < SCHEME_LEN; i++)
        if (atk_ascii_lower(value[i]) != scheme[i]) return false;
    /* not another scheme with a longer name: "BearerX" */
    return len == SCHEME_LEN || is_blank(value[SCHEME_LEN]);
}

int atk_bearer_find(const char *value, size_t len, const char **ret_text, size_t *ret_len) {
    while (len > 0 && is_blank(value[len - 1])) len--;
    while (len > 0 && is_blank(value[0])) value++, len--;
    if (!names_scheme(value, len)) return APITOKEN_E_NO_TOKEN;
    size_t at = SCHEME_LEN;
    while (at < len && value[at] == ' ') at++;
    if (!is_b64token(value + at, len - at)) return APITOKEN_E_HEADER;
    *ret_text = value + at;
    *ret_len = len - at;
    return 0;
}
