/* SPDX-License-Identifier: MIT */
#include "page.h"

#include <stdlib.h>

#include "attr.h"

apitoken_page *atk_page_new(size_t room) {
    apitoken_page *page = calloc(1, sizeof *page + room * sizeof page->rows[0]);
    if (page) page->room = room;
    return page;
}

size_t apitoken_page_count(const apitoken_page *page) { return page ? page->count : 0; }

const apitoken_token *apitoken_page_at(const apitoken_page *page, size_t i) {
    return page && i < page->count ? page->rows[i] : NULL;
}

const char *apitoken_page_cursor(const apitoken_page *page) { return page && page->has_cursor ? page->cursor : NULL; }

void apitoken_page_free(apitoken_page *page) {
    ATK_KEEP_ERRNO;
    if (!page) return;
    for (size_t i = 0; i < page->count; i++) free(page->rows[i]);
    free(page);
}
