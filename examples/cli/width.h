/* SPDX-License-Identifier: MIT */
/*
 * How many columns a UTF-8 text takes on a terminal. wcwidth() would depend on the locale, but the
 * text is UTF-8 in any locale.
 */
#ifndef APITOKEN_TOOL_WIDTH_H
#define APITOKEN_TOOL_WIDTH_H

#include <stddef.h>

size_t width_of(const char *text);

/* How many bytes of the text fit into `columns`, without splitting a character from its marks. */
size_t width_prefix(const char *text, size_t columns);

#endif
