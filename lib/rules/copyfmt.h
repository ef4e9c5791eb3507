/* SPDX-License-Identifier: MIT */
/*
 * The copy formats. Everything around the token is a constant of the library: nothing that a host
 * supplies ends up in a line for a shell or a curl file.
 */
#ifndef APITOKEN_RULES_COPYFMT_H
#define APITOKEN_RULES_COPYFMT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/limits.h"
#include "rules/text.h"

/* Where the text goes. */
struct atk_text_out {
    char *buf; /* untouched if the text does not fit */
    size_t cap;
    size_t *ret_len; /* set to the length of the text in any case, without its NUL */
};

bool atk_copyfmt_is_known(int format);

/*
 * Writes a token in any format but the masked one, with a NUL after it. 0 or APITOKEN_E_BUFFER.
 */
int atk_copyfmt_write(int format, const char *token, size_t token_len,
                      const struct atk_text_out *out);

/* Writes the masked format: prefix, version, id (12 characters) and U+2026. */
int atk_copyfmt_write_masked(const struct atk_prefix *prefix, const char *id,
                             const struct atk_text_out *out);

#endif
