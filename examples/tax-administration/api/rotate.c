/* SPDX-License-Identifier: MIT */
/* POST /api/v1/tokens/{id}/rotate: a new secret, while the old one stays valid for some time. */
#include <string.h>

#include "api/maintain.h"
#include "api/token_fields.h"
#include "api/tokens_api.h"
#include "http/problem.h"
#include "token_json.h"

#define MS_PER_S 1000

/* ---- input ----------------------------------------------------------------------------------- */

static void read_grace(json_t *value, int64_t *ret_ms, struct field_errors *errors) {
    json_int_t seconds = json_integer_value(value);
    if (!json_is_integer(value))
        field_errors_add(errors, "grace", value ? FIELD_TYPE : FIELD_MISSING);
    else if (seconds < 0 || seconds > APITOKEN_GRACE_MAX_MS / MS_PER_S)
        field_errors_add_code(errors, "grace", APITOKEN_E_GRACE, "");
    else
        *ret_ms = seconds * MS_PER_S;
}

/* What becomes of an older secret that is still valid. */
static void read_older(json_t *value, uint32_t *flags, struct field_errors *errors) {
    const char *text = json_string_value(value);
    if (!value || json_is_null(value)) return;
    if (!text)
        field_errors_add(errors, "older", FIELD_TYPE);
    else if (strcmp(text, "drop") == 0)
        *flags |= APITOKEN_ROTATE_DROP_OLDER;
    else if (strcmp(text, "keep") == 0)
        *flags |= APITOKEN_ROTATE_KEEP_OLDER;
    else
        field_errors_add(errors, "older", FIELD_VALUE);
}

/* The revision is required: a request that is sent twice must not rotate twice. */
static bool read_rotate(struct request *request, apitoken_rotate_opts *opts) {
    static const char *const members[] = { "grace", "older", "revision" };
    struct field_errors errors = FIELD_ERRORS_NONE;
    json_t *revision = json_object_get(request->input, "revision");
    read_grace(json_object_get(request->input, "grace"), &opts->grace_ms, &errors);
    read_older(json_object_get(request->input, "older"), &opts->flags, &errors);
    if (!revision) field_errors_add(&errors, "revision", FIELD_MISSING);
    token_fields_revision(revision, &opts->revision, &errors);
    field_errors_add_unknown(&errors, request->input, members, 3);
    if (!field_errors_any(&errors)) return true;
    problem_input(request, &errors);
    return false;
}

/* ---- action ---------------------------------------------------------------------------------- */

static void answer_rotated(struct request *request, const apitoken_secret *secret) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_token *token = NULL;
    if (tokens_find(request, request->route.id, &token, &err) != 0) {
        problem_library(request, &err);
        return;
    }
    http_answer_json(&request->answer, MHD_HTTP_OK,
                     tokens_add_text(token_to_json(token), request, secret));
    apitoken_token_free(token);
}

void token_rotate(struct request *request) {
    const char *owner = request->session.account, *id = request->route.id;
    apitoken_rotate_opts opts = APITOKEN_ROTATE_OPTS_INIT;
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_secret *secret = NULL;
    if (!read_rotate(request, &opts)) return;
    opts.actor = request->session.name;
    opts.actor_len = (uint32_t)strlen(request->session.name);
    if (apitoken_rotate(request->admin->tokens, owner, strlen(owner), id, strlen(id), &opts,
                        &secret, &err) != 0) {
        problem_library(request, &err);
        return;
    }
    answer_rotated(request, secret);
    apitoken_secret_free(secret);
}
