/* SPDX-License-Identifier: MIT */
#include <apitoken/apitoken.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "list_options.h"
#include "open_store.h"
#include "output.h"
#include "report.h"
#include "table.h"
#include "token_json.h"
#include "token_text.h"
#include "width.h"

#define COLUMNS 6 /* without the owner, who is the first one if all are listed */
/* a wider one would push the other columns off the screen; show and --json print all of it */
#define DESCRIPTION_COLUMNS 60
#define ELLIPSIS "\xe2\x80\xa6"

/*
 * Where rows go: --json prints each at once, a table needs all of them to know its widths.
 */
struct sink {
    /* false if out of memory */
    bool (*take)(struct sink *sink, const apitoken_token *token);
    bool has_owner; /* the table */
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
    const struct table_cell row[1 + COLUMNS] = {
        { apitoken_token_owner(token), NULL },
        { apitoken_token_name(token), NULL },
        { description, NULL },
        { expiry, NULL },
        { token_state_name(state), style_of(state) },
        { use, NULL },
        { apitoken_token_id(token), NULL },
    };
    return table_add(&sink->table, sink->has_owner ? row : row + 1);
}

static bool take_page(const apitoken_page *page, struct sink *sink) {
    for (size_t i = 0; i < apitoken_page_count(page); i++) {
        if (!sink->take(sink, apitoken_page_at(page, i))) return false;
    }
    return true;
}

/* A list under way: what is asked, and where the next page begins. */
struct listing {
    apitoken_store *store;
    const struct list_options *asked;
    const char *cursor; /* NULL: from the beginning */
};

static int list_page(const struct listing *listing, apitoken_page **ret_page, apitoken_error *err) {
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    const char *owner = listing->asked->owner;
    opts.states = listing->asked->states;
    opts.filter = &listing->asked->filter;
    opts.cursor = listing->cursor;
    opts.cursor_len = listing->cursor ? (uint32_t)strlen(listing->cursor) : 0;
    return apitoken_list(listing->store, owner, strlen(owner), &opts, ret_page, err);
}

static int list_page_of_all(const struct listing *listing, apitoken_page **ret_page,
                            apitoken_error *err) {
    apitoken_list_all_opts opts = APITOKEN_LIST_ALL_OPTS_INIT;
    opts.states = listing->asked->states;
    opts.filter = &listing->asked->filter;
    opts.cursor = listing->cursor;
    opts.cursor_len = listing->cursor ? (uint32_t)strlen(listing->cursor) : 0;
    return apitoken_list_all(listing->store, &opts, ret_page, err);
}

/* Passes the tokens of all pages to the sink. */
static enum exit_code list_tokens(apitoken_store *store, const struct list_options *asked,
                                  struct sink *sink) {
    struct listing listing = { store, asked, NULL };
    char cursor[APITOKEN_CURSOR_MAX + 1];
    for (;;) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        apitoken_page *page;
        int rc = asked->owner ? list_page(&listing, &page, &err)
                              : list_page_of_all(&listing, &page, &err);
        if (rc != 0) return report_error(NULL, rc, &err);
        bool taken = take_page(page, sink);
        const char *next = taken ? apitoken_page_cursor(page) : NULL;
        if (next) (void)snprintf(cursor, sizeof cursor, "%s", next);
        apitoken_page_free(page);
        if (!taken) return report_no_memory();
        if (!next) return EXIT_DONE;
        listing.cursor = cursor;
    }
}

static enum exit_code list_as_json(apitoken_store *store, const struct list_options *asked) {
    struct sink sink = { .take = print_json };
    return list_tokens(store, asked, &sink);
}

static enum exit_code list_as_table(apitoken_store *store, const struct list_options *asked) {
    static const struct table_cell head[1 + COLUMNS] = {
        { "Owner", "1" },       { "Name", "1" },
        { "Description", "1" }, { "Expiration date", "1" },
        { "Validity", "1" },    { "Last used", "1" },
        { "id", "1" },
    };
    struct sink sink = { .take = add_to_table, .has_owner = !asked->owner };
    table_init(&sink.table, sink.has_owner ? 1 + COLUMNS : COLUMNS);
    enum exit_code code = table_add(&sink.table, sink.has_owner ? head : head + 1)
                              ? list_tokens(store, asked, &sink)
                              : report_no_memory();
    if (code == EXIT_DONE) table_print(&sink.table, output_has_colour());
    table_free(&sink.table);
    return code;
}

enum exit_code run_list(const struct command_line *line) {
    apitoken_store *store;
    struct list_options asked;
    enum exit_code code = list_options_read(line, &asked);
    if (code != EXIT_DONE) return code;
    code = asked.owner ? open_store(line, APITOKEN_MODE_VERIFY_ONLY, &store)
                       : open_store_for_admin(line, &store);
    if (code != EXIT_DONE) return code;
    code = line->value[OPTION_JSON] ? list_as_json(store, &asked) : list_as_table(store, &asked);
    apitoken_store_close(store);
    return code;
}
