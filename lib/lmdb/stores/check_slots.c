/* SPDX-License-Identifier: MIT */
#include "lmdb/stores/check_slots.h"

#include <stdlib.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/form/error.h"

int atk_slots_check_begin(struct atk_slots_check *c, const struct atk_state_record *state,
                          apitoken_error *err) {
    c->next_slot = state->next_slot;
    c->used = calloc((size_t)c->next_slot / 8 + 1, 1);
    return c->used ? 0 : atk_fail(err, APITOKEN_E_NOMEM, NULL);
}

void atk_slots_check_end(struct atk_slots_check *c) {
    free(c->used);
    c->used = NULL;
}

static bool is_used(const struct atk_slots_check *c, uint32_t slot) {
    return (c->used[slot / 8] >> slot % 8 & 1) != 0;
}

static void note_token(const struct atk_slots_check *c, const char *id, const struct atk_hot *hot,
                       const char *what) {
    apitoken_error detail = APITOKEN_ERROR_INIT;
    (void)atk_fail(&detail, APITOKEN_E_DAMAGED, "the last-use slot %lu of a token %s",
                   (unsigned long)hot->slot, what);
    atk_fail_add_id(&detail, id);
    atk_findings_add(c->found, APITOKEN_FINDING_TOKEN, &detail, hot->owner, hot->owner_len);
}

void atk_slots_check_token(struct atk_slots_check *c, const char *id, const struct atk_hot *hot) {
    if (hot->slot == ATK_SLOT_NONE) return;
    if (hot->slot >= c->next_slot) {
        note_token(c, id, hot, "was never given away");
        return;
    }
    if (is_used(c, hot->slot)) note_token(c, id, hot, "is also that of another one");
    c->used[hot->slot / 8] |= (uint8_t)(1u << hot->slot % 8);
}

static void note_slot(const struct atk_slots_check *c, uint32_t slot, const char *what) {
    apitoken_error detail = APITOKEN_ERROR_INIT;
    (void)atk_fail(&detail, APITOKEN_E_DAMAGED, "the last-use slot %lu is listed as free, but %s",
                   (unsigned long)slot, what);
    atk_findings_add(c->found, APITOKEN_FINDING_STORE, &detail, NULL, 0);
}

static void check_free(struct atk_slots_check *c, const struct atk_slots *slots) {
    for (uint32_t i = 0; i < ATK_SLOTS_A_RECORD; i++) {
        if (!atk_slots_has(slots, i)) continue;
        c->free++;
        if (slots->first + i >= c->next_slot)
            note_slot(c, slots->first + i, "was never given away");
        else if (is_used(c, slots->first + i))
            note_slot(c, slots->first + i, "a token has it");
    }
}

static void check_record(struct atk_slots_check *c, const MDB_val *key, const MDB_val *value) {
    struct atk_slots slots;
    apitoken_error detail = APITOKEN_ERROR_INIT;
    if (atk_slots_read(c->view.keys, key, value, &slots, &detail) == 0) {
        check_free(c, &slots);
        return;
    }
    c->is_unreadable = true;
    atk_findings_add(c->found, APITOKEN_FINDING_STORE, &detail, NULL, 0);
}

static int check_records(struct atk_slots_check *c, MDB_cursor *cursor, apitoken_error *err) {
    MDB_val key, value;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    for (; rc == 0; rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        if (*(const char *)key.mv_data != ATK_NAME_MARK) return 0;
        if (atk_name_is_slots(&key)) check_record(c, &key, &value);
    }
    return rc == MDB_NOTFOUND ? 0 : atk_fail_mdb(err, rc, "read the free slots");
}

static void note_count(const struct atk_slots_check *c, const struct atk_state_record *state) {
    apitoken_error detail = APITOKEN_ERROR_INIT;
    if (c->is_unreadable || c->free == state->free_slots) return;
    (void)atk_fail(&detail, APITOKEN_E_DAMAGED,
                   "the state says that %lu last-use slots are free, but %llu are listed",
                   (unsigned long)state->free_slots, (unsigned long long)c->free);
    atk_findings_add(c->found, APITOKEN_FINDING_STORE, &detail, NULL, 0);
}

int atk_slots_check(struct atk_slots_check *c, const struct atk_state_record *state,
                    apitoken_error *err) {
    MDB_cursor *cursor;
    int rc = mdb_cursor_open(c->view.txn, c->view.env->hot, &cursor);
    if (rc != 0) return atk_fail_mdb(err, rc, "read the free slots");
    rc = check_records(c, cursor, err);
    mdb_cursor_close(cursor);
    ATK_TRY(rc);
    note_count(c, state);
    return 0;
}
