/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/files.h"
#include "lmdb/form/meta.h"
#include "lmdb/tokens/records.h"
#include "lmdb/process/registry.h"

static int fail_replaced(struct atk_lmdb *store, apitoken_error *err) {
    __atomic_store_n(&store->is_replaced, true, __ATOMIC_RELAXED);
    __atomic_store_n(&store->next_path_check_ms, 0, __ATOMIC_RELAXED);
    return atk_fail(err, APITOKEN_E_REPLACED, NULL);
}

/* Claims the check for this call, so that of several threads one looks. */
static bool claim_path_check(struct atk_lmdb *store, bool now) {
    int64_t at = atk_coarse_ms(),
            due = __atomic_load_n(&store->next_path_check_ms, __ATOMIC_RELAXED);
    if (!now && atk_lmdb_path_is_fresh(store, at)) return false;
    bool is_claimed =
        __atomic_compare_exchange_n(&store->next_path_check_ms, &due, at + ATK_REPLACED_INTERVAL_MS,
                                    0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    return is_claimed || now;
}

int atk_lmdb_check_path(struct atk_lmdb *store, bool now, apitoken_error *err) {
    struct stat st;
    if (__atomic_load_n(&store->is_replaced, __ATOMIC_RELAXED))
        return atk_fail(err, APITOKEN_E_REPLACED, NULL);
    if (!claim_path_check(store, now)) return 0;
    if (stat(store->data_path, &st) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return fail_replaced(store, err);
        return atk_fail_errno(err, errno, "examine", ATK_DATA_FILE);
    }
    if (st.st_dev != store->env->dev || st.st_ino != store->env->ino)
        return fail_replaced(store, err);
    return 0;
}

static void close_store(struct atk_backend *backend, bool is_child) {
    struct atk_lmdb *store = atk_lmdb_of(backend);
    if (!is_child) {
        const struct atk_homes homes = { { store->use.fd,
                                           store->env ? store->env->in_use_fd : -1 } };
        if (store->raised_homes) (void)atk_homes_sync(&homes, NULL);
        atk_group_destroy(&store->group);
        atk_last_use_close(&store->use);
        if (store->env) atk_registry_release(store->env);
        atk_guarded_free((void *)(uintptr_t)backend->keys);
    }
    free(store->data_path);
    atk_wipe(store->recent_key, sizeof store->recent_key);
    free(store);
}

static bool is_own(const struct atk_backend *backend) {
    return ((const struct atk_lmdb *)backend)->identity == atk_registry_identity();
}

static void note_use(struct atk_backend *backend, struct atk_use use, int64_t now_ms) {
    atk_last_use_note(&atk_lmdb_of(backend)->use, use, now_ms);
}

static int64_t last_use_ms(struct atk_backend *backend, struct atk_use use) {
    return atk_last_use_ms(&atk_lmdb_of(backend)->use, use);
}

void atk_lmdb_raise_homes(struct atk_lmdb *store, const struct atk_state_record *state,
                          uint64_t transaction) {
    const struct atk_homes homes = atk_lmdb_homes(store);
    struct atk_home home = { .transaction = transaction };
    memcpy(home.environment, state->environment, sizeof home.environment);
    store->raised_homes = true;
    int rc = atk_homes_write(&homes, &home, NULL);
    if (rc < 0) __atomic_store_n(&store->base.trouble, rc, __ATOMIC_RELAXED);
}

static const struct atk_backend_ops ops = {
    .close = close_store,
    .is_own = is_own,
    .is_remembered = atk_lmdb_is_remembered,
    .load_record = atk_lmdb_load_record,
    .remember_verdict = atk_lmdb_remember_verdict,
    .note_use = note_use,
    .last_use_ms = last_use_ms,
    .find_token = atk_lmdb_find_token,
    .list_rows = atk_lmdb_list_rows,
    .write = atk_lmdb_write,
    .write_many = atk_lmdb_write_many,
    .backup = atk_lmdb_backup,
    .read_facts = atk_lmdb_read_facts,
};

/*
 * Checks that the keyring fits the store, that the records of the store as a whole are intact, and
 * that the state was written by the transaction that made this snapshot, which is not older than
 * the homes say.
 */
static int check_snapshot(struct atk_lmdb *store, MDB_txn *txn, const struct atk_homes_said *said,
                          struct atk_state_record *ret_state, apitoken_error *err) {
    struct atk_keys_record list;
    const struct atk_view view = atk_lmdb_view(store, txn);
    struct atk_home home = { .transaction = mdb_txn_id(txn) };
    ATK_TRY(atk_prints_get(&view, &list, err));
    ATK_TRY(atk_state_get(&view, ret_state, err));
    ATK_TRY(atk_config_get(&view, &store->base.config, err));
    if (store->base.config.map_bytes != store->env->map_bytes)
        return atk_fail(err, APITOKEN_E_DAMAGED, "the map size of %s is not the configured one",
                        ATK_DATA_FILE);
    if (store->tolerates_rolled_back) return 0;
    memcpy(home.environment, ret_state->environment, sizeof home.environment);
    if (ret_state->transaction != home.transaction)
        return atk_fail(err, APITOKEN_E_ROLLED_BACK, NULL);
    return atk_homes_require(said, &home, err);
}

/* The schema first, because another one may have other records. */
static int bind_keys(struct atk_lmdb *store, MDB_txn *txn, const struct atk_keys *keys,
                     struct atk_open_report *report, apitoken_error *err) {
    const struct atk_view view = atk_lmdb_view(store, txn);
    ATK_TRY(atk_schema_check(&view, err));
    ATK_TRY(atk_names_check(&view, err));
    return atk_store_keys_get(&view, keys, &store->base.keys, &report->keys_locked, err);
}

/*
 * Reads the homes before it takes the snapshot: a commit in between can only make the snapshot
 * newer.
 */
static int check_store(struct atk_lmdb *store, const struct atk_keys *keys,
                       struct atk_deadline *deadline, struct atk_open_report *report,
                       apitoken_error *err) {
    struct atk_pool_entry *entry;
    struct atk_homes_said said;
    struct atk_state_record state = { .id_floor = 0 };
    const struct atk_last_use_place place = { .dir_fd = store->env->dir_fd,
                                              .any_owner = store->verify_only,
                                              .map_bytes = store->env->map_bytes };
    ATK_TRY(atk_last_use_open(&place, &store->use, err));
    const struct atk_homes homes = atk_lmdb_homes(store);
    atk_homes_read(&homes, &said);
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    int rc = bind_keys(store, entry->txn, keys, report, err);
    if (rc == 0) rc = check_snapshot(store, entry->txn, &said, &state, err);
    atk_env_read_end(entry);
    ATK_TRY(rc);
    store->base.id_floor = state.id_floor;
    atk_last_use_begin(&store->use, state.next_slot);
    report->is_use_off = !store->use.is_noted;
    return 0;
}

/* An absolute path, so that the host may change its working directory. */
static int set_data_path(struct atk_lmdb *store, const char *path, apitoken_error *err) {
    char base[ATK_PATH_MAX + 1] = "", joined[2 * ATK_PATH_MAX + 16];
    if (path[0] != '/' && !getcwd(base, sizeof base))
        return atk_fail_errno(err, errno, "find", "the working directory");
    (void)snprintf(joined, sizeof joined, "%s%s%s/%s", base, base[0] ? "/" : "", path,
                   ATK_DATA_FILE);
    store->data_path = strdup(joined);
    return store->data_path ? 0 : atk_fail(err, APITOKEN_E_NOMEM, NULL);
}

int atk_lmdb_open(const struct atk_backend_open *open, struct atk_deadline *deadline,
                  struct atk_backend **ret_backend, struct atk_open_report *report,
                  apitoken_error *err) {
    struct atk_lmdb *store = calloc(1, sizeof *store);
    const struct atk_env_open how = { .read_only = open->verify_only,
                                      .check_max_bytes = open->check_max_bytes,
                                      .deadline = deadline,
                                      .report = report };
    if (!store || atk_group_init(&store->group) < 0) {
        free(store);
        return atk_fail(err, APITOKEN_E_NOMEM, NULL);
    }
    store->base.ops = &ops;
    store->use.fd = -1;
    store->verify_only = open->verify_only;
    store->remembers_nothing = open->remembers_nothing;
    store->tolerates_rolled_back = open->tolerates_rolled_back;
    atk_random(store->recent_key, sizeof store->recent_key);
    int rc = set_data_path(store, open->path, err);
    if (rc == 0) rc = atk_registry_acquire(open->path, &how, &store->env, err);
    if (rc == 0) rc = check_store(store, open->keys, deadline, report, err);
    if (rc < 0) {
        close_store(&store->base, false);
        return rc;
    }
    store->identity = atk_registry_identity();
    *ret_backend = &store->base;
    return 0;
}
