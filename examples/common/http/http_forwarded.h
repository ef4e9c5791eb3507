/* SPDX-License-Identifier: MIT */
/* The fields Forwarded (RFC 7239) and X-Forwarded-For: which hops a request came through. */
#ifndef EXAMPLES_HTTP_FORWARDED_H
#define EXAMPLES_HTTP_FORWARDED_H

#include "http_peer.h"

#define HTTP_HOPS_MAX 64

struct http_hops {
    size_t count; /* the last one is the nearest */
    struct http_address hops[HTTP_HOPS_MAX];
};

/*
 * Adds what one field says. A hop without a valid address has the length 0. Returns false if the
 * field is malformed, or if the hops are too many.
 */
bool http_forwarded_read(const char *value, struct http_hops *hops);
bool http_x_forwarded_for_read(const char *value, struct http_hops *hops);

#endif
