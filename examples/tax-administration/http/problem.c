/* SPDX-License-Identifier: MIT */
#include "http/problem.h"

#include <string.h>

#include "http_log.h"

static void problem_with(struct request *request, unsigned status, const char *code,
                         const char *detail, json_t *members) {
    request->code = code;
    if (members && json_object_set_new(members, "code", json_string(code)) != 0) {
        json_decref(members);
        members = NULL;
    }
    if (members)
        http_answer_problem_with(&request->answer, status, detail, members);
    else
        http_answer_response(&request->answer, status, NULL);
}

void problem(struct request *request, unsigned status, const char *code, const char *detail) {
    problem_with(request, status, code, detail, json_object());
}

void problem_input(struct request *request, struct field_errors *errors) {
    json_t *members = errors->is_short_of_memory ? NULL : json_object();
    if (members && json_object_set(members, "errors", errors->list) != 0) {
        json_decref(members);
        members = NULL;
    }
    field_errors_clear(errors);
    problem_with(request, MHD_HTTP_UNPROCESSABLE_CONTENT, "INPUT", "The request has errors.",
                 members);
}

void problem_no_session(struct request *request) {
    problem(request, MHD_HTTP_UNAUTHORIZED, "NO_SESSION", "Sign in first.");
    http_answer_header(&request->answer, MHD_HTTP_HEADER_WWW_AUTHENTICATE, SIGN_IN_CHALLENGE);
}

void problem_internal(struct request *request, const char *what) {
    http_log("%s", what);
    problem(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "INTERNAL", "An internal error occurred.");
}

void problem_unavailable(struct request *request) {
    problem(request, MHD_HTTP_SERVICE_UNAVAILABLE, "UNAVAILABLE",
            "The accounts are unavailable. Try again later.");
}

static void problem_field(struct request *request, const char *field, const apitoken_error *err) {
    struct field_errors errors = FIELD_ERRORS_NONE;
    field_errors_add_code(&errors, field, err->code, err->text);
    problem_input(request, &errors);
}

/* The library's text may name files, so it goes to the log; the client gets the general text. */
static void problem_of_store(struct request *request, unsigned status, const apitoken_error *err) {
    http_log("token store: %s: %s%s%s%s%s", apitoken_error_name(err->code), err->text,
             *err->id ? ": id=" : "", err->id, err->os_code > 0 ? ": " : "",
             err->os_code > 0 ? strerror(err->os_code) : "");
    problem(request, status, apitoken_error_name(err->code), apitoken_error_text(err->code));
}

/* What the token or its owner is does not allow it. */
static bool is_conflict(int code) {
    switch (code) {
    case APITOKEN_E_NOT_COPYABLE:
    case APITOKEN_E_COPY_REVOKED:
    case APITOKEN_E_OWNER_BLOCKED:
    case APITOKEN_E_REVISION:
    case APITOKEN_E_CHANGE_REVOKED:
    case APITOKEN_E_CHANGE_EXPIRED:
    case APITOKEN_E_ROTATING:
    case APITOKEN_E_LIVE_LIMIT:
    case APITOKEN_E_UNDO:
    /* Only an administrator may undo this revoke. */
    case APITOKEN_E_ADMIN: return true;
    default: return false;
    }
}

/* A field of the request is wrong. */
static bool is_of_field(int code) {
    switch (code) {
    case APITOKEN_E_NAME:
    case APITOKEN_E_DESCRIPTION:
    case APITOKEN_E_DAY:
    case APITOKEN_E_EXPIRY:
    case APITOKEN_E_EXPIRY_PAST:
    case APITOKEN_E_LIFETIME:
    case APITOKEN_E_INTERFACES:
    case APITOKEN_E_NETWORKS:
    case APITOKEN_E_REASON:
    case APITOKEN_E_GRACE:
    case APITOKEN_E_CURSOR: return true;
    default: return false;
    }
}

void problem_library(struct request *request, const apitoken_error *err) {
    const char *name = apitoken_error_name(err->code), *text = apitoken_error_text(err->code);
    bool has_failed = apitoken_error_class(err->code) == APITOKEN_CLASS_FAILED;
    if (err->code == APITOKEN_E_ID || err->code == APITOKEN_E_NOT_FOUND)
        problem(request, MHD_HTTP_NOT_FOUND, "APITOKEN_E_NOT_FOUND",
                apitoken_error_text(APITOKEN_E_NOT_FOUND));
    else if (is_conflict(err->code))
        problem(request, MHD_HTTP_CONFLICT, name, text);
    else if (is_of_field(err->code) && field_name_of_error(err))
        problem_field(request, field_name_of_error(err), err);
    else
        problem_of_store(request,
                         has_failed ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_INTERNAL_SERVER_ERROR,
                         err);
}
