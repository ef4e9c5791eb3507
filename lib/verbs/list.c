/* SPDX-License-Identifier: MIT */
/* apitoken_list() */
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/input.h"
#include "objects/page.h"
#include "objects/store.h"
#include "rules/cursor.h"
#include "rules/token_state.h"

#define STATES_ALL \
    (APITOKEN_STATE_VALID | APITOKEN_STATE_EXPIRED | APITOKEN_STATE_REVOKED | APITOKEN_STATE_NEWER)

/* A list call in progress. */
struct listing {
    apitoken_page *page;
    struct atk_backend *backend;
    const char *owner;
    size_t owner_len;
    uint32_t states;
    int64_t now_ms;
    char last[APITOKEN_ID_LEN]; /* id of the last row examined */
};

static int add_row(void *ctx, const struct atk_row_view *row, apitoken_error *err) {
    struct listing *l = ctx;
    apitoken_page *page = l->page;
    if (page->count == page->room) return ATK_VISIT_STOP;
    if ((uint32_t)atk_token_state(row->flags, row->is_newer, row->end_ms, l->now_ms) & l->states) {
        apitoken_token *token = atk_page_add(page, row, l->now_ms);
        if (!token) return atk_fail(err, APITOKEN_E_NOMEM, NULL);
        token->last_used_ms =
            l->backend->ops->last_use_ms(l->backend, atk_use_of(row->slot, row->flags, row->mark));
    }
    memcpy(l->last, row->id, sizeof l->last);
    return ATK_VISIT_NEXT;
}

/* Sets defaults, and the id after which the page begins: NULL for none. */
static int resolve_opts(apitoken_list_opts *opts, const char **ret_after, apitoken_error *err) {
    *ret_after = NULL;
    if (!opts->limit) opts->limit = ATK_LIST_DEFAULT;
    if (!opts->states) opts->states = STATES_ALL;
    if (opts->limit > APITOKEN_LIST_MAX)
        return atk_fail_field(err, APITOKEN_E_LIMIT, APITOKEN_FIELD_OPTS, 0, NULL);
    if (opts->states & ~(uint32_t)STATES_ALL)
        return atk_fail_field(err, APITOKEN_E_ABI, APITOKEN_FIELD_OPTS, 0, "unknown state");
    if (!opts->cursor)
        return opts->cursor_len
                   ? atk_fail_field(err, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_CURSOR, 0, NULL)
                   : 0;
    if (atk_cursor_read(opts->cursor, opts->cursor_len, ret_after)) return 0;
    return atk_fail_field(err, APITOKEN_E_CURSOR, APITOKEN_FIELD_CURSOR, 0, NULL);
}

static int fill_page(apitoken_store *store, struct listing *l, const char *after,
                     uint32_t timeout_ms, apitoken_error *err) {
    struct atk_deadline deadline = atk_store_deadline(store, timeout_ms);
    bool has_more = false;
    const struct atk_page_query query = { .owner = l->owner,
                                          .owner_len = l->owner_len,
                                          .after = after,
                                          .limit = ATK_LIST_EXAMINE_MAX,
                                          .visit = add_row,
                                          .ctx = l };
    ATK_TRY(store->backend->ops->list_rows(store->backend, &query, &has_more, &deadline, err));
    if (has_more) atk_cursor_write(l->last, l->page->cursor);
    l->page->has_cursor = has_more;
    return 0;
}

int apitoken_list(apitoken_store *store, const char *owner, size_t owner_len,
                  const apitoken_list_opts *opts, apitoken_page **ret_page, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_list_opts full;
    const char *after;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    if (!ret_page) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_LIST_OPTS, 0, opts, err));
    ATK_TRY(atk_input_owner(owner, owner_len, err));
    ATK_TRY(resolve_opts(&full, &after, err));
    struct listing l = {
        .backend = store->backend, .owner = owner, .owner_len = owner_len, .states = full.states
    };
    ATK_TRY(atk_clock_read(&store->clock, &l.now_ms, err));
    l.page = atk_page_new(full.limit, owner, owner_len);
    if (!l.page) return atk_fail(err, APITOKEN_E_NOMEM, NULL);
    int rc = fill_page(store, &l, after, full.timeout_ms, err);
    if (rc < 0) {
        apitoken_page_free(l.page);
        return rc;
    }
    *ret_page = l.page;
    return 0;
}
