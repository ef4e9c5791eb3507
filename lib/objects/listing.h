/* SPDX-License-Identifier: MIT */
/* A list call in progress: what the list of one owner and that of all owners do alike. */
#ifndef APITOKEN_OBJECTS_LISTING_H
#define APITOKEN_OBJECTS_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "objects/page.h"
#include "objects/store.h"
#include "rules/cursor.h"
#include "rules/token_filter.h"

struct atk_listing {
    apitoken_page *page;
    struct atk_backend *backend;
    int64_t now_ms;
    struct atk_token_filter filter;
    const char *owner_prefix; /* that of the filter; the caller's */
    size_t owner_prefix_len;
    struct atk_row_place last; /* of the last row examined */
};

/* Checks the options, except the text of the cursor, and sets their defaults and the filter. */
int atk_listing_load(struct atk_listing *listing, apitoken_list_opts *opts, apitoken_error *err);

/* Reads the clock and makes an empty page. The caller gives it away or frees it. */
int atk_listing_begin(struct atk_listing *listing, apitoken_store *store,
                      const apitoken_list_opts *opts, apitoken_error *err);

/* How the engine goes through rows for it: what passes the filter is added to the page. */
struct atk_row_visits atk_listing_visits(struct atk_listing *listing);

#endif
