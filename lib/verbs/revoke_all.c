/* SPDX-License-Identifier: MIT */
/* apitoken_revoke_all() */
#include "base/attr.h"
#include "base/error.h"
#include "objects/input.h"
#include "objects/token_steps.h"
#include "objects/revoking.h"

/* APITOKEN_E_NOT_FOUND before anything is revoked: the owner has no token that is to be kept. */
static int require_token(apitoken_store *store, const struct atk_token_ref *token,
                         uint32_t timeout_ms, apitoken_error *err) {
    struct atk_deadline deadline = atk_store_deadline(store, timeout_ms);
    struct atk_hot hot;
    struct atk_row row;
    return store->backend->ops->find_token(store->backend, token, &hot, &row, &deadline, err);
}

int apitoken_revoke_all(apitoken_store *store, const char *owner, size_t owner_len,
                        const char *except_id, size_t except_id_len,
                        const apitoken_revoke_opts *opts, uint64_t *ret_count,
                        apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    const struct atk_token_ref kept = { owner, owner_len, except_id };
    struct atk_token_steps steps = { .store = store, .owner = owner, .owner_len = owner_len };
    struct atk_revoking r;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    ATK_TRY(atk_input_owner(owner, owner_len, err));
    if (except_id || except_id_len) ATK_TRY(atk_input_id(except_id, except_id_len, err));
    ATK_TRY(atk_revoking_begin(&r, store, opts, err));
    if (except_id) ATK_TRY(require_token(store, &kept, r.opts.timeout_ms, err));
    steps.except = except_id;
    steps.change = r.change;
    int rc = atk_token_steps_take(&steps, r.opts.timeout_ms, err);
    atk_store_log_trouble(store);
    if (rc == 0 && ret_count) *ret_count = steps.changed;
    return rc;
}
