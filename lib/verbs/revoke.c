/* SPDX-License-Identifier: MIT */
/* apitoken_revoke() */
#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/input.h"
#include "objects/store.h"

int apitoken_revoke(apitoken_store *store, const char *owner, size_t owner_len, const char *id,
                    size_t id_len, const apitoken_revoke_opts *opts, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_revoke_opts full;
    size_t index;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_REVOKE_OPTS, 0, opts, err));
    ATK_TRY(atk_input_owner(owner, owner_len, err));
    ATK_TRY(atk_input_id(id, id_len, err));
    ATK_TRY(atk_input_reason(full.reason, full.reason_len, err));
    ATK_TRY(atk_store_require_write(store, err));
    struct atk_change change = {
        .kind = ATK_CHANGE_REVOKE, .id = id, .owner = owner, .owner_len = owner_len
    };
    change.reason = full.reason;
    change.reason_len = full.reason_len;
    ATK_TRY(atk_clock_read(&store->clock, &change.now_ms, err));
    struct atk_deadline deadline = atk_store_deadline(store, full.timeout_ms);
    int rc = store->backend->ops->write(store->backend, &change, 1, &index, &deadline, err);
    atk_store_log_trouble(store);
    return rc;
}
