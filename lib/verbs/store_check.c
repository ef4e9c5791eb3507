/* SPDX-License-Identifier: MIT */
/* apitoken_store_check() */
#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/input.h"
#include "objects/keyring.h"
#include "outside/backend.h"
#include "outside/files.h"

/* 0 if nothing was found, or only a rollback that the caller accepts. */
static int conclude_findings(const char *path, const struct atk_keys *keys,
                             const apitoken_check_opts *opts, const struct atk_findings *found,
                             struct atk_deadline *deadline, apitoken_error *err) {
    if (!found->total) return 0;
    if (found->code == APITOKEN_E_ROLLED_BACK && opts->flags & APITOKEN_CHECK_ACCEPT_ROLLBACK)
        return atk_lmdb_accept_rollback(path, opts->flags & APITOKEN_ANY_FILE_SYSTEM, keys,
                                        deadline, err);
    return atk_fail_as(err, &found->worst);
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
    ATK_TRY(atk_input_reserved(full.reserved, err));
    if (full.flags & APITOKEN_CHECK_ACCEPT_ROLLBACK && keyring->keys->verify_only)
        return atk_fail(err, APITOKEN_E_KEYS_VERIFY, NULL);
    if (atk_findings_init(&found, full.finding != NULL) < 0)
        return atk_fail(err, APITOKEN_E_NOMEM, NULL);
    struct atk_deadline deadline =
        atk_deadline_in(full.timeout_ms ? full.timeout_ms : ATK_TIMEOUT_DEFAULT_MS);
    int rc = atk_lmdb_fsck(path, full.flags & APITOKEN_ANY_FILE_SYSTEM, keyring->keys, &found,
                           &deadline, err);
    if (rc == 0 && full.finding) atk_findings_report(&found, full.finding, full.finding_ctx);
    if (rc == 0) rc = conclude_findings(path, keyring->keys, &full, &found, &deadline, err);
    atk_findings_free(&found);
    return rc;
}
