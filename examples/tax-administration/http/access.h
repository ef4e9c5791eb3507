/* SPDX-License-Identifier: MIT */
/* Who may send a request: its origin (RFC 6454), its session cookie (RFC 6265), its CSRF token. */
#ifndef TAX_ADMINISTRATION_ACCESS_H
#define TAX_ADMINISTRATION_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "accounts/admin_db.h"
#include "http/request.h"

/* Each check returns true if all is well; otherwise it has set the answer. */

/* 421 for a name that is not this host's. */
bool access_check_host(struct request *request);
bool access_check_origin(struct request *request);
/*
 * Finds the session. Ends it if its account has been removed or has got a new password. Called
 * twice for a request with a body: before the body is read, and before the request is acted on.
 */
bool access_check_session(struct request *request);
bool access_check_csrf(struct request *request);

/*
 * Is the session's account still active, with the password it signed in with? DB_NOT_FOUND if
 * not. Sets no answer.
 */
enum db_result access_find_account(struct request *request);

/* Ends the session that the request's cookie names, if any. */
void access_end_session(struct request *request);

/*
 * Is this an origin as browsers send it? http or https, a host in lower case, a port unless it is
 * the default one, and nothing after it. Any other spelling would never equal a browser's.
 */
bool origin_is_valid(const char *text);
bool origin_is_https(const char *text);

/*
 * The value of a cookie; it points into the request's header and does not end in NUL. False if
 * there is none of that name, or more than one: another site under the same domain may have planted
 * one, and nothing tells which.
 */
bool cookie_find(struct MHD_Connection *connection, const char *name, const char **ret_value,
                 size_t *ret_length);

/*
 * Did this browser sign in under this name before? Its id is then in ret_id. The answer only
 * decides how long an attempt must wait.
 */
bool access_is_known_browser(const struct request *request, const char *name, size_t name_length,
                             unsigned char ret_id[KNOWN_BROWSER_ID_LEN]);

#define COOKIE_HEADER_CAP 192
/* The Set-Cookie value that sets the session cookie, or clears it if `value` is NULL. */
void cookie_session_header(char buf[COOKIE_HEADER_CAP], const char *value, bool is_https);
/* The Set-Cookie value that makes this a known browser. */
void cookie_known_browser_header(char buf[COOKIE_HEADER_CAP], const char *value, bool is_https);

#endif
