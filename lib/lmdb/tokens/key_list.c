/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/key_list.h"

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/tokens/audit.h"
#include "outside/held_keys.h"

int atk_lmdb_take_key_flags(struct atk_lmdb *store, const struct atk_keys_record *list,
                            apitoken_error *err) {
    int rc = atk_held_keys_retire((struct atk_keys *)(uintptr_t)store->base.keys, list);
    if (rc < 0) return atk_fail(err, rc, "out of guarded memory");
    if (rc > 0) (void)__atomic_add_fetch(&store->keys_number, 1, __ATOMIC_RELEASE);
    return 0;
}

static int add_active_key(struct atk_write *w, const struct atk_write_call *lead,
                          struct atk_keys_record *list, apitoken_error *err) {
    const struct atk_key *active = atk_keys_find_active(w->view.keys);
    const struct atk_keys_entry entry = { .key_id = active->id, .prints = active->prints };
    struct atk_config config = w->store->base.config;
    if (!atk_keys_record_add(list, &entry))
        return atk_fail_item(err, APITOKEN_E_KEY_LIMIT, active->id,
                             "the store's list of keys is full");
    atk_keys_record_set_key(list, active->id);
    config.key_id = active->id;
    ATK_TRY(atk_prints_put(&w->view, list, err));
    ATK_TRY(atk_config_put(&w->view, &config, err));
    return atk_audit_note_added_key(w, lead, active->id, err);
}

int atk_write_check_keys(struct atk_write *w, const struct atk_write_call *lead,
                         apitoken_error *err) {
    struct atk_lmdb *store = w->store;
    struct atk_keys_record list;
    const uint32_t active = w->view.keys->active;
    uint64_t tag;
    ATK_TRY(atk_prints_tag(&w->view, &tag, err));
    if (store->listed_key == active && store->list_tag == tag) return 0;
    ATK_TRY(atk_prints_get(&w->view, &list, err));
    ATK_TRY(atk_lmdb_take_key_flags(store, &list, err));
    if (atk_keys_record_flags(&list, active) != 0)
        return atk_fail_item(err, APITOKEN_E_KEY_RETIRED, active,
                             "key %lu is retired in this store: activate another one and reload "
                             "the keyring",
                             (unsigned long)active);
    if (atk_keys_record_find(&list, active) == atk_keys_record_count(&list))
        return add_active_key(w, lead, &list, err);
    store->listed_key = active;
    store->list_tag = tag;
    return 0;
}
