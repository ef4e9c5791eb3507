/* SPDX-License-Identifier: MIT */
#include "api/tokens_api.h"

#include <stdio.h>
#include <string.h>

#include "http/problem.h"
#include "http/query.h"
#include "http_number.h"
#include "token_json.h"

/* The owner passed to the library is never anybody else, so no other account's tokens are found. */
static const char *owner_of(const struct request *request) { return request->session.account; }

static void confirm_id(struct request *request, const char *id) {
    snprintf(request->token_id, sizeof request->token_id, "%s", id);
}

int tokens_find(struct request *request, const char *id, apitoken_token **ret_token,
                apitoken_error *err) {
    const char *owner = owner_of(request);
    int rc = apitoken_show(request->admin->tokens, owner, strlen(owner), id, strlen(id), NULL,
                           ret_token, err);
    if (rc == 0) confirm_id(request, id);
    return rc;
}

/* ---- list ------------------------------------------------------------------------------------ */

enum { CURSOR, LIMIT, STATE, PARAMETERS };

/* One or more states, separated by commas. */
static enum field_fault read_states(const char *text, uint32_t *ret_states) {
    uint32_t states = 0;
    for (;; text++) {
        size_t length = strcspn(text, ",");
        uint32_t found = token_state_of_name(text, length);
        if (found == 0) return FIELD_VALUE;
        states |= found;
        text += length;
        if (!*text) break;
    }
    *ret_states = states;
    return FIELD_GOOD;
}

static enum field_fault read_limit(const char *text, uint32_t *ret_limit) {
    uint64_t limit = 0;
    if (!http_number(text, 1, UINT32_MAX, &limit)) return FIELD_VALUE;
    *ret_limit = (uint32_t)limit;
    return FIELD_GOOD;
}

static bool is_usable(const struct parameter *parameter) {
    return parameter->is_given && parameter->fault == FIELD_GOOD;
}

/* The text of the cursor belongs to the parameter. */
static apitoken_list_opts list_opts(struct parameter given[PARAMETERS]) {
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    if (is_usable(&given[LIMIT])) given[LIMIT].fault = read_limit(given[LIMIT].value, &opts.limit);
    if (is_usable(&given[STATE]))
        given[STATE].fault = read_states(given[STATE].value, &opts.states);
    if (is_usable(&given[CURSOR])) {
        opts.cursor = given[CURSOR].value;
        opts.cursor_len = (uint32_t)given[CURSOR].length;
    }
    return opts;
}

static int list_tokens(struct request *request, const apitoken_list_opts *opts,
                       apitoken_page **ret_page, apitoken_error *err) {
    const char *owner = owner_of(request);
    return apitoken_list(request->admin->tokens, owner, strlen(owner), opts, ret_page, err);
}

/* Asks the library about these options: 0 or the error code. */
static int probe_option(struct request *request, const apitoken_list_opts *opts) {
    apitoken_page *page = NULL;
    int rc = list_tokens(request, opts, &page, NULL);
    if (rc == 0) apitoken_page_free(page);
    return rc;
}

static int cursor_code(struct request *request, const apitoken_list_opts *opts) {
    apitoken_list_opts alone = APITOKEN_LIST_OPTS_INIT;
    alone.limit = 1;
    alone.cursor = opts->cursor;
    alone.cursor_len = opts->cursor_len;
    return probe_option(request, &alone) == APITOKEN_E_CURSOR ? APITOKEN_E_CURSOR : 0;
}

/* False if a parameter is wrong; then the answer lists each. */
static bool check_parameters(struct request *request, const struct parameter given[PARAMETERS],
                             const apitoken_list_opts *opts, const struct field_errors *unknown) {
    struct field_errors errors = FIELD_ERRORS_NONE;
    json_t *list = unknown->list;
    field_errors_add(&errors, "cursor", given[CURSOR].fault);
    if (is_usable(&given[CURSOR]))
        field_errors_add_code(&errors, "cursor", cursor_code(request, opts), "");
    field_errors_add(&errors, "limit", given[LIMIT].fault);
    if (opts->limit > APITOKEN_LIST_MAX)
        field_errors_add_code(&errors, "limit", APITOKEN_E_LIMIT, "");
    field_errors_add(&errors, "state", given[STATE].fault);
    for (size_t i = 0; i < json_array_size(list); i++)
        field_errors_add(&errors,
                         json_string_value(json_object_get(json_array_get(list, i), "field")),
                         FIELD_UNKNOWN);
    if (!field_errors_any(&errors) && !unknown->is_short_of_memory) return true;
    problem_input(request, &errors);
    return false;
}

static json_t *page_json(const apitoken_page *page) {
    const char *next = apitoken_page_cursor(page);
    json_t *tokens = json_array();
    for (size_t i = 0; tokens && i < apitoken_page_count(page); i++) {
        if (json_array_append_new(tokens, token_to_json(apitoken_page_at(page, i))) != 0) {
            json_decref(tokens);
            tokens = NULL;
        }
    }
    return tokens ? json_pack("{s:o, s:s?}", "tokens", tokens, "next", next) : NULL;
}

void tokens_list(struct request *request) {
    struct parameter given[PARAMETERS] = {
        [CURSOR] = { "cursor" }, [LIMIT] = { "limit" }, [STATE] = { "state" }
    };
    struct field_errors unknown = FIELD_ERRORS_NONE;
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_page *page = NULL;
    query_read(request->connection, given, PARAMETERS, &unknown);
    apitoken_list_opts opts = list_opts(given);
    bool is_fine = check_parameters(request, given, &opts, &unknown);
    field_errors_clear(&unknown);
    if (!is_fine) return;
    if (list_tokens(request, &opts, &page, &err) != 0) {
        problem_library(request, &err);
        return;
    }
    http_answer_json(&request->answer, MHD_HTTP_OK, page_json(page));
    apitoken_page_free(page);
}

/* ---- one ------------------------------------------------------------------------------------- */

void tokens_show(struct request *request) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_token *token = NULL;
    if (tokens_find(request, request->route.id, &token, &err) != 0) {
        problem_library(request, &err);
        return;
    }
    http_answer_json(&request->answer, MHD_HTTP_OK, token_to_json(token));
    apitoken_token_free(token);
}

void tokens_copy(struct request *request) {
    const char *owner = owner_of(request), *id = request->route.id;
    apitoken_error err = APITOKEN_ERROR_INIT;
    char text[APITOKEN_FORMAT_MAX];
    size_t length = 0;
    int rc = apitoken_copy(request->admin->tokens, owner, strlen(owner), id, strlen(id),
                           APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text, &length, &err);
    if (rc == 0) {
        confirm_id(request, id);
        http_answer_json(&request->answer, MHD_HTTP_OK, json_pack("{s:s}", "token", text));
    } else {
        problem_library(request, &err);
    }
    explicit_bzero(text, sizeof text);
}

/* ---- the text, once -------------------------------------------------------------------------- */

json_t *tokens_add_text(json_t *body, const struct request *request,
                        const apitoken_secret *secret) {
    char text[APITOKEN_FORMAT_MAX];
    size_t length = 0;
    if (!body || request->admin->facts.copy_policy == APITOKEN_COPY_ALWAYS) return body;
    int rc = apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text, &length,
                                    NULL);
    if (rc != 0 || json_object_set_new(body, "token", json_string(text)) != 0) {
        json_decref(body);
        body = NULL;
    }
    explicit_bzero(text, sizeof text);
    return body;
}
