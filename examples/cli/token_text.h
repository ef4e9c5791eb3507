/* SPDX-License-Identifier: MIT */
/* Facts of a token as people read them. */
#ifndef APITOKEN_TOOL_TOKEN_TEXT_H
#define APITOKEN_TOOL_TOKEN_TEXT_H

#include <apitoken/apitoken.h>

#define TOKEN_TEXT_CAP 32

/* The day as it was given, an instant in RFC 3339, or "never". */
void token_text_expiry(const apitoken_token *token, char buf[TOKEN_TEXT_CAP]);

/* The minute of its last use in RFC 3339, or "never". */
void token_text_last_use(const apitoken_token *token, char buf[TOKEN_TEXT_CAP]);

#endif
