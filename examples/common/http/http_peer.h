/* SPDX-License-Identifier: MIT */
/* Who a client is: its address, also behind proxies that are trusted. */
#ifndef EXAMPLES_HTTP_PEER_H
#define EXAMPLES_HTTP_PEER_H

#include <microhttpd.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#define HTTP_PEER_MAX 16
#define HTTP_PROXIES_MAX 16

/* An address in network order. */
struct http_address {
    size_t length; /* 4, 16, or 0 = unknown */
    unsigned char bytes[HTTP_PEER_MAX];
};

/*
 * Parses "ADDR[,ADDR...]", the proxies whose fields Forwarded and X-Forwarded-For are believed.
 * Call it before any thread starts. False if one is no address, or if they are too many.
 */
bool http_peer_trust(const char *proxies);

struct http_address http_peer_of_socket(const struct sockaddr_in6 *peer);
bool http_peer_is_trusted(const struct http_address *address);

/*
 * Stores the address of the client: that of the connection, or, if that is a trusted proxy, the
 * last one in its fields that is not. Returns its length: 4, 16, or 0 if it cannot be known; then
 * nothing that asks for an address may be allowed.
 */
size_t http_peer(struct MHD_Connection *connection, unsigned char address[HTTP_PEER_MAX]);

#endif
