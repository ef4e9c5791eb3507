/* SPDX-License-Identifier: MIT */
/* What several commands read from the options that describe a token. */
#ifndef APITOKEN_TOOL_TOKEN_OPTIONS_H
#define APITOKEN_TOOL_TOKEN_OPTIONS_H

#include <stddef.h>

#include "expiry.h"
#include "options.h"

/*
 * The value of --expires; APITOKEN_EXPIRY_DEFAULT without it. Returns EXIT_USAGE after reporting
 * that it is none.
 */
enum exit_code read_expires(const struct command_line *line, struct expiry *ret_expiry);

/* The word for no restriction, instead of a list. */
#define ALL_INTERFACES "all"
#define ANY_NETWORK "any"

/* The list text for the library: "*" if the text is that word. A text that is NULL stays so. */
const char *list_text(const char *text, size_t len, const char *word, uint32_t *ret_len);

#endif
