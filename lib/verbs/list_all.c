/* SPDX-License-Identifier: MIT */
/* apitoken_list_all() */
#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/listing.h"

/* The options that the list of one owner has, too. */
static apitoken_list_opts common_opts(const apitoken_list_all_opts *opts) {
    return (apitoken_list_opts){ .timeout_ms = opts->timeout_ms,
                                 .limit = opts->limit,
                                 .states = opts->states,
                                 .cursor_len = opts->cursor_len,
                                 .cursor = opts->cursor,
                                 .filter = opts->filter };
}

/* Sets *ret_after to the place after which the page begins, if there is a cursor. */
static int load_cursor(const apitoken_list_opts *opts, struct atk_row_place *place,
                       const struct atk_row_place **ret_after, apitoken_error *err) {
    *ret_after = opts->cursor ? place : NULL;
    if (!opts->cursor || atk_cursor_read_all(opts->cursor, opts->cursor_len, place)) return 0;
    return atk_fail_field(err, APITOKEN_E_CURSOR, APITOKEN_FIELD_CURSOR, 0, NULL);
}

static int fill_page(apitoken_store *store, struct atk_listing *listing,
                     const struct atk_row_place *after, uint32_t timeout_ms, apitoken_error *err) {
    struct atk_deadline deadline = atk_store_deadline(store, timeout_ms);
    apitoken_page *page = listing->page;
    struct atk_all_rows_query query = { .owner_prefix = listing->owner_prefix,
                                        .owner_prefix_len = listing->owner_prefix_len,
                                        .after = after,
                                        .visits = atk_listing_visits(listing) };
    query.visits.limit_us = ATK_LIST_EXAMINE_US;
    ATK_TRY(store->backend->ops->list_all_rows(store->backend, &query, &page->has_cursor, &deadline,
                                               err));
    if (page->has_cursor) atk_cursor_write_all(&listing->last, page->cursor);
    return 0;
}

int apitoken_list_all(apitoken_store *store, const apitoken_list_all_opts *opts,
                      apitoken_page **ret_page, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_list_all_opts given;
    struct atk_listing listing;
    struct atk_row_place place;
    const struct atk_row_place *after;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    if (!ret_page) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_opts_load(&given, sizeof given, ATK_SIZE_LIST_ALL_OPTS, 0, opts, err));
    ATK_TRY(atk_store_require_admin(store, err));
    apitoken_list_opts full = common_opts(&given);
    ATK_TRY(atk_listing_load(&listing, &full, err));
    ATK_TRY(load_cursor(&full, &place, &after, err));
    ATK_TRY(atk_listing_begin(&listing, store, &full, err));
    int rc = fill_page(store, &listing, after, full.timeout_ms, err);
    if (rc < 0) {
        apitoken_page_free(listing.page);
        return rc;
    }
    *ret_page = listing.page;
    return 0;
}
