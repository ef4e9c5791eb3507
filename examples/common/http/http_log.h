/* SPDX-License-Identifier: MIT */
/* Log lines with a time stamp on standard error, one write() each. */
#ifndef EXAMPLES_HTTP_LOG_H
#define EXAMPLES_HTTP_LOG_H

/* Sets the name in every line, a static text. Call it before any thread starts. */
void http_log_open(const char *program);

/* Never log a token, nor unchecked text of a client. */
void http_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
