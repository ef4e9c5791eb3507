/* SPDX-License-Identifier: MIT */
/*
 * What every host wants to know of a request before it looks at the content.
 */
#ifndef EXAMPLES_HTTP_REQUEST_H
#define EXAMPLES_HTTP_REQUEST_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The method, "?" if it is none that is known: it may be logged. Static text. */
const char *http_known_method(const char *method);

/* What follows the prefix, NULL if the path does not begin with it. */
const char *http_path_after(const char *path, const char *prefix);

/* How often a header occurs. */
size_t http_header_count(struct MHD_Connection *connection, const char *name);

/* The value of a header, NULL if it is missing. Belongs to the connection. */
const char *http_header(struct MHD_Connection *connection, const char *name);

#define HTTP_LENGTH_UNKNOWN UINT64_MAX

struct http_body {
    uint64_t declared;     /* Content-Length, 0 without a body, HTTP_LENGTH_UNKNOWN if chunked */
    bool expects_continue; /* the client waits for a word before it sends the body */
};

/*
 * How the body is tagged. False if that is ambiguous, which is how requests are smuggled past a
 * proxy (RFC 9112 section 6.3): answer 400 at once and read no further.
 */
bool http_body_framing(struct MHD_Connection *connection, struct http_body *ret_body);

/*
 * A body that is refused is swallowed up to this size, so that the client gets to read the answer;
 * a longer one is answered at once and the connection closed.
 */
#define HTTP_SWALLOW_MAX (UINT64_C(1) << 20)
bool http_body_answer_at_once(const struct http_body *body);

/*
 * Is a parameter of a media type acceptable? The name is compared without case by the callee; the
 * value is unquoted.
 */
typedef bool (*http_param_fn)(const char *name, const char *value);

/*
 * Is `value` (RFC 9110 section 8.3.1) this media type, and does `accept` say yes to each parameter?
 */
bool http_media_type_is(const char *value, const char *type, http_param_fn accept);

#endif
