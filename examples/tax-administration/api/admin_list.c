/* SPDX-License-Identifier: MIT */
/* GET /api/v1/admin/tokens: the tokens of all accounts, or those that a search finds. */
#include <stdio.h>
#include <string.h>

#include "accounts/accounts.h"
#include "api/admin_api.h"
#include "clocks.h"
#include "http/problem.h"
#include "http/query.h"
#include "http_number.h"
#include "token_json.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define DAYS_MAX 36500

enum { CURSOR, LIMIT, STATE, ID, NAME, ACCOUNT, EXPIRES, NEVER, UNUSED, PARAMETERS };

/* What is looked for. The texts belong to the parameters. */
struct search {
    apitoken_list_all_opts opts;
    apitoken_filter filter;
    const char *id; /* NULL = any */
    char owner[ACCOUNT_ID_LEN + 1];
    bool is_empty; /* there is no such account */
};

/* ---- the parameters -------------------------------------------------------------------------- */

static bool is_usable(const struct parameter *parameter) {
    return parameter->is_given && parameter->fault == FIELD_GOOD;
}

static void read_number(struct parameter *given, uint64_t max, uint64_t *ret) {
    if (is_usable(given) && !http_number(given->value, 1, max, ret)) given->fault = FIELD_VALUE;
}

/* One or more states, separated by commas. */
static void read_states(struct parameter *given, uint32_t *ret_states) {
    const char *text = given->value;
    uint32_t states = 0;
    if (!is_usable(given)) return;
    for (;; text++) {
        size_t length = strcspn(text, ",");
        uint32_t found = token_state_of_name(text, length);
        if (found == 0) {
            given->fault = FIELD_VALUE;
            return;
        }
        states |= found;
        text += length;
        if (!*text) break;
    }
    *ret_states = states;
}

/* Days are counted from now: those before and those to come. */
static void read_times(struct parameter given[PARAMETERS], apitoken_filter *filter) {
    uint64_t expires = 0, unused = 0;
    int64_t now = wall_clock_ms();
    read_number(&given[EXPIRES], DAYS_MAX, &expires);
    read_number(&given[UNUSED], DAYS_MAX, &unused);
    if (expires > 0) filter->expires_before_ms = now + (int64_t)expires * DAY_MS;
    if (unused > 0) filter->unused_since_ms = now - (int64_t)unused * DAY_MS;
    if (filter->unused_since_ms < 0) given[UNUSED].fault = FIELD_VALUE;
    if (!is_usable(&given[NEVER])) return;
    if (strcmp(given[NEVER].value, "true") != 0)
        given[NEVER].fault = FIELD_VALUE;
    else
        filter->flags |= APITOKEN_FILTER_NEVER_USED;
}

static void read_texts(struct parameter given[PARAMETERS], struct search *search) {
    if (is_usable(&given[CURSOR])) {
        search->opts.cursor = given[CURSOR].value;
        search->opts.cursor_len = (uint32_t)given[CURSOR].length;
    }
    if (is_usable(&given[NAME]) && given[NAME].length == 0) given[NAME].fault = FIELD_VALUE;
    if (is_usable(&given[NAME])) {
        search->filter.name_contains = given[NAME].value;
        search->filter.name_contains_len = (uint32_t)given[NAME].length;
    }
    if (is_usable(&given[ID]) && (given[ID].length == 0 || given[ID].length > APITOKEN_ID_MAX))
        given[ID].fault = FIELD_VALUE;
    if (is_usable(&given[ID])) search->id = given[ID].value;
}

/* DB_OK if it can be looked for; DB_NOT_FOUND with the answer set. */
static bool read_account(struct request *request, const struct parameter *given,
                         struct search *search) {
    if (!is_usable(given)) return true;
    enum db_result result = admin_find_owner(request, given->value, given->length, search->owner);
    if (result != DB_OK && result != DB_NOT_FOUND) {
        problem_unavailable(request);
        return false;
    }
    search->is_empty = result == DB_NOT_FOUND;
    search->filter.owner_prefix = search->owner;
    search->filter.owner_prefix_len = ACCOUNT_ID_LEN;
    return true;
}

/* False with the answer set if a parameter is wrong. */
static bool read_search(struct request *request, struct parameter given[PARAMETERS],
                        struct search *search) {
    struct field_errors errors = FIELD_ERRORS_NONE;
    uint64_t limit = 0;
    query_read(request->connection, given, PARAMETERS, &errors);
    read_number(&given[LIMIT], APITOKEN_LIST_MAX, &limit);
    search->opts.limit = (uint32_t)limit;
    read_states(&given[STATE], &search->opts.states);
    read_times(given, &search->filter);
    read_texts(given, search);
    for (size_t i = 0; i < PARAMETERS; i++)
        field_errors_add(&errors, given[i].name, given[i].fault);
    if (field_errors_any(&errors)) {
        problem_input(request, &errors);
        return false;
    }
    return read_account(request, &given[ACCOUNT], search);
}

