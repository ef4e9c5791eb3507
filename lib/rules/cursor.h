/* SPDX-License-Identifier: MIT */
/*
 * The text of a list's cursor: version, sequence of the last row examined, checksum. It names no
 * owner: the caller does that in each call.
 */
#ifndef APITOKEN_RULES_CURSOR_H
#define APITOKEN_RULES_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

void atk_cursor_write(uint64_t sequence, char out[ATK_CURSOR_LEN + 1]);

/* False if the text is no cursor. */
bool atk_cursor_read(const char *text, size_t len, uint64_t *ret_sequence);

#endif
