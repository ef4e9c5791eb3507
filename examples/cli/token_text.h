/* SPDX-License-Identifier: MIT */
/* The times of a token as people read them. */
#ifndef APITOKEN_TOOL_TOKEN_TEXT_H
#define APITOKEN_TOOL_TOKEN_TEXT_H

#include <apitoken/apitoken.h>

#define TOKEN_TEXT_CAP 32

/* The last valid day as it was given, an instant in RFC 3339, or "never". */
void token_text_expiry(const apitoken_token *token, char buf[TOKEN_TEXT_CAP]);

/* The minute of the last use in RFC 3339, or "never". */
void token_text_last_use(const apitoken_token *token, char buf[TOKEN_TEXT_CAP]);

#endif
