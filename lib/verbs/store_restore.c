/* SPDX-License-Identifier: MIT */
/* apitoken_store_restore() */
#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "base/out.h"
#include "objects/input.h"
#include "objects/keyring.h"
#include "outside/backend.h"
#include "outside/clock.h"
#include "outside/files.h"

#define BOTH_FLAGS (APITOKEN_RESTORE_REVOKE_ALL | APITOKEN_RESTORE_ACCEPT_LOST)

static int refuse_both_flags(uint32_t flags, apitoken_error *err) {
    if ((flags & BOTH_FLAGS) != BOTH_FLAGS) return 0;
    return atk_fail_field(
        err, APITOKEN_E_ABI, APITOKEN_FIELD_OPTS, 0,
        "APITOKEN_RESTORE_REVOKE_ALL and APITOKEN_RESTORE_ACCEPT_LOST exclude each other");
}

int apitoken_store_restore(const char *backup_path, const char *path,
                           const apitoken_keyring *keyring, const apitoken_restore_opts *opts,
                           apitoken_restore_result *ret_result, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_restore_opts full;
    struct atk_restore restore = { .backup_path = backup_path, .path = path };
    ATK_TRY(atk_error_check(err));
    if (!keyring) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_input_path(backup_path, err));
    ATK_TRY(atk_input_path(path, err));
    ATK_TRY(atk_out_require_size(ret_result, ATK_SIZE_RESTORE_RESULT, err));
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_RESTORE_OPTS,
                          BOTH_FLAGS | APITOKEN_ANY_FILE_SYSTEM, opts, err));
    ATK_TRY(atk_input_required_actor(full.actor, full.actor_len, err));
    ATK_TRY(refuse_both_flags(full.flags, err));
    if (keyring->keys->verify_only) return atk_fail(err, APITOKEN_E_KEYS_VERIFY, NULL);
    const struct atk_clock clock = { full.clock, full.clock_ctx };
    ATK_TRY(atk_clock_read(&clock, &restore.act.now_ms, err));
    restore.act.actor = full.actor;
    restore.act.actor_len = full.actor_len;
    restore.keys = keyring->keys;
    restore.any_fs = (full.flags & APITOKEN_ANY_FILE_SYSTEM) != 0;
    restore.revokes_all = (full.flags & APITOKEN_RESTORE_REVOKE_ALL) != 0;
    restore.accepts_lost = (full.flags & APITOKEN_RESTORE_ACCEPT_LOST) != 0;
    struct atk_deadline deadline =
        atk_deadline_in(full.timeout_ms ? full.timeout_ms : ATK_TIMEOUT_DEFAULT_MS);
    ATK_TRY(atk_lmdb_restore(&restore, &deadline, err));
    if (ret_result) atk_out_store(ret_result, &restore.result, sizeof restore.result);
    return 0;
}
