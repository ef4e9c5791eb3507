/* SPDX-License-Identifier: MIT */
#include "token_hint.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const char scheme[] = "Bearer";
static const char header[] = "Authorization";
#define SCHEME_LEN (sizeof scheme - 1)
#define HEADER_LEN (sizeof header - 1)
#define TOKEN_LEAST 20 /* a word without a scheme that is shorter is not taken for a token */

struct text {
    const char *at;
    size_t len;
};

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static struct text trim(struct text text) {
    while (text.len > 0 && is_blank(text.at[text.len - 1])) text.len--;
    while (text.len > 0 && is_blank(text.at[0])) text.at++, text.len--;
    return text;
}

static struct text text_after(struct text text, size_t count) {
    return (struct text){ text.at + count, text.len - count };
}

static bool begins_with(struct text text, const char *word, size_t len) {
    return text.len >= len && strncasecmp(text.at, word, len) == 0;
}

static bool holds(struct text text, const char *part) {
    return memmem(text.at, text.len, part, strlen(part)) != NULL;
}

static bool is_token_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr("-._~+/=", c));
}

static bool is_b64token(struct text text) {
    size_t padding = 0;
    while (padding < text.len && text.at[text.len - 1 - padding] == '=') padding++;
    if (padding == text.len) return false;
    for (size_t i = 0; i < text.len - padding; i++)
        if (!is_token_char(text.at[i]) || text.at[i] == '=') return false;
    return true;
}

/* Characters that copying and pasting brings along, in UTF-8. */
struct stray {
    const char *bytes;
    const char *hint;
};

static const struct stray strays[] = {
    { "\xEF\xBB\xBF", "there is a byte order mark in it" },
    { "\r", "there is a line end in it" },
    { "\n", "there is a line end in it" },
    { "\"", "there is a quote in it" },
    { "'", "there is a quote in it" },
    { "`", "there is a quote in it" },
    { "\xE2\x80\x98", "there is a quote in it" },
    { "\xE2\x80\x99", "there is a quote in it" },
    { "\xE2\x80\x9C", "there is a quote in it" },
    { "\xE2\x80\x9D", "there is a quote in it" },
    { "\xE2\x80\x9E", "there is a quote in it" },
    { "\xC2\xA0", "there is a no-break space in it" },
    { "\xE2\x80\x8B", "there is an invisible space in it" },
    { "<", "there is an angle bracket in it" },
    { ">", "there is an angle bracket in it" },
    { " ", "there is a blank in it" },
    { "\t", "there is a tab in it" },
    { ",", "there is a comma in it" },
};

static const char *stray_hint(struct text text) {
    for (size_t i = 0; i < sizeof strays / sizeof strays[0]; i++)
        if (holds(text, strays[i].bytes)) return strays[i].hint;
    return NULL;
}

static const char *text_hint(struct text text) {
    const char *hint = stray_hint(text);
    if (hint) return hint;
    return is_b64token(text) ? NULL : "there is a character in it that no token has";
}

/* Whether the scheme stands here as a word of its own. */
static bool begins_with_scheme(struct text text) {
    return begins_with(text, scheme, SCHEME_LEN) &&
           (text.len == SCHEME_LEN || !is_token_char(text.at[SCHEME_LEN]) ||
            text.at[SCHEME_LEN] == '=');
}

const char *token_hint(const char *text, size_t len) {
    const struct text whole = trim((struct text){ text, len });
    if (whole.len == 0) return "it is empty";
    if (whole.len != len) return "there is a blank before or after it";
    if (begins_with(whole, header, HEADER_LEN))
        return "it begins with the name of the header; only the token is wanted";
    if (begins_with_scheme(whole))
        return "it begins with the word Bearer; only the token is wanted";
    return text_hint(whole);
}

/* What follows the word Bearer. */
static const char *credentials_hint(struct text rest) {
    const struct text token = trim(rest);
    if (token.len == 0) return "no token follows the word Bearer";
    if (rest.at[0] == ':') return "a colon follows the word Bearer; a space is wanted";
    if (!is_blank(rest.at[0])) return text_hint(rest);
    if (memchr(rest.at, '\t', rest.len - token.len)) return "a tab stands before the token";
    if (begins_with_scheme(token)) return "the word Bearer stands in it twice";
    return text_hint(token);
}

/* The value begins with another word than Bearer. */
static const char *other_hint(struct text value) {
    const char *space = memchr(value.at, ' ', value.len);
    struct text word = { value.at, space ? (size_t)(space - value.at) : value.len };
    if (begins_with(value, header, HEADER_LEN)) return "the name of the header is in its value";
    if (begins_with(value, scheme, SCHEME_LEN)) return "no space follows the word Bearer";
    if (!is_b64token(word)) return stray_hint(word);
    if (!space && word.len >= TOKEN_LEAST && holds(word, "_"))
        return "the word Bearer is missing before the token";
    return NULL;
}

const char *bearer_hint(const char *value, size_t len) {
    const struct text whole = trim((struct text){ value, len });
    if (whole.len == 0) return NULL;
    if (begins_with_scheme(whole)) return credentials_hint(text_after(whole, SCHEME_LEN));
    return other_hint(whole);
}
