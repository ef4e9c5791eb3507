/* SPDX-License-Identifier: MIT */
/*
 * The strict form of a request's head. libmicrohttpd forgives much of what lets two programs read
 * two different requests (RFC 9112 section 11), so the host looks at the bytes first.
 */
#ifndef EXAMPLES_HTTP_HEAD_H
#define EXAMPLES_HTTP_HEAD_H

#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX ((size_t)16 * 1024)

enum http_head_form {
    HTTP_HEAD_PART, /* its end has not arrived */
    HTTP_HEAD_GOOD,
    HTTP_HEAD_BAD,    /* 400 */
    HTTP_HEAD_LARGE,  /* 431: longer than HTTP_HEAD_MAX */
    HTTP_HEAD_VERSION /* 505: not HTTP/1.0 or HTTP/1.1 */
};

struct http_head {
    enum http_head_form form;
    size_t length;      /* of a good one, with the empty line that ends it */
    uint64_t body;      /* Content-Length; HTTP_LENGTH_UNKNOWN if chunked */
    const char *reason; /* what is wrong; static text */
};

/* Checks what has arrived of a connection, from the first byte of a request on. */
struct http_head http_head_check(const char *bytes, size_t length);

#endif