/* ---- the answer ------------------------------------------------------------------------------ */

/* Rows of an owner follow each other, so the account is looked up once. */
struct last_owner {
    char owner[ACCOUNT_ID_LEN + 1];
    char name[ACCOUNT_NAME_MAX + 1]; /* "" = no account, such as a removed one */
};

static bool find_name(struct admin_db *db, const char *owner, struct last_owner *last) {
    struct account account;
    if (strcmp(last->owner, owner) == 0) return true;
    *last = (struct last_owner){ .name = "" };
    if (strlen(owner) != ACCOUNT_ID_LEN) return true; /* not of this host */
    enum db_result result = account_by_id(db, owner, &account);
    if (result != DB_OK && result != DB_NOT_FOUND) return false;
    memcpy(last->owner, owner, sizeof last->owner);
    if (result == DB_OK) memcpy(last->name, account.name, sizeof last->name);
    explicit_bzero(&account, sizeof account);
    return true;
}

static json_t *row_json(struct request *request, const apitoken_token *token,
                        struct last_owner *last) {
    if (!find_name(request->admin->db, apitoken_token_owner(token), last)) return NULL;
    json_t *row = token_to_json(token);
    json_t *name = *last->name ? json_string(last->name) : json_null();
    if (json_object_set_new(row, "account", name) == 0) return row;
    json_decref(row);
    return NULL;
}

/* Only the row of this id, if one is given. */
static bool add_rows(struct request *request, const apitoken_page *page, const char *id,
                     json_t *rows) {
    struct last_owner last = { .owner = "" };
    for (size_t i = 0; i < apitoken_page_count(page); i++) {
        const apitoken_token *token = apitoken_page_at(page, i);
        if (id && strcmp(apitoken_token_id(token), id) != 0) continue;
        if (json_array_append_new(rows, row_json(request, token, &last)) != 0) return false;
    }
    return true;
}

static void answer_rows(struct request *request, json_t *rows, const char *next) {
    http_answer_json(&request->answer, MHD_HTTP_OK,
                     json_pack("{s:o, s:s?}", "tokens", rows, "next", next));
}

static void answer_page(struct request *request, const struct search *search,
                        const apitoken_page *page) {
    json_t *rows = json_array();
    if (rows && add_rows(request, page, search->id, rows)) {
        answer_rows(request, rows, apitoken_page_cursor(page));
    } else {
        json_decref(rows);
        problem_unavailable(request);
    }
}

/* An id says nothing of its owner, so all pages are looked through until it is found. */
static bool goes_on(const struct search *search, const apitoken_page *page) {
    if (!search->id || !apitoken_page_cursor(page)) return false;
    for (size_t i = 0; i < apitoken_page_count(page); i++)
        if (strcmp(apitoken_token_id(apitoken_page_at(page, i)), search->id) == 0) return false;
    return true;
}

static int find_page(struct request *request, struct search *search, apitoken_page **ret_page,
                     apitoken_error *err) {
    char cursor[APITOKEN_CURSOR_MAX + 1];
    if (search->id) search->opts.limit = APITOKEN_LIST_MAX;
    for (;;) {
        int rc = apitoken_list_all(request->admin->overview, &search->opts, ret_page, err);
        if (rc != 0 || !goes_on(search, *ret_page)) return rc;
        (void)snprintf(cursor, sizeof cursor, "%s", apitoken_page_cursor(*ret_page));
        search->opts.cursor = cursor;
        search->opts.cursor_len = (uint32_t)strlen(cursor);
        apitoken_page_free(*ret_page);
        *ret_page = NULL;
    }
}

void admin_list(struct request *request) {
    struct parameter given[PARAMETERS] = { [CURSOR] = { "cursor" },
                                           [LIMIT] = { "limit" },
                                           [STATE] = { "state" },
                                           [ID] = { "id" },
                                           [NAME] = { "name" },
                                           [ACCOUNT] = { "account" },
                                           [EXPIRES] = { "expires_within" },
                                           [NEVER] = { "never_used" },
                                           [UNUSED] = { "unused_for" } };
    struct search search = { .opts = APITOKEN_LIST_ALL_OPTS_INIT, .filter = APITOKEN_FILTER_INIT };
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_page *page = NULL;
    if (!admin_check(request) || !read_search(request, given, &search)) return;
    search.opts.filter = &search.filter;
    if (search.is_empty) {
        answer_rows(request, json_array(), NULL);
    } else if (find_page(request, &search, &page, &err) != 0) {
        problem_library(request, &err);
    } else {
        answer_page(request, &search, page);
        apitoken_page_free(page);
    }
}
