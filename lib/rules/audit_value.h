/* SPDX-License-Identifier: MIT */
/* The values of an audit record's changes as texts. */
#ifndef APITOKEN_RULES_AUDIT_VALUE_H
#define APITOKEN_RULES_AUDIT_VALUE_H

#include "rules/record_audit.h"

/* Room for the text of a value of this length, with the NUL. */
size_t atk_audit_value_room(unsigned field, size_t len);

/*
 * Writes the text of a value, with a NUL, and returns its length. A value that is not in the form
 * of its field, or of an unknown field, is written as hexadecimal digits.
 */
size_t atk_audit_value_format(unsigned field, const uint8_t *value, size_t len, char *out);

#endif
