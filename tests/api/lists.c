/* SPDX-License-Identifier: MIT */
#include "lists.h"

#include <stdio.h>
#include <string.h>

static int call_list(const struct question *q, apitoken_page **ret_page, apitoken_error *err) {
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    opts.limit = q->limit;
    opts.states = q->states;
    opts.filter = q->filter;
    opts.cursor = q->cursor[0] ? q->cursor : NULL;
    opts.cursor_len = (uint32_t)strlen(q->cursor);
    return apitoken_list(q->store, q->owner, strlen(q->owner), &opts, ret_page, err);
}

static int call_list_all(const struct question *q, apitoken_page **ret_page, apitoken_error *err) {
    apitoken_list_all_opts opts = APITOKEN_LIST_ALL_OPTS_INIT;
    opts.limit = q->limit;
    opts.states = q->states;
    opts.filter = q->filter;
    opts.cursor = q->cursor[0] ? q->cursor : NULL;
    opts.cursor_len = (uint32_t)strlen(q->cursor);
    return apitoken_list_all(q->store, &opts, ret_page, err);
}

int try_page(struct question *q, apitoken_page **ret_page, apitoken_error *err) {
    apitoken_page *page = UNTOUCHED;
    int rc = q->owner ? call_list(q, &page, err) : call_list_all(q, &page, err);
    if (rc < 0) {
        assert_ptr_equal(page, UNTOUCHED);
        return rc;
    }
    const char *cursor = apitoken_page_cursor(page);
    (void)snprintf(q->cursor, sizeof q->cursor, "%s", cursor ? cursor : "");
    *ret_page = page;
    return rc;
}

apitoken_page *next_page(struct question *q) {
    apitoken_page *page = NULL;
    assert_code(try_page(q, &page, NULL), 0);
    return page;
}

static struct listed listed_of(const apitoken_token *row) {
    struct listed listed = { .created_ms = apitoken_token_created_ms(row),
                             .expires_ms = apitoken_token_expires_ms(row),
                             .last_used_ms = apitoken_token_last_used_ms(row),
                             .state = apitoken_token_state(row) };
    (void)snprintf(listed.id, sizeof listed.id, "%s", apitoken_token_id(row));
    (void)snprintf(listed.owner, sizeof listed.owner, "%s", apitoken_token_owner(row));
    (void)snprintf(listed.name, sizeof listed.name, "%s", apitoken_token_name(row));
    return listed;
}

size_t list_pages(struct question q, struct listed *rows, size_t room, size_t *ret_pages) {
    size_t count = 0, pages = 0;
    do {
        apitoken_page *page = next_page(&q);
        pages++;
        for (size_t i = 0; i < apitoken_page_count(page); i++) {
            assert_true(count < room);
            rows[count++] = listed_of(apitoken_page_at(page, i));
        }
        assert_null(apitoken_page_at(page, apitoken_page_count(page)));
        apitoken_page_free(page);
    } while (q.cursor[0]);
    if (ret_pages) *ret_pages = pages;
    return count;
}
