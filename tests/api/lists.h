/* SPDX-License-Identifier: MIT */
/* A list under way, of one owner or of all: the same question, page after page. */
#ifndef LISTS_H
#define LISTS_H

#include "api.h"

struct question {
    apitoken_store *store;
    const char *owner; /* NULL: all; the handle must be one for administration */
    uint32_t limit, states;
    const apitoken_filter *filter;
    char cursor[APITOKEN_CURSOR_MAX + 1]; /* "" = from the beginning */
};

/* A row that was listed. */
struct listed {
    char id[APITOKEN_ID_MAX + 1], owner[APITOKEN_OWNER_MAX + 1], name[APITOKEN_NAME_MAX + 1];
    int64_t created_ms, expires_ms, last_used_ms;
    int state;
};

/* The code of the call; on success *ret_page and the cursor for the next one. */
int try_page(struct question *q, apitoken_page **ret_page, apitoken_error *err);
/* One that must succeed. */
apitoken_page *next_page(struct question *q);

/* The rows of all pages from the cursor on; gives their number. *ret_pages may be NULL. */
size_t list_pages(struct question q, struct listed *rows, size_t room, size_t *ret_pages);

#endif
