/* SPDX-License-Identifier: MIT */
/*
 * The copy formats. Their fixed parts are constants of the library; nothing of the host is ever
 * pasted into a shell form.
 */
#ifndef APITOKEN_RULES_COPYFMT_H
#define APITOKEN_RULES_COPYFMT_H

#include <stddef.h>

#include "base/limits.h"
#include "rules/text.h"

/* 1 if the format is known. */
int atk_copyfmt_is_known(int format);

/*
 * Writes the whole text of a token in a format, with a NUL after it; *ret_len is set also for
 * APITOKEN_E_BUFFER, and buf is untouched then. Not for the masked format.
 */
int atk_copyfmt_write(int format, const char *token, size_t token_len, char *buf, size_t cap,
                      size_t *ret_len);

/* The masked format: prefix, version, id (12), and U+2026. */
int atk_copyfmt_write_masked(const struct atk_prefix *prefix, const char *id, char *buf, size_t cap,
                             size_t *ret_len);

#endif
