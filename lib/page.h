/* SPDX-License-Identifier: MIT */
/* The rows of a list call. */
#ifndef APITOKEN_PAGE_H
#define APITOKEN_PAGE_H

#include "token.h"

struct apitoken_page {
    size_t count;
    size_t room;
    int has_cursor;
    char cursor[ATK_CURSOR_LEN + 1];
    apitoken_token *rows[]; /* room of them */
};

apitoken_page *atk_page_new(size_t room);

#endif
