/* SPDX-License-Identifier: MIT */
/* A row as hosts see it: a copy without anything secret. */
#ifndef APITOKEN_OBJECTS_LIST_ROW_H
#define APITOKEN_OBJECTS_LIST_ROW_H

#include "rules/record.h"

struct apitoken_token {
    int64_t created_ms;
    int64_t end_ms;
    int64_t revoked_ms;
    int64_t last_used_ms; /* set by who makes the row; 0 = never */
    int32_t day;
    int state;
    int expiry_kind;
    int is_copyable;
    /* kept behind the struct, but for the owner of a page's row */
    const char *owner, *name, *description, *zone, *reason;
    char id[APITOKEN_ID_LEN + 1];
    char text[];
};

/*
 * How much memory a row takes, and a row as it is at now_ms in so much. The owner, a string, is
 * kept elsewhere for as long.
 */
size_t atk_list_row_size(const struct atk_row_view *row);
void atk_list_row_set(apitoken_token *token, const struct atk_row_view *row, const char *owner,
                      int64_t now_ms);

/* One of its own, in one piece of memory. NULL: out of memory. */
apitoken_token *atk_list_row_new(const struct atk_row_view *row, const char *owner,
                                 size_t owner_len, int64_t now_ms);

#endif
