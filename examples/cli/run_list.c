/* SPDX-License-Identifier: MIT */
#include <apitoken/apitoken.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "open_store.h"
#include "output.h"
#include "report.h"
#include "table.h"
#include "token_json.h"
#include "token_text.h"
#include "width.h"

#define COLUMNS 6
/* a wider one would push the other columns off the screen; show and --json print all of it */
#define DESCRIPTION_COLUMNS 60
#define ELLIPSIS "\xe2\x80\xa6"

/*
 * Where rows go: --json prints each at once, a table needs all of them to know its widths.
 */
struct sink {
    /* false if out of memory */
    bool (*take)(struct sink *sink, const apitoken_token *token);
    struct table table;
};

static bool print_json(struct sink *sink, const apitoken_token *token) {
    (void)sink;
    json_t *object = token_to_json(token);
    if (!object) return false;
    /* output_finish() detects a failed write. */
    (void)json_dumpf(object, stdout, JSON_COMPACT);
    printf("\n");
    json_decref(object);
    return true;
}

static const char *style_of(int state) {
    if (state == APITOKEN_STATE_VALID) return "32";
    return state == APITOKEN_STATE_REVOKED ? "31" : "33";
}

static bool add_to_table(struct sink *sink, const apitoken_token *token) {
    char expiry[TOKEN_TEXT_CAP], use[TOKEN_TEXT_CAP],
        cut[APITOKEN_DESCRIPTION_MAX + sizeof ELLIPSIS];
    const char *description = apitoken_token_description(token);
    int state = apitoken_token_state(token);
    token_text_expiry(token, expiry);
    token_text_last_use(token, use);
    if (width_of(description) > DESCRIPTION_COLUMNS) {
        int fits = (int)width_prefix(description, DESCRIPTION_COLUMNS - 1);
        (void)snprintf(cut, sizeof cut, "%.*s" ELLIPSIS, fits, description);
        description = cut;
    }
    struct table_cell row[COLUMNS] = {
        { apitoken_token_name(token), NULL },
        { description, NULL },
        { expiry, NULL },
        { token_state_name(state), style_of(state) },
        { use, NULL },
        { apitoken_token_id(token), NULL },
    };
    return table_add(&sink->table, row);
}

static bool take_page(const apitoken_page *page, struct sink *sink) {
    for (size_t i = 0; i < apitoken_page_count(page); i++) {
        if (!sink->take(sink, apitoken_page_at(page, i))) return false;
    }
    return true;
}

/* Passes the tokens of all pages to the sink. */
static enum exit_code list_tokens(apitoken_store *store, const char *owner, uint32_t states,
                                  struct sink *sink) {
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    char cursor[APITOKEN_CURSOR_MAX + 1];
    opts.states = states;
    for (;;) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        apitoken_page *page;
        int rc = apitoken_list(store, owner, strlen(owner), &opts, &page, &err);
        if (rc != 0) return report_error(NULL, rc, &err);
        bool taken = take_page(page, sink);
        const char *next = taken ? apitoken_page_cursor(page) : NULL;
        if (next) (void)snprintf(cursor, sizeof cursor, "%s", next);
        apitoken_page_free(page);
        if (!taken) return report_no_memory();
        if (!next) return EXIT_DONE;
        opts.cursor = cursor;
        opts.cursor_len = (uint32_t)strlen(cursor);
    }
}

static enum exit_code list_as_json(apitoken_store *store, const char *owner, uint32_t states) {
    struct sink sink = { .take = print_json };
    return list_tokens(store, owner, states, &sink);
}

static enum exit_code list_as_table(apitoken_store *store, const char *owner, uint32_t states) {
    static const struct table_cell head[COLUMNS] = {
        { "Name", "1" },     { "Description", "1" }, { "Expiration date", "1" },
        { "Validity", "1" }, { "Last used", "1" },   { "id", "1" },
    };
    struct sink sink = { .take = add_to_table };
    table_init(&sink.table, COLUMNS);
    enum exit_code code = table_add(&sink.table, head) ? list_tokens(store, owner, states, &sink)
                                                       : report_no_memory();
    if (code == EXIT_DONE) table_print(&sink.table, output_has_colour());
    table_free(&sink.table);
    return code;
}

/* Sets 0, which means every state, for "all" and if the option is missing. */
static bool parse_states(const char *name, uint32_t *ret_states) {
    static const uint32_t states[] = { APITOKEN_STATE_VALID, APITOKEN_STATE_EXPIRED,
                                       APITOKEN_STATE_REVOKED };
    *ret_states = 0;
    if (!name || strcmp(name, "all") == 0) return true;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (strcmp(name, token_state_name((int)states[i])) == 0) *ret_states = states[i];
    }
    return *ret_states != 0;
}

enum exit_code run_list(const struct command_line *line) {
    apitoken_store *store;
    uint32_t states;
    const char *owner = line->value[OPTION_OWNER];
    if (!parse_states(line->value[OPTION_STATE], &states))
        return report_usage("--state must be one of all, valid, expired, revoked");
    enum exit_code code = open_store(line, APITOKEN_MODE_VERIFY_ONLY, &store);
    if (code != EXIT_DONE) return code;
    code = line->value[OPTION_JSON] ? list_as_json(store, owner, states)
                                    : list_as_table(store, owner, states);
    apitoken_store_close(store);
    return code;
}
