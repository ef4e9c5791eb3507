/* SPDX-License-Identifier: MIT */
#include "objects/store.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/input.h"
#include "objects/keyring.h"

#define FLAGS (APITOKEN_OPEN_NO_RECENT | APITOKEN_OPEN_ADMIN | APITOKEN_ANY_FILE_SYSTEM)

int atk_store_enter(const apitoken_store *store, apitoken_error *err) {
    if (!store) return atk_fail(err, APITOKEN_E_ARGUMENT, "the store is NULL");
    return store->backend->ops->is_own(store->backend) ? 0 : atk_fail(err, APITOKEN_E_FORKED, NULL);
}

int atk_store_require_write(const apitoken_store *store, apitoken_error *err) {
    return store->verify_only ? atk_fail(err, APITOKEN_E_VERIFY_ONLY, NULL) : 0;
}

int atk_store_require_admin(const apitoken_store *store, apitoken_error *err) {
    return store->is_admin ? 0 : atk_fail(err, APITOKEN_E_ADMIN, NULL);
}

static void log_line(const apitoken_store *store, int level, int code, const char *text) {
    if (store->log) store->log(level, code, text, store->log_ctx);
}

static const char *const troubles[ATK_TROUBLES] = {
    [ATK_TROUBLE_HOMES] = "the number that detects a rollback could not be written",
    [ATK_TROUBLE_RESERVE] =
        "the disk space that revokes need could not be allocated: they may fail",
};

void atk_store_log_trouble(apitoken_store *store) {
    for (int i = 0; i < ATK_TROUBLES; i++) {
        int *trouble = &store->backend->trouble[i];
        if (!__atomic_load_n(trouble, __ATOMIC_RELAXED)) continue;
        int code = __atomic_exchange_n(trouble, 0, __ATOMIC_RELAXED);
        if (code) log_line(store, APITOKEN_LOG_WARNING, code, troubles[i]);
    }
}

static void log_lost_use(const apitoken_store *store, int code) {
    if (code == 0)
        log_line(store, APITOKEN_LOG_WARNING, APITOKEN_E_DAMAGED,
                 "last-use was lost and has been made anew: earlier times of last use are gone");
    else if (code == APITOKEN_E_VERIFY_ONLY)
        log_line(store, APITOKEN_LOG_WARNING, code,
                 "last-use is lost: this handle records no times of last use; a read-write open "
                 "makes it anew");
    else
        log_line(store, APITOKEN_LOG_WARNING, code,
                 "last-use is lost and cannot be made anew: this handle records no times of last "
                 "use");
}

/* Called after the open, when no lock is held. */
static void log_report(const apitoken_store *store, const struct atk_open_report *report) {
    char text[120];
    if (!store->keys_locked)
        log_line(store, APITOKEN_LOG_WARNING, APITOKEN_E_MLOCK,
                 "memory for keys could not be locked into RAM (RLIMIT_MEMLOCK)");
    if (report->is_use_off)
        log_line(store, APITOKEN_LOG_WARNING, APITOKEN_E_DISK_FULL,
                 "no disk space for times of last use: this handle records none");
    if (report->reserve_rc)
        log_line(store, APITOKEN_LOG_WARNING, report->reserve_rc, troubles[ATK_TROUBLE_RESERVE]);
    if (report->was_use_lost) log_lost_use(store, report->use_code);
    if (report->cleared_readers) {
        (void)snprintf(text, sizeof text,
                       "cleared %u reader slots of an earlier process with this PID",
                       report->cleared_readers);
        log_line(store, APITOKEN_LOG_INFO, 0, text);
    }
    if (report->dead_readers > 0) {
        (void)snprintf(text, sizeof text, "cleared %d reader slots of dead processes",
                       report->dead_readers);
        log_line(store, APITOKEN_LOG_INFO, 0, text);
    }
}

