/* SPDX-License-Identifier: MIT */
/* apitoken_store_retire_key() */
#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "base/out.h"
#include "objects/input.h"
#include "objects/store.h"

#define FLAGS_ALL (APITOKEN_RETIRE_END_TOKENS | APITOKEN_RETIRE_DRY_RUN)

static int check_call(const apitoken_store *store, uint32_t key_id, const apitoken_retire_opts *o,
                      apitoken_error *err) {
    ATK_TRY(atk_input_reserved(o->reserved, err));
    ATK_TRY(atk_input_reason_code(o->reason_code, err));
    ATK_TRY(atk_input_required_actor(o->actor, o->actor_len, err));
    if (key_id == 0)
        return atk_fail_field(err, APITOKEN_E_KEY_ID, APITOKEN_FIELD_KEY, 0,
                              "0 is not the id of a key");
    ATK_TRY(atk_store_require_write(store, err));
    return atk_store_require_admin(store, err);
}

int apitoken_store_retire_key(apitoken_store *store, uint32_t key_id,
                              const apitoken_retire_opts *opts, apitoken_retire_result *ret_result,
                              apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_retire_opts o;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    ATK_TRY(atk_out_require_size(ret_result, ATK_SIZE_RETIRE_RESULT, err));
    ATK_TRY(atk_opts_load(&o, sizeof o, ATK_SIZE_RETIRE_OPTS, FLAGS_ALL, opts, err));
    ATK_TRY(check_call(store, key_id, &o, err));
    struct atk_retire retire = { .key_id = key_id,
                                 .ends_tokens = (o.flags & APITOKEN_RETIRE_END_TOKENS) != 0,
                                 .is_dry_run = (o.flags & APITOKEN_RETIRE_DRY_RUN) != 0,
                                 .reason_code = (uint8_t)o.reason_code,
                                 .timeout_ms = o.timeout_ms ? o.timeout_ms : store->timeout_ms,
                                 .actor = o.actor,
                                 .actor_len = o.actor_len,
                                 .result = { .size = sizeof retire.result } };
    ATK_TRY(atk_clock_read(&store->clock, &retire.now_ms, err));
    int rc = store->backend->ops->retire_key(store->backend, &retire, err);
    if (ret_result) atk_out_store(ret_result, &retire.result, sizeof retire.result);
    atk_store_log_trouble(store);
    return rc;
}
