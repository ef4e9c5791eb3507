/* SPDX-License-Identifier: MIT */
#include "http_request.h"

#include <string.h>
#include <strings.h>

#include "http_number.h"

const char *http_known_method(const char *method) {
    static const char *const known[] = { "GET",    "HEAD",  "POST",    "PUT",
                                         "DELETE", "PATCH", "OPTIONS", "TRACE" };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(method, known[i]) == 0) return known[i];
    return "?";
}

const char *http_path(const char *target) {
    size_t skip = strncasecmp(target, "http://", 7) == 0    ? 7
                  : strncasecmp(target, "https://", 8) == 0 ? 8
                                                            : 0;
    if (skip == 0) return target;
    const char *path = strchr(target + skip, '/');
    return path ? path : "/";
}

const char *http_path_after(const char *path, const char *prefix) {
    size_t length = strlen(prefix);
    return strncmp(path, prefix, length) == 0 ? path + length : NULL;
}

int http_socket(struct MHD_Connection *connection) {
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

struct counter {
    const char *name;
    size_t count;
};

static enum MHD_Result count_header(void *ctx, enum MHD_ValueKind kind, const char *name,
                                    const char *value) {
    struct counter *counter = ctx;
    (void)kind;
    (void)value;
    if (strcasecmp(name, counter->name) == 0) counter->count++;
    return MHD_YES;
}

size_t http_header_count(struct MHD_Connection *connection, const char *name) {
    struct counter counter = { name, 0 };
    MHD_get_connection_values(connection, MHD_HEADER_KIND, count_header, &counter);
    return counter.count;
}

const char *http_header(struct MHD_Connection *connection, const char *name) {
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

bool http_body_framing(struct MHD_Connection *connection, struct http_body *ret_body) {
    const char *encoding = http_header(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING);
    const char *length = http_header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    const char *expect = http_header(connection, MHD_HTTP_HEADER_EXPECT);
    struct http_body body = { 0, expect && strcasecmp(expect, "100-continue") == 0 };
    if (encoding) {
        if (length || http_header_count(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING) != 1)
            return false;
        if (strcasecmp(encoding, "chunked") != 0) return false;
        body.declared = HTTP_LENGTH_UNKNOWN;
    } else if (length) {
        if (http_header_count(connection, MHD_HTTP_HEADER_CONTENT_LENGTH) != 1) return false;
        length += strspn(length, "0");
        if (*length && !http_number(length, 1, HTTP_LENGTH_UNKNOWN - 1, &body.declared))
            return false;
    }
    *ret_body = body;
    return true;
}

#define TOKEN_CHARS "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define PARAM_MAX 64 /* room for the name or value of any parameter that a host accepts */

/* Copies a token (RFC 9110 section 5.6.2). Returns the text after it, or NULL. */
static const char *take_token(const char *at, char *buf) {
    size_t length = strspn(at, TOKEN_CHARS);
    if (length == 0 || length >= PARAM_MAX) return NULL;
    memcpy(buf, at, length);
    buf[length] = '\0';
    return at + length;
}

/*
 * Copies a quoted string (RFC 9110 section 5.6.4) without its quotes. Returns the text after it, or
 * NULL.
 */
static const char *take_quoted(const char *at, char *buf) {
    size_t length = 0;
    for (at++; *at != '"'; at++) {
        if (*at == '\\') at++;
        if (!*at || length == PARAM_MAX - 1) return NULL;
        buf[length++] = *at;
    }
    buf[length] = '\0';
    return at + 1;
}

static const char *skip_blanks(const char *at) { return at + strspn(at, " \t"); }

/*
 * Checks one `;name=value`, which may be empty (RFC 9110 section 5.6.6). Returns the text after it,
 * or NULL.
 */
static const char *take_param(const char *at, http_param_fn accept) {
    char name[PARAM_MAX];
    char value[PARAM_MAX];
    at = skip_blanks(at + 1);
    if (*at == ';' || !*at) return at;
    at = take_token(at, name);
    if (!at || *at++ != '=') return NULL;
    at = *at == '"' ? take_quoted(at, value) : take_token(at, value);
    if (!at || !accept(name, value)) return NULL;
    return skip_blanks(at);
}

bool http_media_type_is(const char *value, const char *type, http_param_fn accept) {
    size_t length = strlen(type);
    if (!value) return false;
    value = skip_blanks(value);
    if (strncasecmp(value, type, length) != 0) return false;
    const char *at = skip_blanks(value + length);
    while (at && *at == ';') at = take_param(at, accept);
    return at && !*at;
}
