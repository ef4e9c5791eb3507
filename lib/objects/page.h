/* SPDX-License-Identifier: MIT */
/* A page: the rows of one list call, and their owners, in a few pieces of memory. */
#ifndef APITOKEN_OBJECTS_PAGE_H
#define APITOKEN_OBJECTS_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "objects/list_row.h"

struct atk_page_piece {
    struct atk_page_piece *next;
    size_t size, used; /* of `bytes` */
    _Alignas(apitoken_token) char bytes[];
};

struct apitoken_page {
    size_t count;
    size_t room; /* of `rows` */
    bool has_cursor;
    char cursor[ATK_ALL_CURSOR_MAX + 1];
    const char *owner; /* of the last row; in a piece, as all texts are */
    size_t owner_len;
    struct atk_page_piece *pieces; /* the newest first */
    apitoken_token *rows[];
};

apitoken_page *atk_page_new(size_t room);

/*
 * Adds a row with its owner, which rows of one owner that follow each other share. The page must
 * have room for it. NULL: out of memory.
 */
apitoken_token *atk_page_add(apitoken_page *page, const struct atk_row_view *row, int64_t now_ms);

#endif
