/* SPDX-License-Identifier: MIT */
/* Writes to standard output. */
#ifndef APITOKEN_TOOL_OUTPUT_H
#define APITOKEN_TOOL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "exit_code.h"

/* True if standard output is a terminal with colour, and NO_COLOR is unset or empty. */
bool output_has_colour(void);

/* Prints "name   value", with the values in one column. */
void output_fact(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Writes without stdio, whose buffers cannot be wiped. Returns 0, or -1 with errno set.
 */
int output_unbuffered(const char *buf, size_t len);

/*
 * Writes buf and a line end without stdio, and wipes buf, which must have room for one more byte.
 * Returns EXIT_UNUSABLE after reporting a failed write.
 */
enum exit_code output_secret(char *buf, size_t len);

/*
 * Flushes and closes standard output. Returns `code`, or EXIT_UNUSABLE after reporting that
 * something could not be written.
 */
enum exit_code output_finish(enum exit_code code);

#endif
