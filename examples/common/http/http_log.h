/* SPDX-License-Identifier: MIT */
/*
 * Log lines with a time stamp on stderr, one write each.
 */
#ifndef EXAMPLES_HTTP_LOG_H
#define EXAMPLES_HTTP_LOG_H

/* The name that every line carries; static text. Call it before there are threads. */
void http_log_open(const char *program);

/* Never give it a token, nor text of a client that was not checked. */
void http_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
