/* SPDX-License-Identifier: MIT */
#include "api/audit_api.h"

#include <string.h>

#include "api/admin_api.h"
#include "api/maintain.h"
#include "http/problem.h"
#include "http/query.h"
#include "http_number.h"

enum { CURSOR, LIMIT, ID, ACCOUNT, PARAMETERS };

static bool is_usable(const struct parameter *parameter) {
    return parameter->is_given && parameter->fault == FIELD_GOOD;
}

static void read_limit(struct parameter *given, uint32_t *ret_limit) {
    uint64_t limit = 0;
    if (is_usable(given) && !http_number(given->value, 1, APITOKEN_LIST_MAX, &limit))
        given->fault = FIELD_VALUE;
    *ret_limit = (uint32_t)limit;
}

/* The texts belong to the parameters. `count` leaves out those that only an administrator has. */
static bool read_parameters(struct request *request, struct parameter given[PARAMETERS],
                            size_t count, apitoken_audit_opts *opts) {
    struct field_errors errors = FIELD_ERRORS_NONE;
    query_read(request->connection, given, count, &errors);
    read_limit(&given[LIMIT], &opts->limit);
    if (is_usable(&given[ID]) && (given[ID].length == 0 || given[ID].length > APITOKEN_ID_MAX))
        given[ID].fault = FIELD_VALUE;
    if (is_usable(&given[ID])) {
        opts->id = given[ID].value;
        opts->id_len = (uint32_t)given[ID].length;
    }
    if (is_usable(&given[CURSOR])) {
        opts->cursor = given[CURSOR].value;
        opts->cursor_len = (uint32_t)given[CURSOR].length;
    }
    for (size_t i = 0; i < count; i++) field_errors_add(&errors, given[i].name, given[i].fault);
    if (!field_errors_any(&errors)) return true;
    problem_input(request, &errors);
    return false;
}

static void answer_audit(struct request *request, apitoken_store *store,
                         const apitoken_audit_opts *opts) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_audit_page *page = NULL;
    if (apitoken_audit(store, opts, &page, &err) != 0) {
        problem_library(request, &err);
        return;
    }
    http_answer_json(&request->answer, MHD_HTTP_OK, activity_page_json(page));
    apitoken_audit_page_free(page);
}

#define AUDIT_PARAMETERS                                                                           \
    {                                                                                              \
        [CURSOR] = { "cursor" }, [LIMIT] = { "limit" }, [ID] = { "id" }, [ACCOUNT] = { "account" } \
    }

void audit_own(struct request *request) {
    struct parameter given[PARAMETERS] = AUDIT_PARAMETERS;
    apitoken_audit_opts opts = APITOKEN_AUDIT_OPTS_INIT;
    if (!read_parameters(request, given, ACCOUNT, &opts)) return;
    opts.owner = request->session.account;
    opts.owner_len = ACCOUNT_ID_LEN;
    answer_audit(request, request->admin->tokens, &opts);
}

void audit_all(struct request *request) {
    struct parameter given[PARAMETERS] = AUDIT_PARAMETERS;
    apitoken_audit_opts opts = APITOKEN_AUDIT_OPTS_INIT;
    char owner[ACCOUNT_ID_LEN + 1] = "";
    enum db_result result = DB_OK;
    if (!admin_check(request) || !read_parameters(request, given, PARAMETERS, &opts)) return;
    if (given[ACCOUNT].is_given) {
        result = admin_find_owner(request, given[ACCOUNT].value, given[ACCOUNT].length, owner);
        opts.owner = owner;
        opts.owner_len = ACCOUNT_ID_LEN;
    }
    if (result == DB_OK)
        answer_audit(request, request->admin->overview, &opts);
    else if (result == DB_NOT_FOUND)
        http_answer_json(&request->answer, MHD_HTTP_OK,
                         json_pack("{s:[], s:n}", "records", "next"));
    else
        problem_unavailable(request);
}
