/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/allocate.h"
#include "outside/file_limit.h"
#include "outside/files.h"
#include "lmdb/form/meta.h"
#include "lmdb/process/locks.h"
#include "lmdb/tokens/key_list.h"
#include "lmdb/tokens/records.h"
#include "lmdb/tokens/space.h"
#include "lmdb/process/registry.h"

static void close_within(struct atk_lmdb *store, bool is_child, struct atk_deadline *deadline) {
    if (!is_child) {
        const struct atk_homes homes = { { store->use.fd,
                                           store->env ? store->env->in_use_fd : -1 } };
        if (store->raised_homes) (void)atk_homes_sync(&homes, NULL);
        atk_group_destroy(&store->group);
        atk_last_use_close(&store->use);
        atk_locks_close(&store->writer_fd);
        if (store->env) atk_registry_release(store->env, deadline);
        atk_guarded_free((void *)(uintptr_t)store->base.keys);
    } else {
        atk_last_use_leave(&store->use);
    }
    (void)atk_write_memory_free(&store->memory);
    free(store->counters);
    free(store->path);
    atk_wipe(store->recent_key, sizeof store->recent_key);
    free(store);
}

static void close_store(struct atk_backend *backend, bool is_child) {
    struct atk_deadline brief = atk_deadline_in(ATK_CLOSE_WAIT_MS);
    close_within(atk_lmdb_of(backend), is_child, &brief);
}

static bool is_own(const struct atk_backend *backend) {
    return ((const struct atk_lmdb *)backend)->identity == atk_registry_identity();
}

static void note_use(struct atk_backend *backend, const struct atk_use *use, int64_t now_ms) {
    atk_last_use_note(&atk_lmdb_of(backend)->use, *use, now_ms);
}

static void count_verdict(struct atk_backend *backend, int rc, bool is_remembered) {
    atk_counters_add_verdict(atk_lmdb_of(backend)->counters, rc, is_remembered);
}

static void read_counts(const struct atk_backend *backend, struct atk_counts *ret_counts) {
    atk_counters_read(((const struct atk_lmdb *)backend)->counters, ret_counts);
}

static int64_t last_use_ms(struct atk_backend *backend, struct atk_use use) {
    return atk_last_use_ms(&atk_lmdb_of(backend)->use, use);
}

static void note_trouble(struct atk_lmdb *store, enum atk_trouble what, int code) {
    __atomic_store_n(&store->base.trouble[what], code, __ATOMIC_RELAXED);
}

void atk_lmdb_raise_homes(struct atk_lmdb *store, const struct atk_state_record *state,
                          uint64_t transaction) {
    const struct atk_homes homes = atk_lmdb_homes(store);
    struct atk_home home = { .transaction = transaction };
    memcpy(home.environment, state->environment, sizeof home.environment);
    store->raised_homes = true;
    int rc = atk_homes_write(&homes, &home, NULL);
    if (rc < 0) note_trouble(store, ATK_TROUBLE_HOMES, rc);
}

static const struct atk_backend_ops ops = {
    .close = close_store,
    .is_own = is_own,
    .is_remembered = atk_lmdb_is_remembered,
    .find_verdict = atk_lmdb_find_verdict,
    .load_record = atk_lmdb_load_record,
    .remember_verdict = atk_lmdb_remember_verdict,
    .note_use = note_use,
    .count_verdict = count_verdict,
    .read_counts = read_counts,
    .last_use_ms = last_use_ms,
    .find_token = atk_lmdb_find_token,
    .read_owner = atk_lmdb_read_owner,
    .read_policy = atk_lmdb_read_policy,
    .list_rows = atk_lmdb_list_rows,
    .list_rowless = atk_lmdb_list_rowless,
    .list_all_rows = atk_lmdb_list_all_rows,
    .read_audit = atk_lmdb_read_audit,
    .write = atk_lmdb_write,
    .write_many = atk_lmdb_write_many,
    .backup = atk_lmdb_backup,
    .read_facts = atk_lmdb_read_facts,
    .reload_keys = atk_lmdb_reload_keys,
    .retire_key = atk_lmdb_retire_key,
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
    ATK_TRY(atk_lmdb_take_key_flags(store, &list, err));
    ATK_TRY(atk_state_get(&view, ret_state, err));
    ATK_TRY(atk_config_get(&view, &store->base.config, err));
    if (store->base.config.map_bytes != store->env->map_bytes)
        return atk_fail(err, APITOKEN_E_DAMAGED, "the map size of %s is not the configured one",
                        ATK_DATA_FILE);
    if (ret_state->limit_bytes > store->env->map_bytes)
        return atk_fail(err, APITOKEN_E_DAMAGED, "the limit of the store is above its map size");
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
    if (!view.env->has_all_trees)
        return atk_fail(err, APITOKEN_E_DAMAGED, "the store is damaged: it lacks a tree");
    ATK_TRY(atk_names_check(&view, err));
    return atk_store_keys_get(&view, keys, &store->base.keys, &report->keys_locked, err);
}

static struct atk_last_use_place use_place(const struct atk_lmdb *store) {
    return (struct atk_last_use_place){ .dir_fd = store->env->dir_fd,
                                        .any_owner = store->verify_only,
                                        .map_bytes = store->env->map_bytes };
}

/* No token depends on the last-use file: a store that has lost it is opened without. */
static int open_use(struct atk_lmdb *store, struct atk_open_report *report, apitoken_error *err) {
    const struct atk_last_use_place place = use_place(store);
    report->was_use_lost = atk_last_use_is_lost(&place);
    return report->was_use_lost ? 0 : atk_last_use_open(&place, &store->use, err);
}

