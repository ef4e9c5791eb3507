/* SPDX-License-Identifier: MIT */
/* Words for people, on standard error: always one line, never a secret. */
#ifndef APITOKEN_TOOL_REPORT_H
#define APITOKEN_TOOL_REPORT_H

#include <apitoken/apitoken.h>

#include "exit_code.h"

/* Prints "apitoken: ..." with a line end. Control characters out of the arguments become '?'. */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for wrong usage. Gives EXIT_USAGE. */
enum exit_code report_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Says what the library said and gives the exit code for it. The line begins with the option that
 * it is about or else with `subject`: a file, or NULL if there is none.
 */
enum exit_code report_error(const char *subject, int code, const apitoken_error *err);

/* Gives EXIT_UNUSABLE. */
enum exit_code report_no_memory(void);

#endif
