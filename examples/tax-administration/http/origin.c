/* SPDX-License-Identifier: MIT */
#include "http/origin.h"

#include <string.h>

#include "http_number.h"
#include "http_request.h"

#define HTTP "http://"
#define HTTPS "https://"
#define HOST_CHARS "abcdefghijklmnopqrstuvwxyz0123456789-._"
#define IPV6_CHARS "abcdef0123456789:."
#define HOST_MAX 253

bool origin_is_https(const char *text) { return http_path_after(text, HTTPS) != NULL; }

/* What follows the host, or NULL. */
static const char *skip_host(const char *at) {
    if (*at != '[') {
        size_t length = strspn(at, HOST_CHARS);
        return length == 0 || length > HOST_MAX ? NULL : at + length;
    }
    size_t length = strspn(at + 1, IPV6_CHARS);
    return length == 0 || at[1 + length] != ']' ? NULL : at + length + 2;
}

bool origin_is_valid(const char *text) {
    bool https = origin_is_https(text);
    const char *at = http_path_after(text, https ? HTTPS : HTTP);
    uint64_t port = 0;

    if (at) at = skip_host(at);
    if (!at) return false;
    if (!*at) return true;
    return *at == ':' && http_number(at + 1, 1, UINT16_MAX, &port) && port != (https ? 443 : 80);
}

bool origin_is_own(struct MHD_Connection *connection, const char *own) {
    size_t count = http_header_count(connection, MHD_HTTP_HEADER_ORIGIN);
    const char *given = http_header(connection, MHD_HTTP_HEADER_ORIGIN);

    if (count == 0) return true;
    if (count > 1 || !given) return false;
    if (own) return strcmp(given, own) == 0;
    const char *host = http_header(connection, MHD_HTTP_HEADER_HOST);
    const char *rest = http_path_after(given, HTTP);
    return host && rest && http_header_count(connection, MHD_HTTP_HEADER_HOST) == 1 &&
           strcmp(rest, host) == 0;
}
