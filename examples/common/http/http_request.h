/* SPDX-License-Identifier: MIT */
/* What every host needs to know about a request before it reads the body. */
#ifndef EXAMPLES_HTTP_REQUEST_H
#define EXAMPLES_HTTP_REQUEST_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http_peer.h"

/* A static copy of the method, "?" for an unknown one, so that it may be logged. */
const char *http_known_method(const char *method);

/* The path of a target that may be in absolute form (RFC 9112 section 3.2.2). */
const char *http_path(const char *target);

/* The path after the prefix, NULL if the path does not begin with it. */
const char *http_path_after(const char *path, const char *prefix);

/* How often a header occurs. */
size_t http_header_count(struct MHD_Connection *connection, const char *name);

/* The value of a header, NULL if it is missing. It lives as long as the connection. */
const char *http_header(struct MHD_Connection *connection, const char *name);

/* The descriptor of a connection. */
int http_socket(struct MHD_Connection *connection);

#define HTTP_LENGTH_UNKNOWN UINT64_MAX

struct http_body {
    uint64_t declared;     /* Content-Length, 0 without a body, HTTP_LENGTH_UNKNOWN if chunked */
    bool expects_continue; /* the client waits for 100 Continue before it sends the body */
};

/*
 * Reads how long the body is. Returns false if that is ambiguous, which lets requests be smuggled
 * past a proxy (RFC 9112 section 6.3): answer 400 at once and read no further.
 */
bool http_body_framing(struct MHD_Connection *connection, struct http_body *ret_body);

/* A body without a meaning, such as that of a GET, is read up to this size; a longer one is 413. */
#define HTTP_IGNORED_MAX (UINT64_C(64) << 10)

/*
 * Decides whether a parameter of a media type is acceptable. The name may be in any case; the value
 * has no quotes.
 */
typedef bool (*http_param_fn)(const char *name, const char *value);

/*
 * True if `value` (RFC 9110 section 8.3.1) is this media type and `accept` returns true for each
 * parameter.
 */
bool http_media_type_is(const char *value, const char *type, http_param_fn accept);

#endif
