/* SPDX-License-Identifier: MIT */
/* apitoken_list() */
#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/input.h"
#include "objects/listing.h"

/* The owner whose tokens are listed, and the id after which the page begins: NULL for none. */
struct from {
    const char *owner;
    size_t owner_len;
    const char *after;
};

static int load_cursor(const apitoken_list_opts *opts, struct from *from, apitoken_error *err) {
    if (!opts->cursor || atk_cursor_read(opts->cursor, opts->cursor_len, &from->after)) return 0;
    return atk_fail_field(err, APITOKEN_E_CURSOR, APITOKEN_FIELD_CURSOR, 0, NULL);
}

static int refuse_owner_prefix(const struct atk_listing *listing, apitoken_error *err) {
    if (listing->owner_prefix_len == 0) return 0;
    return atk_fail_field(err, APITOKEN_E_FILTER, APITOKEN_FIELD_FILTER, 0,
                          "the filter: the list of one owner has no owner_prefix");
}

static int fill_page(apitoken_store *store, struct atk_listing *listing, const struct from *from,
                     uint32_t timeout_ms, apitoken_error *err) {
    struct atk_deadline deadline = atk_store_deadline(store, timeout_ms);
    apitoken_page *page = listing->page;
    const struct atk_page_query query = { .owner = from->owner,
                                          .owner_len = from->owner_len,
                                          .after = from->after,
                                          .visits = atk_listing_visits(listing) };
    ATK_TRY(
        store->backend->ops->list_rows(store->backend, &query, &page->has_cursor, &deadline, err));
    if (page->has_cursor) atk_cursor_write(listing->last.id, page->cursor);
    return 0;
}

int apitoken_list(apitoken_store *store, const char *owner, size_t owner_len,
                  const apitoken_list_opts *opts, apitoken_page **ret_page, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_list_opts full;
    struct atk_listing listing;
    struct from from = { owner, owner_len, NULL };
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    if (!ret_page) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_LIST_OPTS, 0, opts, err));
    ATK_TRY(atk_input_owner(owner, owner_len, err));
    ATK_TRY(atk_listing_load(&listing, &full, err));
    ATK_TRY(refuse_owner_prefix(&listing, err));
    ATK_TRY(load_cursor(&full, &from, err));
    ATK_TRY(atk_listing_begin(&listing, store, &full, err));
    int rc = fill_page(store, &listing, &from, full.timeout_ms, err);
    if (rc < 0) {
        apitoken_page_free(listing.page);
        return rc;
    }
    *ret_page = listing.page;
    return 0;
}
