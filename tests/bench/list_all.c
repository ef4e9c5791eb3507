/* SPDX-License-Identifier: MIT */
#include "list_all.h"

#include <string.h>

#include "due.h"

static size_t read_page(const apitoken_page *page, uint64_t *sum) {
    const size_t count = apitoken_page_count(page);
    for (size_t i = 0; i < count; i++)
        *sum += (uint64_t)apitoken_token_created_ms(apitoken_page_at(page, i));
    return count;
}

apitoken_store *open_for_admin(const struct place *place) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    opts.flags = APITOKEN_OPEN_ADMIN;
    opts.check_max_bytes = APITOKEN_CHECK_OFF;
    DUE(apitoken_store_open(place_path(place->dir, "store"), place->keyring, &opts, &store, NULL));
    return store;
}

size_t list_all(apitoken_store *store, const apitoken_filter *filter, uint64_t *sum) {
    apitoken_list_all_opts opts = APITOKEN_LIST_ALL_OPTS_INIT;
    char cursor[APITOKEN_CURSOR_MAX + 1];
    const char *next;
    size_t kept = 0;
    opts.limit = APITOKEN_LIST_MAX;
    opts.filter = filter;
    do {
        apitoken_page *page = NULL;
        DUE(apitoken_list_all(store, &opts, &page, NULL));
        kept += read_page(page, sum);
        next = apitoken_page_cursor(page);
        opts.cursor_len = next ? (uint32_t)strlen(next) : 0;
        if (next) opts.cursor = memcpy(cursor, next, opts.cursor_len);
        apitoken_page_free(page);
    } while (next);
    return kept;
}
