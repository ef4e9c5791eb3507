/* SPDX-License-Identifier: MIT */
/* apitoken_policy_get() and apitoken_policy_set() */
#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "base/out.h"
#include "objects/input.h"
#include "objects/store.h"
#include "rules/policy.h"

#define MASK_ALL                                                                                 \
    (APITOKEN_POLICY_NEVER_FORBIDDEN | APITOKEN_POLICY_MAX_LIVE | APITOKEN_POLICY_MAX_LIFETIME | \
     APITOKEN_POLICY_DEFAULT_EXPIRY | APITOKEN_POLICY_UNDO | APITOKEN_POLICY_MAX_GRACE |         \
     APITOKEN_POLICY_AUDIT_RETENTION)

/* What a policy_set changes. */
struct setting {
    apitoken_policy values;
    uint32_t mask, revision;
};

static const char *name_of(enum atk_policy_value value) {
    switch (value) {
    case ATK_POLICY_MAX_LIVE: return "the most live tokens of an owner";
    case ATK_POLICY_MAX_LIFETIME: return "the longest lifetime";
    case ATK_POLICY_DEFAULT_EXPIRY: return "the default expiry";
    case ATK_POLICY_UNDO: return "the time for an undo";
    case ATK_POLICY_MAX_GRACE: return "the longest grace";
    default: return "the retention of the audit";
    }
}

static void take_values(const struct setting *s, struct atk_policy *policy) {
    const apitoken_policy *values = &s->values;
    if (s->mask & APITOKEN_POLICY_NEVER_FORBIDDEN)
        policy->flags = values->is_never_forbidden ? ATK_POLICY_NEVER_FORBIDDEN : 0;
    if (s->mask & APITOKEN_POLICY_MAX_LIVE) policy->max_live = values->max_live;
    if (s->mask & APITOKEN_POLICY_MAX_LIFETIME) policy->max_lifetime_ms = values->max_lifetime_ms;
    if (s->mask & APITOKEN_POLICY_DEFAULT_EXPIRY)
        policy->default_expiry_ms = values->default_expiry_ms;
    if (s->mask & APITOKEN_POLICY_UNDO) policy->undo_ms = values->undo_ms;
    if (s->mask & APITOKEN_POLICY_MAX_GRACE) policy->max_grace_ms = values->max_grace_ms;
    if (s->mask & APITOKEN_POLICY_AUDIT_RETENTION)
        policy->audit_retention_ms = values->audit_retention_ms;
}

/* An atk_policy_edit_fn. */
static int set_values(const void *ctx, struct atk_policy *policy, uint32_t revision,
                      apitoken_error *err) {
    const struct setting *s = ctx;
    const struct atk_policy before = *policy;
    if (s->revision && s->revision != revision)
        return atk_fail_field(err, APITOKEN_E_REVISION, APITOKEN_FIELD_REVISION, 0,
                              "the policy was changed: its revision is %lu, not %lu",
                              (unsigned long)revision, (unsigned long)s->revision);
    take_values(s, policy);
    const enum atk_policy_value wrong = atk_policy_find_wrong(policy);
    if (wrong != ATK_POLICY_NONE)
        return atk_fail_field(err, APITOKEN_E_POLICY_VALUE, APITOKEN_FIELD_POLICY, 0,
                              "%s is outside its limits, or contradicts another value",
                              name_of(wrong));
    return atk_policy_equals(policy, &before) ? ATK_EDIT_UNCHANGED : ATK_EDIT_CHANGED;
}

int apitoken_policy_get(apitoken_store *store, const apitoken_policy_opts *opts,
                        apitoken_policy *ret_policy, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_policy_opts full;
    struct atk_policy_record record;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    if (!ret_policy) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_out_require_size(ret_policy, ATK_SIZE_POLICY, err));
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_POLICY_OPTS, 0, opts, err));
    if (full.mask || full.revision || full.actor_len)
        return atk_fail_field(err, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_OPTS, 0, NULL);
    struct atk_deadline deadline = atk_store_deadline(store, full.timeout_ms);
    ATK_TRY(store->backend->ops->read_policy(store->backend, &record, &deadline, err));
    const struct atk_policy *policy = &record.policy;
    const apitoken_policy out = { .size = sizeof out,
                                  .revision = record.revision,
                                  .is_never_forbidden =
                                      (policy->flags & ATK_POLICY_NEVER_FORBIDDEN) != 0,
                                  .max_live = policy->max_live,
                                  .max_lifetime_ms = policy->max_lifetime_ms,
                                  .default_expiry_ms = policy->default_expiry_ms,
                                  .undo_ms = policy->undo_ms,
                                  .max_grace_ms = policy->max_grace_ms,
                                  .audit_retention_ms = policy->audit_retention_ms };
    atk_out_store(ret_policy, &out, sizeof out);
    return 0;
}

static int load_setting(const apitoken_policy *policy, const apitoken_policy_opts *opts,
                        struct setting *ret, apitoken_error *err) {
    if (!policy || opts->mask == 0) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(
        atk_opts_load(&ret->values, sizeof ret->values, ATK_SIZE_POLICY, UINT32_MAX, policy, err));
    if (opts->mask & ~(uint32_t)MASK_ALL || ret->values.is_never_forbidden > 1)
        return atk_fail_field(err, APITOKEN_E_ABI, APITOKEN_FIELD_OPTS, 0, NULL);
    ret->mask = opts->mask;
    ret->revision = opts->revision;
    return atk_input_required_actor(opts->actor, opts->actor_len, err);
}

int apitoken_policy_set(apitoken_store *store, const apitoken_policy *policy,
                        const apitoken_policy_opts *opts, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_policy_opts full;
    struct setting setting;
    size_t index;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_POLICY_OPTS, 0, opts, err));
    ATK_TRY(load_setting(policy, &full, &setting, err));
    ATK_TRY(atk_store_require_write(store, err));
    ATK_TRY(atk_store_require_admin(store, err));
    struct atk_change change = { .kind = ATK_CHANGE_POLICY,
                                 .room = ATK_ROOM_ORDINARY,
                                 .verb = ATK_VERB_POLICY,
                                 .actor = full.actor,
                                 .actor_len = full.actor_len,
                                 .edit_policy = set_values,
                                 .edit_ctx = &setting };
    ATK_TRY(atk_clock_read(&store->clock, &change.now_ms, err));
    struct atk_deadline deadline = atk_store_deadline(store, full.timeout_ms);
    int rc = store->backend->ops->write(store->backend, &change, 1, &index, &deadline, err);
    atk_store_log_trouble(store);
    return rc;
}
