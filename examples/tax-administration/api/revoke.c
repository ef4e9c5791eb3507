/* SPDX-License-Identifier: MIT */
/* POST /api/v1/tokens/{id}/revoke and /unrevoke. */
#include <string.h>

#include "api/maintain.h"
#include "api/tokens_api.h"
#include "http/problem.h"

/* ---- input ----------------------------------------------------------------------------------- */

static void read_reason(json_t *value, apitoken_revoke_opts *opts, struct field_errors *errors) {
    if (!value || json_is_null(value)) return;
    if (!json_is_string(value)) {
        field_errors_add(errors, "reason", FIELD_TYPE);
        return;
    }
    opts->reason_len = (uint32_t)json_string_length(value);
    opts->reason = opts->reason_len ? json_string_value(value) : NULL;
}

/* The codes that an owner can give; the others are an administrator's. */
static void read_reason_code(json_t *value, apitoken_revoke_opts *opts,
                             struct field_errors *errors) {
    const char *text = json_string_value(value);
    if (!value || json_is_null(value)) return;
    if (!text)
        field_errors_add(errors, "reason_code", FIELD_TYPE);
    else if (strcmp(text, "superseded") == 0)
        opts->reason_code = APITOKEN_REASON_SUPERSEDED;
    else if (strcmp(text, "exposed") == 0)
        opts->reason_code = APITOKEN_REASON_EXPOSED;
    else
        field_errors_add(errors, "reason_code", FIELD_VALUE);
}

static bool read_revoke(struct request *request, apitoken_revoke_opts *opts) {
    static const char *const members[] = { "reason", "reason_code" };
    struct field_errors errors = FIELD_ERRORS_NONE;
    read_reason(json_object_get(request->input, "reason"), opts, &errors);
    read_reason_code(json_object_get(request->input, "reason_code"), opts, &errors);
    field_errors_add_unknown(&errors, request->input, members, 2);
    if (!field_errors_any(&errors)) return true;
    problem_input(request, &errors);
    return false;
}

/* ---- actions --------------------------------------------------------------------------------- */

static int revoke_in_store(struct request *request, const apitoken_revoke_opts *opts,
                           apitoken_error *err) {
    const char *owner = request->session.account, *id = request->route.id;
    return apitoken_revoke(request->admin->tokens, owner, strlen(owner), id, strlen(id), opts, err);
}

void token_revoke(struct request *request) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    apitoken_error err = APITOKEN_ERROR_INIT;
    if (!read_revoke(request, &opts)) return;
    opts.actor = request->session.name;
    opts.actor_len = (uint32_t)strlen(request->session.name);
    int rc = revoke_in_store(request, &opts, &err);
    if (rc == APITOKEN_E_FULL && opts.reason) {
        /* A full store keeps its last room for revokes without a reason. */
        opts.reason = NULL;
        opts.reason_len = 0;
        rc = revoke_in_store(request, &opts, &err);
    }
    if (rc != 0)
        problem_library(request, &err);
    else
        tokens_show(request);
}

/* A handle with APITOKEN_OPEN_ADMIN would undo it; the owner of the token must not. */
static bool was_ended_by_others(const apitoken_token *token) {
    int code = apitoken_token_reason_code(token);
    return code == APITOKEN_REASON_OWNER_GONE || code == APITOKEN_REASON_ADMINISTRATOR;
}

/* False with the answer set if the token is not the account's to bring back. */
static bool check_undo(struct request *request) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_token *token = NULL;
    if (tokens_find(request, request->route.id, &token, &err) != 0) {
        problem_library(request, &err);
        return false;
    }
    bool is_theirs = was_ended_by_others(token);
    apitoken_token_free(token);
    if (!is_theirs) return true;
    err.code = APITOKEN_E_ADMIN;
    problem_library(request, &err);
    return false;
}

void token_unrevoke(struct request *request) {
    const char *owner = request->session.account, *id = request->route.id;
    apitoken_unrevoke_opts opts = APITOKEN_UNREVOKE_OPTS_INIT;
    apitoken_error err = APITOKEN_ERROR_INIT;
    if (!check_undo(request)) return;
    opts.actor = request->session.name;
    opts.actor_len = (uint32_t)strlen(request->session.name);
    if (apitoken_unrevoke(request->admin->tokens, owner, strlen(owner), id, strlen(id), &opts,
                          &err) != 0)
        problem_library(request, &err);
    else
        tokens_show(request);
}
