/* SPDX-License-Identifier: MIT */
/* A token as hosts see it in a list: a copy of its row, without anything secret. */
#ifndef APITOKEN_OBJECTS_LIST_ROW_H
#define APITOKEN_OBJECTS_LIST_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/record.h"

struct apitoken_token {
    int64_t created_ms;
    int64_t end_ms;
    int64_t revoked_ms;
    int64_t last_used_ms; /* 0 = never; set by the caller of atk_list_row_set() */
    int32_t day;
    int state;
    int expiry_kind;
    bool is_copyable;
    /* in the memory behind the struct, except the owner of a row that is part of a page */
    const char *owner, *name, *description, *zone, *reason;
    char id[APITOKEN_ID_LEN + 1];
    char text[];
};

/* How much memory a row takes, without its owner. */
size_t atk_list_row_size(const struct atk_row_view *row);

/* Fills in memory of that size with the state at now_ms. `owner`, a string, is not copied. */
void atk_list_row_set(apitoken_token *token, const struct atk_row_view *row, const char *owner,
                      int64_t now_ms);

/* A row that is not part of a page, in one piece of memory. NULL: out of memory. */
apitoken_token *atk_list_row_new(const struct atk_row_view *row, const char *owner,
                                 size_t owner_len, int64_t now_ms);

#endif
