/* SPDX-License-Identifier: MIT */
/* The listening socket, and the line that announces its address. */
#ifndef EXAMPLES_HTTP_LISTEN_H
#define EXAMPLES_HTTP_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#define HTTP_LOOPBACK "127.0.0.1"

/* True for an IPv4 or IPv6 address, false for a host name. */
bool http_is_numeric_address(const char *address);

/*
 * Listens on a numeric IPv4 or IPv6 address; port 0 picks a free port. Returns the socket, or -1
 * after logging why.
 */
int http_listen(const char *address, uint16_t port);

/*
 * Prints `listening on http://ADDR:PORT` on standard output and flushes it. Returns 0, or -1 after
 * logging why.
 */
int http_announce(int socket_fd);

#endif