/*
 * A file that is too short works as far as it goes; who may write the store makes it longer. With
 * the write lock, as another process may make it longer still.
 */
static void lengthen_use(struct atk_lmdb *store, const struct atk_state_record *state) {
    if (store->use.fd < 0) return;
    (void)atk_last_use_lengthen(&store->use, state->limit_bytes, state->next_slot, NULL);
}

/* With the write lock, so that no other process does the same. The other home says the number. */
static int renew_use_locked(struct atk_lmdb *store, const struct atk_state_record *state) {
    const struct atk_last_use_place place = use_place(store);
    struct atk_homes_said said;
    if (atk_last_use_is_lost(&place)) ATK_TRY(atk_last_use_renew(&place, NULL));
    ATK_TRY(atk_last_use_open(&place, &store->use, NULL));
    lengthen_use(store, state);
    const struct atk_homes homes = atk_lmdb_homes(store);
    atk_homes_read(&homes, &said);
    return said.has_said[1] ? atk_homes_write(&homes, &said.home[1], NULL) : 0;
}

/* Makes a lost last-use file anew, now that everything else has proved itself. */
static int renew_use(struct atk_lmdb *store, const struct atk_state_record *state,
                     struct atk_deadline *deadline) {
    if (store->verify_only) return APITOKEN_E_VERIFY_ONLY;
    ATK_TRY(atk_locks_take_write(store->writer_fd, deadline, NULL));
    int rc = renew_use_locked(store, state);
    atk_locks_drop(store->writer_fd, ATK_LOCK_WRITE);
    return rc;
}

/*
 * What a revoke writes must be on disk: pages, and a home of the rollback number; last_use.c sees
 * to the other one. With the write lock, because a hole may get zeros.
 */
static int allocate_reserve(const struct atk_lmdb *store, const struct atk_state_record *state) {
    ATK_TRY(atk_allocate(store->writer_fd, 0, ATK_HOME_LEN, ATK_LOCK_FILE, NULL));
    return atk_space_hold(store->env, state->limit_bytes, NULL);
}

/* An open waits for no writer: if another process has the lock, it is left to the first write. */
static int hold_reserve(struct atk_lmdb *store, const struct atk_state_record *state) {
    store->owes_reserve = !atk_locks_try(store->writer_fd, ATK_LOCK_WRITE, false);
    if (store->owes_reserve) return 0;
    lengthen_use(store, state);
    int rc = allocate_reserve(store, state);
    atk_locks_drop(store->writer_fd, ATK_LOCK_WRITE);
    return rc;
}

void atk_lmdb_hold_owed_reserve(struct atk_lmdb *store, const struct atk_state_record *state) {
    if (!store->owes_reserve) return;
    store->owes_reserve = false;
    lengthen_use(store, state);
    int rc = allocate_reserve(store, state);
    if (rc < 0) note_trouble(store, ATK_TROUBLE_RESERVE, rc);
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
    ATK_TRY(open_use(store, report, err));
    const struct atk_homes homes = atk_lmdb_homes(store);
    atk_homes_read(&homes, &said);
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    int rc = bind_keys(store, entry->txn, keys, report, err);
    if (rc == 0) rc = check_snapshot(store, entry->txn, &said, &state, err);
    if (rc == 0 && !store->verify_only) report->reserve_rc = hold_reserve(store, &state);
    atk_env_read_end(entry);
    ATK_TRY(rc);
    store->base.id_floor = state.id_floor;
    if (report->was_use_lost && !store->tolerates_rolled_back)
        report->use_code = renew_use(store, &state, deadline);
    if (store->use.fd < 0) return 0;
    atk_last_use_begin(&store->use, state.next_slot);
    report->is_use_off = !store->use.is_noted;
    return 0;
}

int atk_lmdb_open(const struct atk_backend_open *open, struct atk_deadline *deadline,
                  struct atk_backend **ret_backend, struct atk_open_report *report,
                  apitoken_error *err) {
    ATK_NO_FILE_SIGNAL;
    struct atk_lmdb *store = calloc(1, sizeof *store);
    const struct atk_env_open how = { .read_only = open->verify_only,
                                      .any_fs = open->any_fs,
                                      .check_max_bytes = open->check_max_bytes,
                                      .deadline = deadline,
                                      .report = report };
    if (!store || atk_group_init(&store->group) < 0) {
        free(store);
        return atk_fail(err, APITOKEN_E_NOMEM, NULL);
    }
    store->base.ops = &ops;
    store->counters = atk_counters_new();
    store->use.fd = store->writer_fd = -1;
    store->verify_only = open->verify_only;
    store->remembers_nothing = open->remembers_nothing;
    store->tolerates_rolled_back = open->tolerates_rolled_back;
    atk_random(store->recent_key, sizeof store->recent_key);
    int rc = store->counters ? 0 : atk_fail(err, APITOKEN_E_NOMEM, NULL);
    if (rc == 0) rc = atk_lmdb_set_path(store, open->path, err);
    if (rc == 0) rc = atk_registry_acquire(open->path, &how, &store->env, err);
    if (rc == 0 && !store->verify_only && !atk_write_memory_hold(&store->memory))
        rc = atk_fail(err, APITOKEN_E_NOMEM, NULL);
    /* kept open, so that a process without a free descriptor can still revoke */
    if (rc == 0 && !store->verify_only)
        rc = atk_locks_open(store->env->dir_fd, false, &store->writer_fd, err);
    if (rc == 0) rc = check_store(store, open->keys, deadline, report, err);
    if (rc == 0) rc = atk_lmdb_hold_files(store, err);
    if (rc < 0) {
        close_within(store, false, deadline);
        return rc;
    }
    store->identity = atk_registry_identity();
    *ret_backend = &store->base;
    return 0;
}
