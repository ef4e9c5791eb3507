/* SPDX-License-Identifier: MIT */
#include "http/access.h"

#include <string.h>

#include "accounts/accounts.h"
#include "clocks.h"
#include "http/cookie.h"
#include "http/origin.h"
#include "http/problem.h"

#define CSRF_HEADER "X-CSRF-Token"

bool access_check_origin(struct request *request) {
    if (origin_is_own(request->connection, request->admin->origin)) return true;
    problem(request, MHD_HTTP_FORBIDDEN, "ORIGIN", "The request comes from another site.");
    return false;
}

static bool find_cookie(const struct request *request, const char **ret_cookie,
                        size_t *ret_length) {
    return cookie_find(request->connection, cookie_session_name(request->admin->is_https),
                       ret_cookie, ret_length);
}

void access_end_session(struct request *request) {
    const char *cookie = NULL;
    size_t length = 0;

    if (find_cookie(request, &cookie, &length))
        sessions_end(request->admin->sessions, cookie, length);
}

enum db_result access_account(struct request *request) {
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

    if (!find_cookie(request, &cookie, &length) ||
        !sessions_find(request->admin->sessions, cookie, length, seconds_running(),
                       &request->session)) {
        problem_no_session(request);
        return false;
    }
    enum db_result result = access_account(request);
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
            "The session's csrf must stand in " CSRF_HEADER ".");
    return false;
}
