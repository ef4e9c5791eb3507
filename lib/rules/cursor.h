/* SPDX-License-Identifier: MIT */
/*
 * The text of a list's cursor: version, id of the last row examined, checksum. It names no owner:
 * the caller does that in each call.
 */
#ifndef APITOKEN_RULES_CURSOR_H
#define APITOKEN_RULES_CURSOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/limits.h"

void atk_cursor_write(const char *id, char out[ATK_CURSOR_LEN + 1]);

/* Points *ret_id at the id in the text, 12 characters. False if the text is no cursor. */
bool atk_cursor_read(const char *text, size_t len, const char **ret_id);

#endif
