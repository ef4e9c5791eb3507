/* SPDX-License-Identifier: MIT */
#include "api/account_api.h"

#include <string.h>

#include "accounts/accounts.h"
#include "accounts/password.h"
#include "accounts/password_rules.h"
#include "api/session_api.h"
#include "clocks.h"
#include "http/access.h"
#include "http/problem.h"
#include "http_log.h"
#include "rfc3339.h"

/* ---- the password ---------------------------------------------------------------------------- */

/* The name is that of the session. */
struct change {
    struct credentials old;
    struct password_text new;
};

static void check_new(struct request *request, struct change *change, struct field_errors *errors) {
    const char *text = NULL;
    size_t length = 0;
    enum field_fault type = session_read_text(request->input, "new_password", &text, &length);
    field_errors_add(errors, "new_password", type);
    if (type != FIELD_GOOD) return;
    enum password_fault fault = password_check(text, length, request->session.name, &change->new);
    if (fault != PASSWORD_GOOD)
        field_errors_add_own(errors, "new_password", password_fault_code(fault),
                             password_fault_text(fault));
}

static bool read_change(struct request *request, struct change *ret) {
    static const char *const members[] = { "password", "new_password" };
    struct field_errors errors = FIELD_ERRORS_NONE;
    ret->old.name = request->session.name;
    ret->old.name_length = strlen(request->session.name);
    field_errors_add(&errors, "password",
                     session_read_text(request->input, "password", &ret->old.password,
                                       &ret->old.password_length));
    check_new(request, ret, &errors);
    field_errors_add_unknown(&errors, request->input, members, 2);
    if (!field_errors_any(&errors)) return true;
    problem_input(request, &errors);
    return false;
}

/*
 * All sessions end, and this browser gets a new one: whoever knows the cookie of the old one, or
 * its csrf, knows nothing of the new one.
 */
static void set_password(struct request *request, const struct account *old,
                         const struct password_text *new) {
    char verifier[PASSWORD_VERIFIER_CAP] = "";
    struct account account;
    if (!password_hash(new->bytes, new->length, verifier)) {
        http_log("cannot hash a password: out of memory");
        problem_unavailable(request);
        return;
    }
    enum db_result result = account_change_verifier(request->admin->db, old, verifier, &account);
    explicit_bzero(verifier, sizeof verifier);
    if (result == DB_OK) {
        (void)sessions_end_others(request->admin->sessions, account.id, NULL);
        session_begin(request, &account);
        explicit_bzero(&account, sizeof account);
    } else if (result == DB_NOT_FOUND) {
        problem_no_session(request); /* the account was changed meanwhile */
    } else {
        problem_unavailable(request);
    }
}

/* Whoever has taken over a session must not be able to guess the password by it. */
static void change_in_turn(struct request *request, const struct change *change) {
    struct account account;
    enum db_result result = DB_FAILED;
    unsigned char owner[KNOWN_BROWSER_ID_LEN];
    _Static_assert(sizeof owner <= ACCOUNT_ID_LEN, "a part of the id tells accounts apart");
    memcpy(owner, request->session.account, sizeof owner);
    if (!session_check_password(request, &change->old, owner, &account, &result)) return;
    if (result == DB_OK && strcmp(account.id, request->session.account) != 0)
        problem_no_session(request); /* the account was removed, and another has its name */
    else if (result == DB_OK)
        set_password(request, &account, &change->new);
    else if (result == DB_NOT_FOUND)
        problem(request, MHD_HTTP_FORBIDDEN, "PASSWORD", "The current password is wrong.");
    else
        problem_unavailable(request);
    explicit_bzero(&account, sizeof account);
}

void password_change(struct request *request) {
    struct change change = { .new = { .length = 0 } };
    if (read_change(request, &change)) change_in_turn(request, &change);
    explicit_bzero(&change, sizeof change);
}

/* ---- the sessions ---------------------------------------------------------------------------- */

static json_t *session_row(const struct session_facts *facts, bool is_current) {
    char begun[RFC3339_CAP], last[RFC3339_CAP];
    int64_t now_ms = wall_clock_ms(), now_s = boot_clock_seconds();
    rfc3339_format(now_ms - (now_s - facts->begun_s) * 1000, begun);
    rfc3339_format(now_ms - (now_s - facts->last_s) * 1000, last);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "id", facts->id, "created", begun,
                     "last_used", last, "address", facts->origin.address, "browser",
                     facts->origin.browser, "current", is_current);
}

void sessions_show(struct request *request) {
    struct session_facts facts[SESSIONS_OF_ACCOUNT_MAX];
    json_t *rows = json_array();
    size_t count = sessions_list(request->admin->sessions, request->session.account,
                                 boot_clock_seconds(), facts);
    for (size_t i = 0; rows && i < count; i++) {
        bool is_current = strcmp(facts[i].id, request->session.id) == 0;
        if (json_array_append_new(rows, session_row(&facts[i], is_current)) == 0) continue;
        json_decref(rows);
        rows = NULL;
    }
    http_answer_json(&request->answer, MHD_HTTP_OK,
                     rows ? json_pack("{s:o}", "sessions", rows) : NULL);
}

static void answer_ended(struct request *request) {
    http_answer_response(&request->answer, MHD_HTTP_NO_CONTENT,
                         MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT));
}

void sessions_end_elsewhere(struct request *request) {
    (void)sessions_end_others(request->admin->sessions, request->session.account,
                              request->session.id);
    answer_ended(request);
}

void sessions_end_by_id(struct request *request) {
    if (sessions_end_one(request->admin->sessions, request->session.account, request->route.id))
        answer_ended(request);
    else
        problem(request, MHD_HTTP_NOT_FOUND, "NO_SUCH_SESSION", "There is no such session.");
}
