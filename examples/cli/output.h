/* SPDX-License-Identifier: MIT */
/* What goes to standard output. */
#ifndef APITOKEN_TOOL_OUTPUT_H
#define APITOKEN_TOOL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "exit_code.h"

/* True if colour is wanted: a terminal that can show it, and NO_COLOR unset or empty. */
bool output_has_colour(void);

/* "name   value", with the values below each other. */
void output_fact(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes all of it past stdio, whose buffer cannot be wiped: 0, or -1 and errno. */
int output_all(const char *buf, size_t len);

/*
 * Writes buf, which has room for one more byte, with a line end past stdio, whose buffer cannot be
 * wiped, and wipes buf. EXIT_UNUSABLE after saying so if it could not be written.
 */
enum exit_code output_secret(char *buf, size_t len);

/*
 * Flushes; gives `code`, or EXIT_UNUSABLE after saying so if something was not written, such as on
 * a full disk.
 */
enum exit_code output_finish(enum exit_code code);

#endif
