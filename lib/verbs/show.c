/* SPDX-License-Identifier: MIT */
/* apitoken_show() */
#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/input.h"
#include "objects/list_row.h"
#include "objects/store.h"

int apitoken_show(apitoken_store *store, const char *owner, size_t owner_len, const char *id,
                  size_t id_len, const apitoken_show_opts *opts, apitoken_token **ret_token,
                  apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_show_opts full;
    struct atk_hot hot;
    struct atk_row row;
    int64_t now_ms;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    if (!ret_token) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_SHOW_OPTS, 0, opts, err));
    ATK_TRY(atk_input_reserved(full.reserved, err));
    ATK_TRY(atk_input_owner(owner, owner_len, err));
    ATK_TRY(atk_input_id(id, id_len, err));
    ATK_TRY(atk_clock_read(&store->clock, &now_ms, err));
    struct atk_deadline deadline = atk_store_deadline(store, full.timeout_ms);
    const struct atk_token_ref ref = { owner, owner_len, id };
    ATK_TRY(store->backend->ops->find_token(store->backend, &ref, &hot, &row, &deadline, err));
    const struct atk_row_view view = atk_row_view_of(&row);
    apitoken_token *token = atk_list_row_new(&view, owner, owner_len, now_ms);
    if (!token) return atk_fail(err, APITOKEN_E_NOMEM, NULL);
    atk_list_row_set_uses(token, atk_token_uses_read(store->backend, &view));
    *ret_token = token;
    return 0;
}
