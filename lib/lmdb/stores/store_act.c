/* SPDX-License-Identifier: MIT */
#include "lmdb/stores/store_act.h"

#include "base/attr.h"
#include "base/error.h"

static int list_active_key(const struct atk_view *view, apitoken_error *err) {
    const struct atk_key *active = atk_keys_find_active(view->keys);
    const struct atk_keys_entry entry = { active->id, active->prints };
    struct atk_keys_record list;
    ATK_TRY(atk_prints_get(view, &list, err));
    for (uint32_t i = 0; i < atk_keys_record_count(&list); i++)
        if (atk_keys_record_entry(&list, i).key_id == active->id) return 0;
    if (!atk_keys_record_add(&list, &entry))
        return atk_fail_item(err, APITOKEN_E_KEY_LIMIT, active->id,
                             "the store's list of keys is full");
    atk_keys_record_set_key(&list, active->id);
    return atk_prints_put(view, &list, err);
}

int atk_store_act_note(const struct atk_audit_place *place, const struct atk_store_act *act,
                       const uint8_t *changes, size_t changes_len, apitoken_error *err) {
    ATK_TRY(list_active_key(place->view, err));
    return atk_audit_note_act(place, act, changes, changes_len, err);
}
