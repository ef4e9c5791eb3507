/* SPDX-License-Identifier: MIT */
/* apitoken_purge() */
#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "base/out.h"
#include "objects/input.h"
#include "objects/token_steps.h"
#include "rules/edit_purge.h"

struct purge {
    apitoken_purge_opts opts;
    struct atk_purging purging;
    struct atk_policy_record policy;
    apitoken_purge_result result;
};

static int require_past(const struct purge *p, apitoken_error *err) {
    const int64_t before_ms = p->opts.ended_before_ms;
    if (before_ms >= 0 && before_ms <= p->purging.now_ms) return 0;
    return atk_fail_field(err, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_OPTS, 0,
                          before_ms < 0 ? "ended_before_ms is negative"
                                        : "ended_before_ms lies in the future");
}

static int load_opts(struct purge *p, const apitoken_store *store, const apitoken_purge_opts *opts,
                     apitoken_error *err) {
    apitoken_purge_opts *o = &p->opts;
    ATK_TRY(atk_opts_load(o, sizeof *o, ATK_SIZE_PURGE_OPTS, APITOKEN_PURGE_DRY_RUN, opts, err));
    ATK_TRY(atk_input_required_actor(o->actor, o->actor_len, err));
    ATK_TRY(atk_store_require_write(store, err));
    ATK_TRY(atk_store_require_admin(store, err));
    ATK_TRY(atk_clock_read(&store->clock, &p->purging.now_ms, err));
    p->purging.ended_before_ms = o->ended_before_ms;
    return require_past(p, err);
}

/* The policy here only spares steps: each transaction reads the one that counts. */
static int read_store(struct purge *p, apitoken_store *store, apitoken_error *err) {
    struct atk_backend *backend = store->backend;
    struct atk_deadline deadline = atk_store_deadline(store, p->opts.timeout_ms);
    ATK_TRY(backend->ops->read_policy(backend, &p->policy, &deadline, err));
    return atk_tick_latest(atk_backend_id_floor(backend), &p->purging.tick_max, err);
}

static bool is_to_go(void *ctx, const struct atk_row_view *row) {
    struct purge *p = ctx;
    const enum atk_purge_verdict verdict = atk_purge_judge(&p->purging, &p->policy.policy, row);
    p->result.kept += verdict == ATK_PURGE_KEPT;
    return verdict == ATK_PURGE_REMOVED;
}

/* Nothing is denied that was valid, but it makes room: so it may use some that is kept for that. */
static int take_steps(struct purge *p, apitoken_store *store, apitoken_error *err) {
    struct atk_token_steps steps = { .store = store,
                                     .needs = is_to_go,
                                     .needs_ctx = p,
                                     .only_counts = p->opts.flags & APITOKEN_PURGE_DRY_RUN };
    steps.change = (struct atk_change){ .kind = ATK_CHANGE_EDIT,
                                        .room = ATK_ROOM_DENIAL_WITH_TEXT,
                                        .now_ms = p->purging.now_ms,
                                        .verb = ATK_VERB_PURGE,
                                        .actor = p->opts.actor,
                                        .actor_len = p->opts.actor_len,
                                        .edit = atk_edit_purge,
                                        .edit_ctx = &p->purging,
                                        .removes = true };
    int rc = atk_token_steps_take(&steps, p->opts.timeout_ms, err);
    p->result.tokens = steps.changed;
    return rc;
}

int apitoken_purge(apitoken_store *store, const apitoken_purge_opts *opts,
                   apitoken_purge_result *ret_result, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    struct purge p = { .result = APITOKEN_PURGE_RESULT_INIT };
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    ATK_TRY(atk_out_require_size(ret_result, ATK_SIZE_PURGE_RESULT, err));
    ATK_TRY(load_opts(&p, store, opts, err));
    ATK_TRY(read_store(&p, store, err));
    int rc = take_steps(&p, store, err);
    atk_store_log_trouble(store);
    if (rc == 0 && ret_result) atk_out_store(ret_result, &p.result, sizeof p.result);
    return rc;
}
