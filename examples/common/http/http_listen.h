/* SPDX-License-Identifier: MIT */
/*
 * The listening socket and the line that tells its address.
 */
#ifndef EXAMPLES_HTTP_LISTEN_H
#define EXAMPLES_HTTP_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#define HTTP_LOOPBACK "127.0.0.1"

/* An IPv4 or IPv6 address, no name. */
bool http_is_numeric_address(const char *address);

/*
 * Listens on a numeric IPv4 or IPv6 address; port 0 takes a free one. The socket, or -1 after
 * saying why in the log.
 */
int http_listen(const char *address, uint16_t port);

/*
 * Prints `listening on http://ADDR:PORT` on stdout and flushes it. 0, or -1 after saying why in the
 * log.
 */
int http_announce(int socket_fd);

#endif
