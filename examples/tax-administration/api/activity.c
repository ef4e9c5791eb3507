/* SPDX-License-Identifier: MIT */
/* GET /api/v1/tokens/{id}/activity: what was done to a token, when and by whom. */
#include <string.h>

#include "api/maintain.h"
#include "api/tokens_api.h"
#include "audit_json.h"
#include "http/problem.h"
#include "http/query.h"
#include "http_number.h"

enum { CURSOR, LIMIT, PARAMETERS };

json_t *activity_page_json(const apitoken_audit_page *page) {
    bool has_more = apitoken_audit_page_has_more(page);
    const char *next = has_more ? apitoken_audit_page_cursor(page) : NULL;
    json_t *records = json_array();
    for (size_t i = 0; records && i < apitoken_audit_page_count(page); i++) {
        if (json_array_append_new(records, audit_to_json(apitoken_audit_page_at(page, i))) != 0) {
            json_decref(records);
            records = NULL;
        }
    }
    return records ? json_pack("{s:o, s:s?}", "records", records, "next", next) : NULL;
}

static void read_limit(struct parameter *given, uint32_t *ret_limit, struct field_errors *errors) {
    uint64_t limit = 0;
    if (given->is_given && given->fault == FIELD_GOOD &&
        !http_number(given->value, 1, APITOKEN_LIST_MAX, &limit))
        given->fault = FIELD_VALUE;
    field_errors_add(errors, "limit", given->fault);
    *ret_limit = (uint32_t)limit;
}

/* The text of the cursor belongs to the parameter. */
static bool read_parameters(struct request *request, struct parameter given[PARAMETERS],
                            apitoken_audit_opts *opts) {
    struct field_errors errors = FIELD_ERRORS_NONE;
    query_read(request->connection, given, PARAMETERS, &errors);
    field_errors_add(&errors, "cursor", given[CURSOR].fault);
    read_limit(&given[LIMIT], &opts->limit, &errors);
    if (given[CURSOR].is_given) {
        opts->cursor = given[CURSOR].value;
        opts->cursor_len = (uint32_t)given[CURSOR].length;
    }
    if (!field_errors_any(&errors)) return true;
    problem_input(request, &errors);
    return false;
}

/* The audit knows tokens that were removed; to their owner they are no more. */
static bool is_there(struct request *request, apitoken_error *err) {
    apitoken_token *token = NULL;
    if (tokens_find(request, request->route.id, &token, err) != 0) return false;
    apitoken_token_free(token);
    return true;
}

void token_activity(struct request *request) {
    struct parameter given[PARAMETERS] = { { .name = "cursor" }, { .name = "limit" } };
    apitoken_audit_opts opts = APITOKEN_AUDIT_OPTS_INIT;
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_audit_page *page = NULL;
    if (!read_parameters(request, given, &opts)) return;
    opts.owner = request->session.account;
    opts.owner_len = (uint32_t)strlen(request->session.account);
    opts.id = request->route.id;
    opts.id_len = (uint32_t)strlen(request->route.id);
    if (!is_there(request, &err) ||
        apitoken_audit(request->admin->tokens, &opts, &page, &err) != 0) {
        problem_library(request, &err);
        return;
    }
    http_answer_json(&request->answer, MHD_HTTP_OK, activity_page_json(page));
    apitoken_audit_page_free(page);
}
