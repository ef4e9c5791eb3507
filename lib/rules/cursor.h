/* SPDX-License-Identifier: MIT */
/*
 * The text of a list's cursor: version, sequence of the last row examined, check digits. It names
 * no owner: the call does.
 */
#ifndef APITOKEN_RULES_CURSOR_H
#define APITOKEN_RULES_CURSOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

void atk_cursor_write(uint64_t sequence, char out[ATK_CURSOR_LEN + 1]);

/* 1 and the sequence, or 0 if it is no cursor. */
int atk_cursor_read(const char *text, size_t len, uint64_t *ret_sequence);

#endif
