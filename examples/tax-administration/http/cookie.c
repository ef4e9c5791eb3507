/* SPDX-License-Identifier: MIT */
#include "http/cookie.h"

#include <stdio.h>
#include <string.h>

#include "http_request.h"

const char *cookie_session_name(bool is_https) { return is_https ? "__Host-session" : "session"; }

bool cookie_find(struct MHD_Connection *connection, const char *name, const char **ret_value,
                 size_t *ret_length) {
    const char *at = http_header(connection, MHD_HTTP_HEADER_COOKIE);
    size_t length = strlen(name);
    size_t found = 0;

    if (!at || http_header_count(connection, MHD_HTTP_HEADER_COOKIE) != 1) return false;
    while (*at) {
        at += strspn(at, " \t;");
        size_t pair = strcspn(at, ";");
        if (pair > length && at[length] == '=' && strncmp(at, name, length) == 0) {
            found++;
            *ret_value = at + length + 1;
            *ret_length = pair - length - 1;
        }
        at += pair;
    }
    return found == 1;
}

void cookie_session_header(char buf[COOKIE_HEADER_CAP], const char *value, bool is_https) {
    snprintf(buf, COOKIE_HEADER_CAP, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s",
             cookie_session_name(is_https), value ? value : "", value ? "" : "; Max-Age=0",
             is_https ? "; Secure" : "");
}
