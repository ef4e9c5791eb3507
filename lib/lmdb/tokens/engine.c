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

static int replaced(struct atk_lmdb *store, apitoken_error *err) {
    __atomic_store_n(&store->is_replaced, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&store->next_look_ms, 0, __ATOMIC_RELAXED);
    return atk_fail(err, APITOKEN_E_REPLACED, NULL);
}

/* 1 if it is this call's turn to look. */
static int is_due(struct atk_lmdb *store, int now) {
    int64_t at = atk_coarse_ms(), due = __atomic_load_n(&store->next_look_ms, __ATOMIC_RELAXED);
    if (!now && atk_lmdb_is_fresh(store, at)) return 0;
    int turn = __atomic_compare_exchange_n(&store->next_look_ms, &due, at + ATK_REPLACED_CHECK_MS,
                                           0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    return turn || now;
}

int atk_lmdb_check_path(struct atk_lmdb *store, int now, apitoken_error *err) {
    struct stat st;
    if (__atomic_load_n(&store->is_replaced, __ATOMIC_RELAXED))
        return atk_fail(err, APITOKEN_E_REPLACED, NULL);
    if (!is_due(store, now)) return 0;
    if (stat(store->data_path, &st) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return replaced(store, err);
        return atk_fail_errno(err, errno, "examine", ATK_DATA_FILE);
    }
    if (st.st_dev != store->env->dev || st.st_ino != store->env->ino) return replaced(store, err);
    return 0;
}

static void shut(struct atk_backend *backend, int is_child) {
    struct atk_lmdb *store = atk_lmdb_of(backend);
    if (!is_child) {
        atk_group_destroy(&store->group);
        atk_last_use_close(&store->use);
        if (store->env) atk_registry_release(store->env);
    }
    free(store->data_path);
    atk_wipe(store->recent_key, sizeof store->recent_key);
    free(store);
}

static int is_own(const struct atk_backend *backend) {
    return ((const struct atk_lmdb *)backend)->identity == atk_registry_identity();
}

static void note_use(struct atk_backend *backend, uint32_t slot, const char *id, int64_t now_ms) {
    atk_last_use_note(&atk_lmdb_of(backend)->use, slot, id, now_ms);
}

static int64_t last_use_ms(struct atk_backend *backend, uint32_t slot, const char *id) {
    return atk_last_use_ms(&atk_lmdb_of(backend)->use, slot, id);
}

static const struct atk_backend_ops ops = {
    .close = shut,
    .is_own = is_own,
    .is_familiar = atk_lmdb_is_familiar,
    .load_hot = atk_lmdb_load_hot,
    .remember = atk_lmdb_remember,
    .note_use = note_use,
    .last_use_ms = last_use_ms,
    .find = atk_lmdb_find,
    .page = atk_lmdb_page,
    .write = atk_lmdb_write,
    .write_many = atk_lmdb_write_many,
    .backup = atk_lmdb_backup,
    .facts = atk_lmdb_facts,
};

/*
 * The keyring is the store's, the records pass their checks, and the state is that of the snapshot
 * it stands in.
 */
static int admit_in(struct atk_lmdb *store, MDB_txn *txn, uint64_t *ret_slots,
                    apitoken_error *err) {
    struct atk_keys_record known;
    struct atk_state_record state;
    const struct atk_keys *keys = store->base.keys;
    /* first: a newer one may have other records */
    if (atk_state_get(store->env, txn, keys, &state, NULL) == APITOKEN_E_SCHEMA)
        return atk_fail(err, APITOKEN_E_SCHEMA, NULL);
    ATK_TRY(atk_prints_get(store->env, txn, keys, &known, err));
    ATK_TRY(atk_state_get(store->env, txn, keys, &state, err));
    ATK_TRY(atk_config_get(store->env, txn, keys, &store->base.config, err));
    if (state.transaction != mdb_txn_id(txn) && !store->tolerates_rolled_back)
        return atk_fail(err, APITOKEN_E_ROLLED_BACK, NULL);
    if (store->base.config.map_bytes != store->env->map_bytes)
        return atk_fail(err, APITOKEN_E_DAMAGED, "the map size of %s is not the configured one",
                        ATK_DATA_FILE);
    *ret_slots = state.next_slot;
    return 0;
}

/*
 * The header is read before the snapshot is taken: a commit in between can only make the snapshot
 * newer.
 */
static int is_newest(struct atk_lmdb *store, struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_pool_entry *entry;
    uint64_t seen = atk_last_use_transaction(&store->use);
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    uint64_t present = mdb_txn_id(entry->txn);
    atk_env_read_end(entry);
    return present >= seen ? 0 : atk_fail(err, APITOKEN_E_ROLLED_BACK, NULL);
}

static int admit(struct atk_lmdb *store, struct atk_deadline *deadline,
                 struct atk_backend_news *news, apitoken_error *err) {
    struct atk_pool_entry *entry;
    uint64_t slots = 0;
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    int rc = admit_in(store, entry->txn, &slots, err);
    atk_env_read_end(entry);
    ATK_TRY(rc);
    ATK_TRY(atk_last_use_open(store->env->dir_fd, store->verify_only, store->base.config.store_id,
                              store->env->map_bytes, slots, &store->use, err));
    news->is_use_off = !store->use.is_noted;
    return store->tolerates_rolled_back ? 0 : is_newest(store, deadline, err);
}

/* Absolute, so that a host may change its directory. */
static int set_data_path(struct atk_lmdb *store, const char *path, apitoken_error *err) {
    char base[ATK_PATH_MAX + 1] = "", joined[2 * ATK_PATH_MAX + 16];
    if (path[0] != '/' && !getcwd(base, sizeof base))
        return atk_fail_errno(err, errno, "tell", "the present directory");
    (void)snprintf(joined, sizeof joined, "%s%s%s/%s", base, base[0] ? "/" : "", path,
                   ATK_DATA_FILE);
    store->data_path = strdup(joined);
    return store->data_path ? 0 : atk_fail(err, APITOKEN_E_NOMEM, NULL);
}

int atk_lmdb_open(const struct atk_backend_open *open, struct atk_deadline *deadline,
                  struct atk_backend **ret_backend, struct atk_backend_news *news,
                  apitoken_error *err) {
    struct atk_lmdb *store = calloc(1, sizeof *store);
    if (!store || atk_group_init(&store->group) < 0) {
        free(store);
        return atk_fail(err, APITOKEN_E_NOMEM, NULL);
    }
    store->base.ops = &ops;
    store->base.keys = open->keys;
    store->use.fd = -1;
    store->verify_only = open->verify_only;
    store->forgets = open->forgets;
    store->tolerates_rolled_back = open->tolerates_rolled_back;
    atk_random(store->recent_key, sizeof store->recent_key);
    int rc = set_data_path(store, open->path, err);
    if (rc == 0)
        rc = atk_registry_acquire(open->path, open->verify_only, open->check_max_bytes, deadline,
                                  &store->env, news, err);
    if (rc == 0) rc = admit(store, deadline, news, err);
    if (rc < 0) {
        shut(&store->base, 0);
        return rc;
    }
    store->identity = atk_registry_identity();
    *ret_backend = &store->base;
    return 0;
}