static int require_valid_mode(const apitoken_open_opts *opts, const apitoken_keyring *keyring,
                              apitoken_error *err) {
    if (opts->mode != APITOKEN_MODE_READ_WRITE && opts->mode != APITOKEN_MODE_VERIFY_ONLY)
        return atk_fail_field(err, APITOKEN_E_MODE, APITOKEN_FIELD_OPTS, 0, "unknown open mode %lu",
                              (unsigned long)opts->mode);
    if (opts->mode == APITOKEN_MODE_VERIFY_ONLY && opts->flags & APITOKEN_OPEN_ADMIN)
        return atk_fail_field(err, APITOKEN_E_MODE, APITOKEN_FIELD_OPTS, 0,
                              "APITOKEN_OPEN_ADMIN needs a read-write handle");
    if (opts->mode == APITOKEN_MODE_READ_WRITE && keyring->keys->verify_only)
        return atk_fail(err, APITOKEN_E_KEYS_VERIFY, NULL);
    return 0;
}

static apitoken_store *new_store(const apitoken_open_opts *opts) {
    apitoken_store *store = calloc(1, sizeof *store);
    if (!store) return NULL;
    store->verify_only = opts->mode == APITOKEN_MODE_VERIFY_ONLY;
    store->is_admin = (opts->flags & APITOKEN_OPEN_ADMIN) != 0;
    store->timeout_ms = opts->timeout_ms;
    store->clock = (struct atk_clock){ opts->clock, opts->clock_ctx };
    store->zone = opts->zone;
    store->zone_ctx = opts->zone_ctx;
    store->log = opts->log;
    store->log_ctx = opts->log_ctx;
    return store;
}

/* Under a key that the store lists: no reload can take it away. */
static void encode_stand_in(apitoken_store *store) {
    struct atk_hot none = { .key_id = store->backend->config.key_id,
                            .revision = 1,
                            .end_ms = ATK_END_NEVER,
                            .owner_len = ATK_STAND_IN_OWNER };
    memset(none.owner, '-', none.owner_len);
    (void)atk_hot_encode(&none, store->stand_in);
}

static int open_backend(apitoken_store *store, const char *path, const apitoken_keyring *keyring,
                        const apitoken_open_opts *opts, struct atk_open_report *report,
                        apitoken_error *err) {
    const struct atk_backend_open open = {
        .path = path,
        .verify_only = store->verify_only,
        .any_fs = (opts->flags & APITOKEN_ANY_FILE_SYSTEM) != 0,
        .remembers_nothing = (opts->flags & APITOKEN_OPEN_NO_RECENT) != 0,
        .check_max_bytes = opts->check_max_bytes,
        .keys = keyring->keys,
    };
    struct atk_deadline deadline = atk_deadline_in(store->timeout_ms);
    ATK_TRY(atk_lmdb_open(&open, &deadline, &store->backend, report, err));
    store->keys = store->backend->keys;
    store->keys_locked = report->keys_locked;
    encode_stand_in(store);
    return 0;
}

int apitoken_store_open(const char *path, const apitoken_keyring *keyring,
                        const apitoken_open_opts *opts, apitoken_store **ret_store,
                        apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_open_opts full;
    struct atk_open_report report = { 0 };
    ATK_TRY(atk_error_check(err));
    if (!keyring || !ret_store) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_input_path(path, err));
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_OPEN_OPTS, FLAGS, opts, err));
    if (!full.mode) full.mode = APITOKEN_MODE_READ_WRITE;
    if (!full.timeout_ms) full.timeout_ms = ATK_TIMEOUT_DEFAULT_MS;
    if (!full.check_max_bytes) full.check_max_bytes = ATK_STRUCTURE_CHECK_DEFAULT;
    ATK_TRY(require_valid_mode(&full, keyring, err));
    apitoken_store *store = new_store(&full);
    if (!store) return atk_fail(err, APITOKEN_E_NOMEM, NULL);
    int rc = open_backend(store, path, keyring, &full, &report, err);
    if (rc < 0) {
        free(store);
        return rc;
    }
    log_report(store, &report);
    *ret_store = store;
    return 0;
}

void apitoken_store_close(apitoken_store *store) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    if (!store) return;
    const bool is_child = !store->backend->ops->is_own(store->backend);
    store->backend->ops->close(store->backend, is_child);
    free(store);
}
