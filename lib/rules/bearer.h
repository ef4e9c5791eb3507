/* SPDX-License-Identifier: MIT */
/* The token in the value of an Authorization header: RFC 6750 section 2.1. */
#ifndef APITOKEN_RULES_BEARER_H
#define APITOKEN_RULES_BEARER_H

#include <stddef.h>

/*
 * Finds the credentials after the scheme Bearer. 0; APITOKEN_E_NO_TOKEN: the value is empty or
 * names another scheme; APITOKEN_E_HEADER: what follows Bearer is not a b64token after spaces.
 * Whether it has the form of a token of the store is not checked here.
 */
int atk_bearer_find(const char *value, size_t len, const char **ret_text, size_t *ret_len);

#endif
