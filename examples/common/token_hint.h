/* SPDX-License-Identifier: MIT */
/*
 * What is wrong with a text that should be a token, or with the value of a header that should name
 * one: for the person who pasted it. The hints repeat nothing of the text.
 */
#ifndef EXAMPLE_TOKEN_HINT_H
#define EXAMPLE_TOKEN_HINT_H

#include <stddef.h>

/* NULL if the text has only characters that a token may have. */
const char *token_hint(const char *text, size_t len);

/*
 * The value of an Authorization header: NULL if it is `Bearer 1*SP b64token` (RFC 6750 section
 * 2.1), empty, or names another scheme.
 */
const char *bearer_hint(const char *value, size_t len);

#endif
