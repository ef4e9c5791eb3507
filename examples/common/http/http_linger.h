/* SPDX-License-Identifier: MIT */
/* Closing a connection whose client still sends, so that it gets to read its answer. */
#ifndef EXAMPLES_HTTP_LINGER_H
#define EXAMPLES_HTTP_LINGER_H

#include <stdatomic.h>
#include <stdbool.h>

/*
 * If a socket is closed while bytes arrive, the system sends a reset, which destroys an answer that
 * the client has not read yet. This ends the host's own direction, then reads on and discards,
 * within bounds of bytes and time, until the client closes (RFC 9112 section 9.6). The bounds are
 * narrow once *is_stopping. Returns false if the client reset the connection.
 */
bool http_linger(int fd, const atomic_bool *is_stopping);

#endif
