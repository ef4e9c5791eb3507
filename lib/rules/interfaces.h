/* SPDX-License-Identifier: MIT */
/*
 * The interfaces that a token is restricted to: 1 to 16 different names of 1 to 64 of A-Z a-z 0-9
 * - . _ : / in the order given. Names are compared byte by byte. Stored as their number (1), then
 * for each name its length (1) and its bytes.
 */
#ifndef APITOKEN_RULES_INTERFACES_H
#define APITOKEN_RULES_INTERFACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "rules/list_text.h"

/*
 * Turns a list text into what is stored. Otherwise returns the rule that the text breaks and sets
 * *ret_at to a byte offset in it; then *ret_len is left alone, and the value is of no use.
 */
enum atk_list_text_rule atk_interfaces_parse(const char *text, size_t len,
                                             uint8_t value[ATK_INTERFACES_VALUE_MAX],
                                             size_t *ret_len, size_t *ret_at);

/* Whether a stored value is what a list text gives. Another one is damaged. */
bool atk_interfaces_is_valid(const uint8_t *value, size_t len);

/* Whether it has the form of one, which takes less time: names are not looked at. */
bool atk_interfaces_has_form(const uint8_t *value, size_t len);

/* Writes the list text of a valid value, with a NUL after it, and returns its length. */
size_t atk_interfaces_format(const uint8_t *value, size_t len,
                             char text[APITOKEN_INTERFACES_TEXT_MAX + 1]);

/*
 * Whether an interface is one of a valid value. One without a name is not. Of a damaged value no
 * byte behind its end is read.
 */
bool atk_interfaces_allow(const uint8_t *value, size_t len, const char *name, size_t name_len);

#endif
