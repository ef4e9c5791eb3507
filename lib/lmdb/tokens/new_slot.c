/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/new_slot.h"

#include "base/attr.h"

/* No token depends on its slot: if the free ones cannot be read, a check finds out why. */
static bool find_free(const struct atk_write *w, struct atk_new_slot *ret) {
    if (w->state.free_slots == 0 || atk_slots_get_first(&w->view, &ret->free, NULL) < 0)
        return false;
    ret->slot = atk_slots_lowest(&ret->free);
    return ret->slot < w->state.next_slot && ret->slot < w->store->use.slots_given;
}

int atk_new_slot_find(struct atk_write *w, struct atk_new_slot *ret, apitoken_error *err) {
    struct atk_last_use *use = &w->store->use;
    ret->is_used_again = find_free(w, ret);
    if (!ret->is_used_again) {
        ret->slot = w->state.next_slot < use->slots_given ? w->state.next_slot : ATK_SLOT_NONE;
        return ret->slot == ATK_SLOT_NONE ? 0 : atk_last_use_prepare(use, ret->slot, err);
    }
    ATK_TRY(atk_last_use_prepare(use, ret->slot, err));
    /* two secrets may have one mark; the slot belongs to nobody, even if this create fails */
    atk_last_use_clear(use, ret->slot);
    return 0;
}

int atk_new_slot_take(struct atk_write *w, struct atk_new_slot *slot, apitoken_error *err) {
    if (slot->slot == ATK_SLOT_NONE) return 0;
    if (!slot->is_used_again) {
        w->state.next_slot++;
        return 0;
    }
    atk_slots_set(&slot->free, slot->slot, false);
    slot->free.key_id = w->view.keys->active;
    w->state.free_slots--;
    return atk_slots_put(&w->view, &slot->free, err);
}

int atk_slot_release(struct atk_write *w, uint32_t slot, apitoken_error *err) {
    struct atk_slots slots;
    const uint32_t first = atk_slots_first_of(slot);
    if (slot >= w->state.next_slot) return 0; /* also of a token without one */
    int rc = atk_slots_get(&w->view, first, &slots, NULL);
    if (rc == APITOKEN_E_NOT_FOUND)
        slots = (struct atk_slots){ .first = first };
    else if (rc < 0 || atk_slots_has(&slots, slot))
        return 0;
    atk_slots_set(&slots, slot, true);
    slots.key_id = w->view.keys->active;
    w->state.free_slots++;
    return atk_slots_put(&w->view, &slots, err);
}
