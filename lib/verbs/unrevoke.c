/* SPDX-License-Identifier: MIT */
/* apitoken_unrevoke() */
#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/input.h"
#include "objects/store.h"
#include "rules/edit_unrevoke.h"

int apitoken_unrevoke(apitoken_store *store, const char *owner, size_t owner_len, const char *id,
                      size_t id_len, const apitoken_unrevoke_opts *opts, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_unrevoke_opts full;
    struct atk_undo undo = { .is_admin = false };
    size_t index;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_UNREVOKE_OPTS, 0, opts, err));
    ATK_TRY(atk_input_owner(owner, owner_len, err));
    ATK_TRY(atk_input_id(id, id_len, err));
    ATK_TRY(atk_input_actor(full.actor, full.actor_len, err));
    ATK_TRY(atk_store_require_write(store, err));
    ATK_TRY(atk_clock_read(&store->clock, &undo.now_ms, err));
    undo.is_admin = store->is_admin;
    struct atk_change change = { .kind = ATK_CHANGE_EDIT,
                                 .room = ATK_ROOM_ORDINARY,
                                 .id = id,
                                 .owner = owner,
                                 .owner_len = owner_len,
                                 .now_ms = undo.now_ms,
                                 .verb = ATK_VERB_UNREVOKE,
                                 .actor = full.actor,
                                 .actor_len = full.actor_len,
                                 .edit = atk_edit_unrevoke,
                                 .edit_ctx = &undo };
    struct atk_deadline deadline = atk_store_deadline(store, full.timeout_ms);
    int rc = store->backend->ops->write(store->backend, &change, 1, &index, &deadline, err);
    atk_store_log_trouble(store);
    return rc;
}
