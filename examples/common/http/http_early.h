/* SPDX-License-Identifier: MIT */
/*
 * An answer in the midst of a body. libmicrohttpd sends one before the body or after it, but not
 * in between, so the host writes it to the socket itself.
 */
#ifndef EXAMPLES_HTTP_EARLY_H
#define EXAMPLES_HTTP_EARLY_H

#include <stdbool.h>

#include "http_answer.h"

/*
 * Writes a JSON answer that says `Connection: close`; `has_body` is false for HEAD. Returns false
 * if not all of it could be written within some seconds, or if it is no JSON answer.
 */
bool http_early_write(int fd, const struct http_answer *answer, bool has_body);

#endif
