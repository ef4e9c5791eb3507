/* SPDX-License-Identifier: MIT */
#include "api/session_api.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "accounts/accounts.h"
#include "accounts/password.h"
#include "accounts/password_rules.h"
#include "accounts/sign_in_gate.h"
#include "api/admin_api.h"
#include "clocks.h"
#include "http/access.h"
#include "http/problem.h"
#include "http/source.h"
#include "http_log.h"

#define DAY_CAP 11 /* YYYY-MM-DD and NUL */

/* ---- show ------------------------------------------------------------------------------------ */

static json_t *session_json(const struct request *request) {
    const struct admin *admin = request->admin;
    const struct session *session = &request->session;
    const char *policy = admin->facts.copy_policy == APITOKEN_COPY_ALWAYS ? "always" : "once";
    char day_text[DAY_CAP];
    int32_t day;
    /* Who cannot be told today's date can still list, copy and revoke. */
    bool has_day =
        admin_today(admin, &day) && apitoken_day_format(day, day_text, sizeof day_text, NULL) == 0;
    return json_pack("{s:s, s:s, s:s?, s:s, s:s, s:{s:i, s:i}, s:b, s:s?}", "name", session->name,
                     "csrf", session->csrf, "today", has_day ? day_text : NULL, "zone",
                     admin->facts.zone, "copy_policy", policy, "limits", "name", APITOKEN_NAME_MAX,
                     "description", APITOKEN_DESCRIPTION_MAX, "admin", admin_is_session(request),
                     "hub_url", admin->hub_url);
}

void session_show(struct request *request) {
    json_t *body = session_json(request);
    if (body)
        http_answer_json(&request->answer, MHD_HTTP_OK, body);
    else
        problem_internal(request, "cannot describe the session: out of memory");
}

/* ---- sign in --------------------------------------------------------------------------------- */

enum field_fault session_read_text(json_t *object, const char *name, const char **ret_text,
                                   size_t *ret_length) {
    json_t *value = json_object_get(object, name);
    if (!value) return FIELD_MISSING;
    if (!json_is_string(value)) return FIELD_TYPE;
    *ret_text = json_string_value(value);
    *ret_length = json_string_length(value);
    return FIELD_GOOD;
}

static bool read_credentials(struct request *request, struct credentials *ret) {
    static const char *const members[] = { "name", "password" };
    struct field_errors errors = FIELD_ERRORS_NONE;
    field_errors_add(&errors, "name",
                     session_read_text(request->input, "name", &ret->name, &ret->name_length));
    field_errors_add(
        &errors, "password",
        session_read_text(request->input, "password", &ret->password, &ret->password_length));
    field_errors_add_unknown(&errors, request->input, members, 2);
    if (!field_errors_any(&errors)) return true;
    problem_input(request, &errors);
    return false;
}

/* An unknown name costs the same work as a wrong password. DB_NOT_FOUND for both. */
static enum db_result check_password(struct admin *admin, const struct credentials *given,
                                     struct account *account) {
    enum db_result result = DB_NOT_FOUND;
    if (login_name_is_valid(given->name, given->name_length))
        result = account_by_name(admin->db, given->name, account);
    if (result != DB_OK && result != DB_NOT_FOUND) return result;
    bool is_there = result == DB_OK && account->state == ACCOUNT_ACTIVE;
    struct password_text plain = { .length = 0 };
    bool is_possible = password_normalize(given->password, given->password_length, &plain);
    const char *verifier = is_there && is_possible ? account->verifier : NULL;
    bool has_failed = false;
    bool is_right = password_verify(verifier, plain.bytes, plain.length, &has_failed);
    explicit_bzero(&plain, sizeof plain);
    if (!has_failed) return is_right ? DB_OK : DB_NOT_FOUND;
    http_log("cannot verify a password: out of memory");
    return DB_FAILED;
}

