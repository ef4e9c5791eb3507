/* SPDX-License-Identifier: MIT */
/* apitoken_store_check() */
#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/input.h"
#include "objects/keyring.h"
#include "outside/backend.h"
#include "outside/clock.h"
#include "outside/files.h"

/* 0 if nothing was found, or only a rollback that the caller accepts. */
static int conclude_findings(const struct atk_backend_offline *store, bool accepts,
                             const struct atk_findings *found, struct atk_deadline *deadline,
                             apitoken_error *err) {
    if (!found->total) return 0;
    if (found->code == APITOKEN_E_ROLLED_BACK && accepts)
        return atk_lmdb_accept_rollback(store, deadline, err);
    return atk_fail_as(err, &found->worst);
}

/* Who only checks is named nowhere. */
static int read_act(const apitoken_check_opts *opts, const struct atk_keys *keys,
                    struct atk_store_act *ret, apitoken_error *err) {
    const struct atk_clock clock = { opts->clock, opts->clock_ctx };
    if (!(opts->flags & APITOKEN_CHECK_ACCEPT_ROLLBACK))
        return opts->actor || opts->actor_len
                   ? atk_fail_field(err, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_ACTOR, 0, NULL)
                   : 0;
    if (keys->verify_only) return atk_fail(err, APITOKEN_E_KEYS_VERIFY, NULL);
    ATK_TRY(atk_input_required_actor(opts->actor, opts->actor_len, err));
    *ret = (struct atk_store_act){ ATK_VERB_ACCEPT_ROLLBACK, opts->actor, opts->actor_len, 0 };
    return atk_clock_read(&clock, &ret->now_ms, err);
}

int apitoken_store_check(const char *path, const apitoken_keyring *keyring,
                         const apitoken_check_opts *opts, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_check_opts full;
    struct atk_findings found;
    ATK_TRY(atk_error_check(err));
    if (!keyring) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_input_path(path, err));
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_CHECK_OPTS,
                          APITOKEN_CHECK_ACCEPT_ROLLBACK | APITOKEN_ANY_FILE_SYSTEM, opts, err));
    struct atk_backend_offline store = { .path = path,
                                         .any_fs = full.flags & APITOKEN_ANY_FILE_SYSTEM,
                                         .keys = keyring->keys };
    ATK_TRY(read_act(&full, keyring->keys, &store.act, err));
    if (atk_findings_init(&found, full.finding != NULL) < 0)
        return atk_fail(err, APITOKEN_E_NOMEM, NULL);
    struct atk_deadline deadline =
        atk_deadline_in(full.timeout_ms ? full.timeout_ms : ATK_TIMEOUT_DEFAULT_MS);
    int rc = atk_lmdb_fsck(path, store.any_fs, keyring->keys, &found, &deadline, err);
    if (rc == 0 && full.finding) atk_findings_report(&found, full.finding, full.finding_ctx);
    if (rc == 0)
        rc = conclude_findings(&store, full.flags & APITOKEN_CHECK_ACCEPT_ROLLBACK, &found,
                               &deadline, err);
    atk_findings_free(&found);
    return rc;
}
