/* SPDX-License-Identifier: MIT */
/* A token as hosts see it in a list: a copy of its row, without anything secret. */
#ifndef APITOKEN_OBJECTS_LIST_ROW_H
#define APITOKEN_OBJECTS_LIST_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "outside/token_uses.h"
#include "rules/record_row.h"

/* What few tokens have: those whose row has parts. */
struct atk_token_more {
    int64_t superseded_until_ms; /* 0: no older secret is valid */
    int64_t secret_made_ms;      /* 0: with the token */
    int64_t last_used_older_ms;
    const char *created_by, *data;
    const char *interfaces, *networks; /* list texts */
    uint8_t data_len;
};

/* Small, as a page has up to 1,000 of them. */
struct apitoken_token {
    int64_t created_ms;
    int64_t end_ms;
    int64_t revoked_ms;
    int64_t last_used_ms;
    /* in the memory after the struct, except the owner of a row that is part of a page */
    struct atk_token_more *more; /* or NULL */
    const char *owner, *name, *description, *zone, *reason;
    int32_t day;
    uint32_t revision;
    uint8_t state; /* APITOKEN_STATE_ */
    uint8_t expiry_kind;
    uint8_t reason_code;
    uint8_t flags; /* ATK_FLAG_ */
    bool is_copyable;
    char id[APITOKEN_ID_LEN + 1];
    char text[];
};

/* How much memory a row takes, without its owner. */
size_t atk_list_row_size(const struct atk_row_view *row);

/*
 * Fills in memory of that size with the state at now_ms, but not when the token was used. `owner`,
 * a string, is not copied.
 */
void atk_list_row_set(apitoken_token *token, const struct atk_row_view *row, const char *owner,
                      int64_t now_ms);

/* Fills in when the token was used. */
void atk_list_row_set_uses(apitoken_token *token, struct atk_token_uses uses);

/* A row that is not part of a page, in one piece of memory. NULL: out of memory. */
apitoken_token *atk_list_row_new(const struct atk_row_view *row, const char *owner,
                                 size_t owner_len, int64_t now_ms);

#endif
