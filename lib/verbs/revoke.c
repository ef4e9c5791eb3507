/* SPDX-License-Identifier: MIT */
/* apitoken_revoke() */
#include "base/attr.h"
#include "base/error.h"
#include "objects/input.h"
#include "objects/revoking.h"

int apitoken_revoke(apitoken_store *store, const char *owner, size_t owner_len, const char *id,
                    size_t id_len, const apitoken_revoke_opts *opts, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    struct atk_revoking r;
    size_t index;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    ATK_TRY(atk_input_owner(owner, owner_len, err));
    ATK_TRY(atk_input_id(id, id_len, err));
    ATK_TRY(atk_revoking_begin(&r, store, opts, err));
    r.change.id = id;
    r.change.owner = owner;
    r.change.owner_len = owner_len;
    struct atk_deadline deadline = atk_store_deadline(store, r.opts.timeout_ms);
    int rc = store->backend->ops->write(store->backend, &r.change, 1, &index, &deadline, err);
    atk_store_log_trouble(store);
    return rc;
}
