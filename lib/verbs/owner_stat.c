/* SPDX-License-Identifier: MIT */
/* apitoken_owner_stat() */
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "base/out.h"
#include "objects/input.h"
#include "objects/store.h"
#include "rules/token_state.h"

/* The counts of an owner, over all pages of the rows. */
struct counting {
    apitoken_owner_info info;
    int64_t now_ms;
    char last[APITOKEN_ID_LEN];
};

static int count_row(void *ctx, const struct atk_row_view *row, apitoken_error *err) {
    struct counting *c = ctx;
    (void)err;
    c->info.tokens++;
    c->info.live += atk_token_is_live(row->flags, row->end_ms, c->now_ms);
    memcpy(c->last, row->id, sizeof c->last);
    return ATK_VISIT_NEXT;
}

static int count_rows(const apitoken_store *store, struct counting *c, struct atk_page_query *query,
                      struct atk_deadline *deadline, apitoken_error *err) {
    bool has_more = true;
    for (query->after = NULL; has_more; query->after = c->last)
        ATK_TRY(store->backend->ops->list_rows(store->backend, query, &has_more, deadline, err));
    return 0;
}

static void describe_block(const struct atk_owner_record *owner, apitoken_owner_info *info) {
    if (!(owner->flags & ATK_OWNER_BLOCKED)) return;
    info->is_blocked = 1;
    info->blocked_ms = owner->blocked_ms;
    memcpy(info->blocked_by, owner->actor, owner->actor_len);
    if (owner->reason_len) memcpy(info->reason, owner->reason, owner->reason_len);
}

int apitoken_owner_stat(apitoken_store *store, const char *owner, size_t owner_len,
                        const apitoken_show_opts *opts, apitoken_owner_info *ret_info,
                        apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_show_opts full;
    struct counting c = { .info = APITOKEN_OWNER_INFO_INIT };
    struct atk_owner_record record;
    uint8_t bytes[ATK_OWNER_RECORD_MAX];
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    if (!ret_info) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_out_require_size(ret_info, ATK_SIZE_OWNER_INFO, err));
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_SHOW_OPTS, 0, opts, err));
    ATK_TRY(atk_input_reserved(full.reserved, err));
    ATK_TRY(atk_input_owner(owner, owner_len, err));
    ATK_TRY(atk_clock_read(&store->clock, &c.now_ms, err));
    struct atk_deadline deadline = atk_store_deadline(store, full.timeout_ms);
    struct atk_page_query query = { .owner = owner,
                                    .owner_len = owner_len,
                                    .visits = atk_row_visits_by(count_row, &c) };
    ATK_TRY(store->backend->ops->read_owner(store->backend, owner, owner_len, &record, bytes,
                                            &deadline, err));
    ATK_TRY(count_rows(store, &c, &query, &deadline, err));
    describe_block(&record, &c.info);
    atk_out_store(ret_info, &c.info, sizeof c.info);
    return 0;
}
