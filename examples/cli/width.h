/* SPDX-License-Identifier: MIT */
/*
 * How many columns a text takes on a terminal, without asking the locale: the text is UTF-8
 * whatever LANG says.
 */
#ifndef APITOKEN_TOOL_WIDTH_H
#define APITOKEN_TOOL_WIDTH_H

#include <stddef.h>

size_t width_of(const char *text);

/*
 * How many bytes of the text fit into `columns`, in whole characters with the marks that belong to
 * them.
 */
size_t width_prefix(const char *text, size_t columns);

#endif
