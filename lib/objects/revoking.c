/* SPDX-License-Identifier: MIT */
#include "objects/revoking.h"

#include "base/attr.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/input.h"

int atk_revoking_load(struct atk_revoking *revoking, const apitoken_store *store,
                      const apitoken_revoke_opts *opts, apitoken_error *err) {
    apitoken_revoke_opts *o = &revoking->opts;
    ATK_TRY(atk_opts_load(o, sizeof *o, ATK_SIZE_REVOKE_OPTS, APITOKEN_REVOKE_FINAL, opts, err));
    ATK_TRY(atk_input_reason(o->reason, o->reason_len, err));
    ATK_TRY(atk_input_reason_code(o->reason_code, err));
    ATK_TRY(atk_input_actor(o->actor, o->actor_len, err));
    ATK_TRY(atk_store_require_write(store, err));
    revoking->revocation = (struct atk_revocation){ .reason = o->reason,
                                                    .reason_len = o->reason_len,
                                                    .code = (uint8_t)o->reason_code,
                                                    .is_final = o->flags & APITOKEN_REVOKE_FINAL };
    revoking->change =
        (struct atk_change){ .kind = ATK_CHANGE_EDIT,
                             .room = o->reason_len ? ATK_ROOM_DENIAL_WITH_TEXT : ATK_ROOM_DENIAL,
                             .verb = ATK_VERB_REVOKE,
                             .actor = o->actor,
                             .actor_len = o->actor_len,
                             .reason = o->reason,
                             .reason_len = o->reason_len,
                             .edit = atk_edit_revoke,
                             .edit_ctx = &revoking->revocation,
                             .repairs = true,
                             .denies = true };
    return 0;
}

int atk_revoking_read_clock(struct atk_revoking *revoking, const apitoken_store *store,
                            apitoken_error *err) {
    ATK_TRY(atk_clock_read(&store->clock, &revoking->revocation.revoked_ms, err));
    revoking->change.now_ms = revoking->revocation.revoked_ms;
    return 0;
}

int atk_revoking_begin(struct atk_revoking *revoking, const apitoken_store *store,
                       const apitoken_revoke_opts *opts, apitoken_error *err) {
    ATK_TRY(atk_revoking_load(revoking, store, opts, err));
    return atk_revoking_read_clock(revoking, store, err);
}
