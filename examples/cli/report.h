/* SPDX-License-Identifier: MIT */
/* Messages on standard error: always one line each, never a secret. */
#ifndef APITOKEN_TOOL_REPORT_H
#define APITOKEN_TOOL_REPORT_H

#include <apitoken/apitoken.h>

#include "exit_code.h"

/* Prints "apitoken: ..." and a line end. Control characters in the text become '?'. */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for wrong usage. Returns EXIT_USAGE. */
enum exit_code report_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Reports an error of the library and returns its exit code. The line begins with the option that
 * caused the error, otherwise with `subject`: a file, or NULL.
 */
enum exit_code report_error(const char *subject, int code, const apitoken_error *err);

/* Returns EXIT_UNUSABLE. */
enum exit_code report_no_memory(void);

#endif
