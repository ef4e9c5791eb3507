/* SPDX-License-Identifier: MIT */
/* apitoken_store_grow() */
#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/input.h"
#include "objects/keyring.h"
#include "outside/backend.h"
#include "outside/clock.h"

int apitoken_store_grow(const char *path, const apitoken_keyring *keyring, uint64_t map_bytes,
                        const apitoken_grow_opts *opts, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_grow_opts full;
    uint64_t bytes = 0;
    ATK_TRY(atk_error_check(err));
    if (!keyring) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_input_path(path, err));
    ATK_TRY(
        atk_opts_load(&full, sizeof full, ATK_SIZE_GROW_OPTS, APITOKEN_ANY_FILE_SYSTEM, opts, err));
    ATK_TRY(atk_input_required_actor(full.actor, full.actor_len, err));
    if (keyring->keys->verify_only) return atk_fail(err, APITOKEN_E_KEYS_VERIFY, NULL);
    ATK_TRY(atk_input_map_size(map_bytes, &bytes, err));
    struct atk_backend_grow grow = { path,
                                     full.flags & APITOKEN_ANY_FILE_SYSTEM,
                                     keyring->keys,
                                     bytes,
                                     { ATK_VERB_GROW, full.actor, full.actor_len, 0 } };
    const struct atk_clock clock = { full.clock, full.clock_ctx };
    ATK_TRY(atk_clock_read(&clock, &grow.act.now_ms, err));
    struct atk_deadline deadline =
        atk_deadline_in(full.timeout_ms ? full.timeout_ms : ATK_TIMEOUT_DEFAULT_MS);
    return atk_lmdb_grow(&grow, &deadline, err);
}
