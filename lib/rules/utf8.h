/* SPDX-License-Identifier: MIT */
/* Strict UTF-8: RFC 3629, without overlong forms and surrogates. */
#ifndef APITOKEN_RULES_UTF8_H
#define APITOKEN_RULES_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length of the well-formed sequence at `s` and its code point, or 0. `left` is at least 1. */
size_t atk_utf8_decode(const unsigned char *s, size_t left, uint32_t *ret_code);

/* If the text is not well-formed, *ret_at is where the first ill-formed sequence begins. */
bool atk_utf8_is_valid(const char *text, size_t len, size_t *ret_at);

#endif
