/* SPDX-License-Identifier: MIT */
#include "http/access.h"

#include <stdio.h>
#include <string.h>

#include "accounts/accounts.h"
#include "accounts/sessions.h"
#include "clocks.h"
#include "http/host_name.h"
#include "http/problem.h"
#include "http_number.h"
#include "http_request.h"

#define CSRF_HEADER "X-CSRF-Token"
#define HTTP "http://"
#define HTTPS "https://"
#define HOST_CHARS "abcdefghijklmnopqrstuvwxyz0123456789-._"
#define IPV6_CHARS "abcdef0123456789:."
#define HOST_MAX 253

/* ---- origin ---------------------------------------------------------------------------------- */

bool origin_is_https(const char *text) { return http_path_after(text, HTTPS) != NULL; }

/* What follows the host; NULL if there is no valid host. */
static const char *skip_host(const char *at) {
    if (*at != '[') {
        size_t length = strspn(at, HOST_CHARS);
        return length == 0 || length > HOST_MAX ? NULL : at + length;
    }
    size_t length = strspn(at + 1, IPV6_CHARS);
    return length == 0 || at[1 + length] != ']' ? NULL : at + length + 2;
}

bool origin_is_valid(const char *text) {
    bool is_https = origin_is_https(text);
    const char *at = http_path_after(text, is_https ? HTTPS : HTTP);
    uint64_t port = 0;
    if (at) at = skip_host(at);
    if (!at) return false;
    if (!*at) return true;
    return *at == ':' && http_number(at + 1, 1, UINT16_MAX, &port) && port != (is_https ? 443 : 80);
}

/* Without --origin, the host's own origin is http:// followed by the Host header. */
static bool is_own_origin(struct MHD_Connection *connection, const char *own) {
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

bool access_check_host(struct request *request) {
    struct MHD_Connection *connection = request->connection;
    if (http_header_count(connection, MHD_HTTP_HEADER_HOST) == 1 &&
        host_name_is_own(http_header(connection, MHD_HTTP_HEADER_HOST), request->admin->origin))
        return true;
    problem(request, MHD_HTTP_MISDIRECTED_REQUEST, "HOST",
            "This host is not known by that name. Its operator can tell it with --origin.");
    return false;
}

bool access_check_origin(struct request *request) {
    if (is_own_origin(request->connection, request->admin->origin)) return true;
    problem(request, MHD_HTTP_FORBIDDEN, "ORIGIN", "The request comes from another site.");
    return false;
}

/* ---- cookies --------------------------------------------------------------------------------- */

/* Browsers let no other host of the domain set a __Host- cookie (RFC 6265bis section 4.1.3.2). */
static const char *session_cookie_name(bool is_https) {
    return is_https ? "__Host-session" : "session";
}

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
             session_cookie_name(is_https), value ? value : "", value ? "" : "; Max-Age=0",
             is_https ? "; Secure" : "");
}

static const char *known_cookie_name(bool is_https) { return is_https ? "__Host-known" : "known"; }

void cookie_known_browser_header(char buf[COOKIE_HEADER_CAP], const char *value, bool is_https) {
    snprintf(buf, COOKIE_HEADER_CAP, "%s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s",
             known_cookie_name(is_https), value, KNOWN_BROWSER_DAYS * 24 * 60 * 60,
             is_https ? "; Secure" : "");
}

bool access_is_known_browser(const struct request *request, const char *name, size_t name_length,
                             unsigned char ret_id[KNOWN_BROWSER_ID_LEN]) {
    const struct admin *admin = request->admin;
    struct known_browser_claim claim = { .name = name, .name_length = name_length };
    return cookie_find(request->connection, known_cookie_name(admin->is_https), &claim.text,
                       &claim.text_length) &&
           known_browser_check(admin->browser_key, &claim, wall_clock_ms() / 1000, ret_id);
}

/* ---- session --------------------------------------------------------------------------------- */

static bool find_session_cookie(const struct request *request, const char **ret_cookie,
                                size_t *ret_length) {
    return cookie_find(request->connection, session_cookie_name(request->admin->is_https),
                       ret_cookie, ret_length);
}

void access_end_session(struct request *request) {
    const char *cookie = NULL;
    size_t length = 0;
    if (find_session_cookie(request, &cookie, &length))
        sessions_end(request->admin->sessions, cookie, length);
}

enum db_result access_find_account(struct request *request) {
    struct account account;
    enum db_result result = account_by_id(request->admin->db, request->session.account, &account);
    if (result == DB_OK && (account.state != ACCOUNT_ACTIVE ||
                            account.password_version != request->session.password_version))
        result = DB_NOT_FOUND;
    explicit_bzero(&account, sizeof account);
    return result;
}

bool access_check_session(struct request *request) {
    const char *cookie = NULL;
    size_t length = 0;
    if (!find_session_cookie(request, &cookie, &length) ||
        !sessions_find(request->admin->sessions, cookie, length, boot_clock_seconds(),
                       &request->session)) {
        problem_no_session(request);
        return false;
    }
    enum db_result result = access_find_account(request);
    if (result == DB_OK) return true;
    if (result == DB_NOT_FOUND) {
        sessions_end(request->admin->sessions, cookie, length);
        problem_no_session(request);
    } else {
        problem_unavailable(request);
    }
    return false;
}

bool access_check_csrf(struct request *request) {
    if (http_header_count(request->connection, CSRF_HEADER) == 1 &&
        session_csrf_is(&request->session, http_header(request->connection, CSRF_HEADER)))
        return true;
    problem(request, MHD_HTTP_FORBIDDEN, "CSRF",
            "Send the session's csrf in the header " CSRF_HEADER ".");
    return false;
}
