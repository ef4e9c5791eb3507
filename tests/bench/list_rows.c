/* SPDX-License-Identifier: MIT */
#include "list_rows.h"

#include "due.h"

static size_t read_page(const apitoken_page *page, uint64_t *sum) {
    size_t count = apitoken_page_count(page);
    for (size_t i = 0; i < count; i++) {
        const apitoken_token *row = apitoken_page_at(page, i);
        *sum += (uint64_t)apitoken_token_created_ms(row) + (uint64_t)apitoken_token_state(row);
        *sum += (uint8_t)apitoken_token_id(row)[0] + (uint8_t)apitoken_token_name(row)[0];
    }
    return count;
}

size_t list_rows(const struct place *place, size_t owner, uint64_t *sum) {
    char name[PLACE_OWNER_LEN + 1], cursor[APITOKEN_CURSOR_MAX + 1];
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    size_t seen = 0;
    const char *next;
    place_owner(owner, name);
    opts.limit = LIST_PAGE;
    do {
        apitoken_page *page = NULL;
        DUE(apitoken_list(place->store, name, PLACE_OWNER_LEN, &opts, &page, NULL));
        seen += read_page(page, sum);
        next = apitoken_page_cursor(page);
        for (opts.cursor_len = 0; next && next[opts.cursor_len]; opts.cursor_len++)
            cursor[opts.cursor_len] = next[opts.cursor_len];
        opts.cursor = cursor;
        apitoken_page_free(page);
    } while (next);
    return seen;
}
