/* SPDX-License-Identifier: MIT */
/* apitoken_audit() */
#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/audit_page.h"
#include "objects/input.h"
#include "objects/store.h"
#include "rules/cursor.h"

/* The numbers of the records are those of the public header. */
_Static_assert((int)ATK_VERB_CREATE == APITOKEN_VERB_CREATE &&
                   (int)ATK_VERB_POLICY == APITOKEN_VERB_POLICY &&
                   (int)ATK_VERB_ADD_KEY == APITOKEN_VERB_ADD_KEY,
               "verbs");
_Static_assert((int)ATK_CHANGED_NAME == APITOKEN_CHANGE_NAME &&
                   (int)ATK_CHANGED_FINAL == APITOKEN_CHANGE_FINAL &&
                   (int)ATK_CHANGED_POLICY_FLAGS == APITOKEN_CHANGE_NEVER_FORBIDDEN &&
                   (int)ATK_CHANGED_AUDIT_RETENTION == APITOKEN_CHANGE_AUDIT_RETENTION &&
                   (int)ATK_CHANGED_TOKENS == APITOKEN_CHANGE_TOKENS,
               "fields");

/* An atk_audit_visit_fn. */
static int add_record(void *ctx, const struct atk_audit_view *view, apitoken_error *err) {
    apitoken_audit_page *page = ctx;
    if (!atk_audit_page_add(page, view)) return atk_fail(err, APITOKEN_E_NOMEM, NULL);
    return page->count == page->room ? ATK_VISIT_STOP : ATK_VISIT_NEXT;
}

static int read_filter(const apitoken_store *store, const apitoken_audit_opts *opts,
                       struct atk_audit_filter *ret, apitoken_error *err) {
    ATK_TRY(atk_input_present(opts->owner, opts->owner_len, APITOKEN_FIELD_OWNER, err));
    ATK_TRY(atk_input_present(opts->id, opts->id_len, APITOKEN_FIELD_ID, err));
    if (opts->owner) ATK_TRY(atk_input_owner(opts->owner, opts->owner_len, err));
    if (opts->id) ATK_TRY(atk_input_id(opts->id, opts->id_len, err));
    if (!opts->owner) ATK_TRY(atk_store_require_admin(store, err));
    *ret = (struct atk_audit_filter){ .owner = opts->owner,
                                      .owner_len = opts->owner_len,
                                      .id = opts->id,
                                      .since_ms = opts->since_ms,
                                      .until_ms = opts->until_ms ? opts->until_ms : INT64_MAX };
    return 0;
}

/* 0 without a cursor. */
static int read_position(const apitoken_audit_opts *opts, uint64_t *ret, apitoken_error *err) {
    *ret = 0;
    ATK_TRY(atk_input_present(opts->cursor, opts->cursor_len, APITOKEN_FIELD_CURSOR, err));
    if (!opts->cursor || atk_audit_cursor_read(opts->cursor, opts->cursor_len, ret)) return 0;
    return atk_fail_field(err, APITOKEN_E_CURSOR, APITOKEN_FIELD_CURSOR, 0, NULL);
}

static int read_opts(const apitoken_store *store, apitoken_audit_opts *opts,
                     struct atk_audit_query *query, apitoken_error *err) {
    ATK_TRY(atk_input_reserved(opts->reserved, err));
    if (!opts->limit) opts->limit = ATK_LIST_DEFAULT;
    if (opts->limit > APITOKEN_LIST_MAX)
        return atk_fail_field(err, APITOKEN_E_LIMIT, APITOKEN_FIELD_OPTS, 0, NULL);
    ATK_TRY(read_filter(store, opts, &query->filter, err));
    return read_position(opts, &query->position, err);
}

int apitoken_audit(apitoken_store *store, const apitoken_audit_opts *opts,
                   apitoken_audit_page **ret_page, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_audit_opts full;
    struct atk_audit_query query = { .limit = ATK_LIST_EXAMINE_MAX, .visit = add_record };
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    if (!ret_page) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_AUDIT_OPTS, 0, opts, err));
    ATK_TRY(read_opts(store, &full, &query, err));
    apitoken_audit_page *page = atk_audit_page_new(full.limit);
    if (!page) return atk_fail(err, APITOKEN_E_NOMEM, NULL);
    struct atk_deadline deadline = atk_store_deadline(store, full.timeout_ms);
    query.ctx = page;
    int rc =
        store->backend->ops->read_audit(store->backend, &query, &page->has_more, &deadline, err);
    if (rc < 0) {
        apitoken_audit_page_free(page);
        return rc;
    }
    atk_audit_cursor_write(query.position, page->cursor);
    *ret_page = page;
    return 0;
}
