/* SPDX-License-Identifier: MIT */
/* apitoken_store_backup() */
#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/input.h"
#include "objects/store.h"
#include "outside/files.h"

int apitoken_store_backup(apitoken_store *store, const char *path, const apitoken_backup_opts *opts,
                          apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_backup_opts full;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    ATK_TRY(atk_input_path(path, err));
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_BACKUP_OPTS, APITOKEN_ANY_FILE_SYSTEM, opts,
                          err));
    ATK_TRY(atk_input_reserved(full.reserved, err));
    struct atk_deadline deadline = atk_store_deadline(store, full.timeout_ms);
    return store->backend->ops->backup(store->backend, path, full.flags & APITOKEN_ANY_FILE_SYSTEM,
                                       &deadline, err);
}
