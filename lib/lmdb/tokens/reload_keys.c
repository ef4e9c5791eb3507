/* SPDX-License-Identifier: MIT */
/* Replaces the keys of an open store. */
#include "base/attr.h"
#include "base/error.h"
#include "lmdb/tokens/engine.h"
#include "lmdb/tokens/records.h"
#include "outside/held_keys.h"

/* What an open asks of a keyring. Marks the keys that are retired. */
static int check_view(const struct atk_view *view, apitoken_error *err) {
    struct atk_keys_record list;
    struct atk_state_record state;
    ATK_TRY(atk_schema_check(view, err));
    ATK_TRY(atk_prints_get(view, &list, err));
    if (atk_held_keys_retire((struct atk_keys *)(uintptr_t)view->keys, &list) < 0)
        return atk_fail(err, APITOKEN_E_NOMEM, "out of guarded memory");
    return atk_state_get(view, &state, err);
}

static int check_keys(struct atk_lmdb *store, const struct atk_keys *keys,
                      struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_pool_entry *entry;
    ATK_TRY(atk_env_read_begin(store->env, deadline, &entry, err));
    const struct atk_view view = { store->env, entry->txn, keys };
    int rc = check_view(&view, err);
    atk_env_read_end(entry);
    return rc;
}

/*
 * A verdict that is remembered from before says nothing any more, as its tag has the old number.
 * The keys come first: who sees the new number sees them too.
 */
static int replace_keys(struct atk_lmdb *store, const struct atk_keys *keys, apitoken_error *err) {
    struct atk_keys *held = (struct atk_keys *)(uintptr_t)store->base.keys;
    int rc = atk_held_keys_replace(held, keys);
    if (rc == APITOKEN_E_KEY_LIMIT)
        return atk_fail(err, rc, "this handle has had %d keys: close and reopen the store",
                        ATK_KEYS_MAX);
    if (rc < 0) return atk_fail(err, rc, "out of guarded memory");
    (void)__atomic_add_fetch(&store->keys_number, 1, __ATOMIC_RELEASE);
    return 0;
}

/* The leader of the handle's writers is alone: a transaction begins and ends with the same keys. */
static int reload_as_leader(struct atk_lmdb *store, const struct atk_keys *keys,
                            struct atk_deadline *deadline, apitoken_error *err) {
    struct atk_group_call call = { .is_alone = true };
    int rc = atk_group_join(&store->group, &call, deadline);
    if (rc == APITOKEN_E_BUSY) return atk_fail(err, rc, "timed out waiting for a writer");
    if (rc < 0) return atk_fail(err, rc, NULL);
    rc = atk_lmdb_check_path(store, true, err);
    if (rc == 0) rc = check_keys(store, keys, deadline, err);
    if (rc == 0) rc = replace_keys(store, keys, err);
    atk_group_leave(&store->group);
    return rc;
}

int atk_lmdb_reload_keys(struct atk_backend *backend, const struct atk_keys *keys,
                         struct atk_deadline *deadline, apitoken_error *err) {
    bool is_locked;
    const struct atk_keys *bound = atk_keys_bind(keys, backend->config.store_id, &is_locked);
    if (!bound) return atk_fail(err, APITOKEN_E_NOMEM, "out of guarded memory");
    int rc = reload_as_leader(atk_lmdb_of(backend), bound, deadline, err);
    atk_guarded_free((void *)(uintptr_t)bound);
    return rc;
}
