/* SPDX-License-Identifier: MIT */
/*
 * Which tokens a list shows. This is the one place that decides it, from a token's row, its last
 * use and the time of the call.
 */
#ifndef APITOKEN_RULES_TOKEN_FILTER_H
#define APITOKEN_RULES_TOKEN_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/policy.h"
#include "rules/record_row.h"

/* A token is shown if everything holds; 0 = not asked. */
struct atk_token_filter {
    uint32_t states; /* APITOKEN_STATE_, one of which it must have; all, if none is asked for */
    uint32_t flags;  /* APITOKEN_FILTER_ */
    int64_t expires_before_ms;
    int64_t created_from_ms, created_before_ms;
    int64_t unused_since_ms;
    struct atk_policy policy; /* for APITOKEN_FILTER_OUTSIDE_POLICY */
    size_t name_len;
    char name[APITOKEN_NAME_MAX]; /* in lower case; see atk_token_filter_set_name() */
};

/* What the name must contain: at most APITOKEN_NAME_MAX bytes. */
void atk_token_filter_set_name(struct atk_token_filter *filter, const char *text, size_t len);

/* What is wrong with a filter, in English; NULL: nothing. */
const char *atk_token_filter_fault(const struct atk_token_filter *filter);

/* Whether the row passes. When the token was used is not judged. */
bool atk_token_filter_keeps_row(const struct atk_token_filter *filter,
                                const struct atk_row_view *row, int64_t now_ms);

/* Whether a token passes whose row does. The last use is that of the row; 0 = never. */
bool atk_token_filter_keeps_use(const struct atk_token_filter *filter, int64_t last_used_ms);

#endif
