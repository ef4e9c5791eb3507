/* SPDX-License-Identifier: MIT */
#include "objects/listing.h"

#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/input.h"
#include "outside/token_uses.h"

#define STATES_ALL                                                            \
    (APITOKEN_STATE_VALID | APITOKEN_STATE_EXPIRED | APITOKEN_STATE_REVOKED | \
     APITOKEN_STATE_SUSPENDED | APITOKEN_STATE_BLOCKED | APITOKEN_STATE_NEWER)
#define FILTER_FLAGS \
    (APITOKEN_FILTER_NEVER_USED | APITOKEN_FILTER_NEVER_EXPIRES | APITOKEN_FILTER_OUTSIDE_POLICY)

static int fail_filter(apitoken_error *err, const char *fault) {
    return atk_fail_field(err, APITOKEN_E_FILTER, APITOKEN_FIELD_FILTER, 0, "the filter: %s",
                          fault);
}

/* A text of a filter; NULL: none is given. */
static int check_text(const char *text, size_t len, size_t longest, apitoken_error *err) {
    ATK_TRY(atk_input_present(text, len, APITOKEN_FIELD_FILTER, err));
    return len <= longest ? 0 : fail_filter(err, "a text is longer than what it is sought in");
}

static int load_filter(struct atk_listing *listing, const apitoken_filter *given,
                       apitoken_error *err) {
    apitoken_filter full;
    struct atk_token_filter *filter = &listing->filter;
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_FILTER, FILTER_FLAGS, given, err));
    ATK_TRY(check_text(full.owner_prefix, full.owner_prefix_len, APITOKEN_OWNER_MAX, err));
    ATK_TRY(check_text(full.name_contains, full.name_contains_len, APITOKEN_NAME_MAX, err));
    filter->flags = full.flags;
    filter->expires_before_ms = full.expires_before_ms;
    filter->created_from_ms = full.created_from_ms;
    filter->created_before_ms = full.created_before_ms;
    filter->unused_since_ms = full.unused_since_ms;
    atk_token_filter_set_name(filter, full.name_contains, full.name_contains_len);
    listing->owner_prefix = full.owner_prefix ? full.owner_prefix : "";
    listing->owner_prefix_len = full.owner_prefix_len;
    const char *fault = atk_token_filter_fault(filter);
    return fault ? fail_filter(err, fault) : 0;
}

int atk_listing_load(struct atk_listing *listing, apitoken_list_opts *opts, apitoken_error *err) {
    *listing = (struct atk_listing){ .page = NULL };
    if (!opts->limit) opts->limit = ATK_LIST_DEFAULT;
    if (!opts->states) opts->states = STATES_ALL;
    if (opts->limit > APITOKEN_LIST_MAX)
        return atk_fail_field(err, APITOKEN_E_LIMIT, APITOKEN_FIELD_OPTS, 0, NULL);
    if (opts->states & ~(uint32_t)STATES_ALL)
        return atk_fail_field(err, APITOKEN_E_ABI, APITOKEN_FIELD_OPTS, 0, "unknown state");
    ATK_TRY(load_filter(listing, opts->filter, err));
    listing->filter.states = opts->states;
    return atk_input_present(opts->cursor, opts->cursor_len, APITOKEN_FIELD_CURSOR, err);
}

static int read_policy(struct atk_listing *listing, const apitoken_store *store,
                       uint32_t timeout_ms, apitoken_error *err) {
    struct atk_deadline deadline = atk_store_deadline(store, timeout_ms);
    struct atk_policy_record record;
    ATK_TRY(store->backend->ops->read_policy(store->backend, &record, &deadline, err));
    listing->filter.policy = record.policy;
    return 0;
}

int atk_listing_begin(struct atk_listing *listing, apitoken_store *store,
                      const apitoken_list_opts *opts, apitoken_error *err) {
    listing->backend = store->backend;
    ATK_TRY(atk_clock_read(&store->clock, &listing->now_ms, err));
    if (listing->filter.flags & APITOKEN_FILTER_OUTSIDE_POLICY)
        ATK_TRY(read_policy(listing, store, opts->timeout_ms, err));
    listing->page = atk_page_new(opts->limit);
    return listing->page ? 0 : atk_fail(err, APITOKEN_E_NOMEM, NULL);
}

static void note_place(struct atk_row_place *place, const struct atk_row_view *row) {
    place->owner_len = row->owner_len;
    atk_copy_short(place->owner, row->owner, row->owner_len);
    memcpy(place->id, row->id, sizeof place->id);
}

/* Of a row that does not pass nothing is copied, nor is it looked up when the token was used. */
static int add_if_kept(struct atk_listing *listing, const struct atk_row_view *row,
                       apitoken_error *err) {
    if (!atk_token_filter_keeps_row(&listing->filter, row, listing->now_ms)) return 0;
    const struct atk_token_uses uses = atk_token_uses_read(listing->backend, row);
    if (!atk_token_filter_keeps_use(&listing->filter, uses.last_ms)) return 0;
    apitoken_token *token = atk_page_add(listing->page, row, listing->now_ms);
    if (!token) return atk_fail(err, APITOKEN_E_NOMEM, NULL);
    atk_list_row_set_uses(token, uses);
    return 0;
}

static int visit_row(void *ctx, const struct atk_row_view *row, apitoken_error *err) {
    struct atk_listing *listing = ctx;
    const apitoken_page *page = listing->page;
    ATK_TRY(add_if_kept(listing, row, err));
    note_place(&listing->last, row);
    return page->count == page->room ? ATK_VISIT_STOP : ATK_VISIT_NEXT;
}

struct atk_row_visits atk_listing_visits(struct atk_listing *listing) {
    return atk_row_visits_by(visit_row, listing);
}
