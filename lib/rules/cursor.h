/* SPDX-License-Identifier: MIT */
/*
 * The text of a list's cursor: its kind, where the last row examined is, checksum. That of a list
 * of one owner has the id alone: the caller names the owner in each call. That of a list of all
 * owners has both. Letters and digits only.
 */
#ifndef APITOKEN_RULES_CURSOR_H
#define APITOKEN_RULES_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

void atk_cursor_write(const char *id, char out[ATK_CURSOR_LEN + 1]);

/* Points *ret_id at the id in the text, 12 characters. False if the text is no cursor. */
bool atk_cursor_read(const char *text, size_t len, const char **ret_id);

/* Where a row is in the list of all owners. */
struct atk_row_place {
    size_t owner_len;
    char owner[APITOKEN_OWNER_MAX];
    char id[APITOKEN_ID_LEN];
};

void atk_cursor_write_all(const struct atk_row_place *place, char out[ATK_ALL_CURSOR_MAX + 1]);

/* False, and *ret_place is of no use, if the text is not what atk_cursor_write_all() writes. */
bool atk_cursor_read_all(const char *text, size_t len, struct atk_row_place *ret_place);

/* The position in the audit of the last record that was looked at. */
void atk_audit_cursor_write(uint64_t position, char out[ATK_AUDIT_CURSOR_LEN + 1]);
bool atk_audit_cursor_read(const char *text, size_t len, uint64_t *ret_position);

#endif