static void answer_too_many(struct request *request, unsigned retry_s) {
    char seconds[16];
    snprintf(seconds, sizeof seconds, "%u", retry_s);
    problem(request, MHD_HTTP_TOO_MANY_REQUESTS, "TOO_MANY",
            "Too many attempts to sign in. Try again later.");
    http_answer_header(&request->answer, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
}

static void answer_wrong(struct request *request) {
    problem(request, MHD_HTTP_UNAUTHORIZED, "SIGN_IN", "The name or the password is wrong.");
    http_answer_header(&request->answer, MHD_HTTP_HEADER_WWW_AUTHENTICATE, SIGN_IN_CHALLENGE);
}

/* From now on, strangers who guess at this name do not delay this browser. */
static void make_browser_known(struct request *request, const struct account *account) {
    const struct admin *admin = request->admin;
    char text[KNOWN_BROWSER_TEXT_LEN + 1];
    char header[COOKIE_HEADER_CAP];
    known_browser_make(admin->browser_key, account->name, wall_clock_ms() / 1000, text);
    cookie_known_browser_header(header, text, admin->is_https);
    http_answer_header(&request->answer, MHD_HTTP_HEADER_SET_COOKIE, header);
    explicit_bzero(text, sizeof text);
    explicit_bzero(header, sizeof header);
}

static struct session_origin origin_of(const struct request *request) {
    struct session_origin origin = { .address = "" };
    const struct source source = source_of(request);
    const char *browser = http_header(request->connection, MHD_HTTP_HEADER_USER_AGENT);
    if (source.length > 0)
        (void)inet_ntop(source.length == 4 ? AF_INET : AF_INET6, source.address, origin.address,
                        sizeof origin.address);
    for (size_t i = 0; browser && browser[i] && i < sizeof origin.browser - 1; i++)
        origin.browser[i] = browser[i] >= ' ' && browser[i] <= '~' ? browser[i] : '?';
    return origin;
}

void session_begin(struct request *request, const struct account *account) {
    struct admin *admin = request->admin;
    const struct session_origin origin = origin_of(request);
    char cookie[SESSION_COOKIE_LEN + 1];
    char header[COOKIE_HEADER_CAP];
    /* End the browser's old session, if any: its cookie is about to be replaced. */
    access_end_session(request);
    sessions_begin(admin->sessions, account, &origin, boot_clock_seconds(), cookie);
    if (sessions_find(admin->sessions, cookie, SESSION_COOKIE_LEN, boot_clock_seconds(),
                      &request->session)) {
        session_show(request);
        cookie_session_header(header, cookie, admin->is_https);
        if (request->answer.status == MHD_HTTP_OK) {
            http_answer_header(&request->answer, MHD_HTTP_HEADER_SET_COOKIE, header);
            make_browser_known(request, account);
        }
    } else {
        problem_no_session(request); /* it has ended already */
    }
    explicit_bzero(cookie, sizeof cookie);
    explicit_bzero(header, sizeof header);
}

bool session_check_password(struct request *request, const struct credentials *given,
                            const unsigned char *browser, struct account *account,
                            enum db_result *ret_result) {
    struct sign_in_gate *gate = request->admin->gate;
    const struct source source = source_of(request);
    const struct sign_in_who who = { given->name, given->name_length, source.address, source.length,
                                     browser };
    struct sign_in_attempt attempt;
    unsigned retry_s = 0;
    if (!sign_in_gate_enter(gate, &who, &attempt, &retry_s)) {
        answer_too_many(request, retry_s);
        return false;
    }
    *ret_result = check_password(request->admin, given, account);
    sign_in_gate_leave(gate, &attempt,
                       *ret_result == DB_OK          ? SIGN_IN_RIGHT
                       : *ret_result == DB_NOT_FOUND ? SIGN_IN_WRONG
                                                     : SIGN_IN_NOT_KNOWN);
    return true;
}

void session_sign_in(struct request *request) {
    struct credentials given = { NULL, 0, NULL, 0 };
    struct account account;
    enum db_result result = DB_FAILED;
    unsigned char id[KNOWN_BROWSER_ID_LEN];
    if (!read_credentials(request, &given)) return;
    bool is_known = access_is_known_browser(request, given.name, given.name_length, id);
    if (!session_check_password(request, &given, is_known ? id : NULL, &account, &result)) return;
    if (result == DB_OK)
        session_begin(request, &account);
    else if (result == DB_NOT_FOUND)
        answer_wrong(request);
    else
        problem_unavailable(request);
    explicit_bzero(&account, sizeof account);
}

/* ---- sign out -------------------------------------------------------------------------------- */

void session_sign_out(struct request *request) {
    char header[COOKIE_HEADER_CAP];
    access_end_session(request);
    http_answer_response(&request->answer, MHD_HTTP_NO_CONTENT,
                         MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT));
    cookie_session_header(header, NULL, request->admin->is_https);
    http_answer_header(&request->answer, MHD_HTTP_HEADER_SET_COOKIE, header);
}
