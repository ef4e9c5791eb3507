/* SPDX-License-Identifier: MIT */
/* apitoken_store_reload_keys() */
#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/input.h"
#include "objects/keyring.h"
#include "objects/store.h"

int apitoken_store_reload_keys(apitoken_store *store, const apitoken_keyring *keyring,
                               const apitoken_reload_opts *opts, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_reload_opts full;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    if (!keyring) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_RELOAD_OPTS, 0, opts, err));
    ATK_TRY(atk_input_reserved(full.reserved, err));
    if (!store->verify_only && keyring->keys->verify_only)
        return atk_fail(err, APITOKEN_E_KEYS_VERIFY, NULL);
    struct atk_deadline deadline = atk_store_deadline(store, full.timeout_ms);
    return store->backend->ops->reload_keys(store->backend, keyring->keys, &deadline, err);
}
