/* SPDX-License-Identifier: MIT */
#include "lmdb/stores/store_act.h"

#include "base/attr.h"
#include "base/error.h"

/* It is the first record under the key. */
static int note_added_key(const struct atk_audit_place *place, const struct atk_store_act *act,
                          uint32_t key_id, apitoken_error *err) {
    uint8_t changes[ATK_AUDIT_CHANGES_MAX];
    struct atk_store_act adding = *act;
    adding.verb = ATK_VERB_ADD_KEY;
    return atk_audit_note_act(place, &adding, changes, atk_audit_describe_key(key_id, changes),
                              err);
}

static int list_active_key(const struct atk_audit_place *place, const struct atk_store_act *act,
                           apitoken_error *err) {
    const struct atk_view *view = place->view;
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
    ATK_TRY(atk_prints_put(view, &list, err));
    return note_added_key(place, act, active->id, err);
}

int atk_store_act_note(const struct atk_audit_place *place, const struct atk_store_act *act,
                       const uint8_t *changes, size_t changes_len, apitoken_error *err) {
    ATK_TRY(list_active_key(place, act, err));
    return atk_audit_note_act(place, act, changes, changes_len, err);
}
