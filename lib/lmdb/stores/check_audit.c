/* SPDX-License-Identifier: MIT */
#include "lmdb/stores/check_audit.h"

#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/stores/scan.h"
#include "lmdb/tokens/audit.h"
#include "outside/audit_tag.h"
#include "rules/token_state.h"

struct check {
    const struct atk_view *view;
    const uint8_t *store_id;
    struct atk_findings *found;
    struct atk_audit_head head; /* of what was read so far */
    bool is_tag_unknown;        /* that of the head, because its record is damaged */
};

#define NOTE(c, ...)                                                          \
    do {                                                                      \
        apitoken_error said = APITOKEN_ERROR_INIT;                            \
        (void)atk_fail(&said, APITOKEN_E_DAMAGED, __VA_ARGS__);               \
        atk_findings_add((c)->found, APITOKEN_FINDING_STORE, &said, NULL, 0); \
    } while (0)

static void note_missing(struct check *c, uint64_t next) {
    NOTE(c, "%llu records of the audit are missing, from number %llu on",
         (unsigned long long)(next - c->head.number - 1), (unsigned long long)c->head.number + 1);
}

/* Whether the record continues the chain; one that cannot be told does. */
static void check_place(struct check *c, uint64_t number, const struct atk_audit *audit) {
    struct atk_audit_head head = c->head;
    if (number != head.number + 1) {
        note_missing(c, number);
        return;
    }
    if (c->is_tag_unknown) return;
    if (atk_audit_tag_verify(c->view->keys, c->store_id, ATK_AUDIT_CHAIN, &head, number, audit) ==
        APITOKEN_E_DAMAGED)
        NOTE(c, "record %llu of the audit, or the one before it, was changed",
             (unsigned long long)number);
}

/* The chain goes on behind a fault, so that each is told once. */
static void move_head(struct check *c, uint64_t number, const struct atk_audit *audit) {
    c->head.number = number;
    c->is_tag_unknown = audit == NULL;
    if (audit) memcpy(c->head.tag, audit->tag, sizeof c->head.tag);
}

/* The number in the key of a record that may be damaged; false if it is none that may come next. */
static bool is_later(const struct check *c, const MDB_val *key, uint64_t *ret_number) {
    uint64_t chain;
    if (key->mv_size != ATK_AUDIT_KEY_LEN) return false;
    atk_audit_key_parse(key->mv_data, &chain, ret_number);
    return chain == ATK_AUDIT_CHAIN && *ret_number > c->head.number;
}

/* An atk_scan_record_fn. */
static int check_record(void *ctx, const MDB_val *key, const MDB_val *value, apitoken_error *err) {
    struct check *c = ctx;
    struct atk_audit audit;
    uint64_t number = 0;
    apitoken_error detail = APITOKEN_ERROR_INIT;
    (void)err;
    if (!is_later(c, key, &number)) {
        NOTE(c, "a record of the audit stands where none belongs");
        return 0;
    }
    int rc = atk_audit_read(c->view->keys, key, value, &number, &audit, &detail);
    if (rc < 0) {
        atk_findings_add(c->found, APITOKEN_FINDING_STORE, &detail, NULL, 0);
        if (number != c->head.number + 1) note_missing(c, number);
    } else {
        check_place(c, number, &audit);
    }
    move_head(c, number, rc == 0 ? &audit : NULL);
    return 0;
}

/* The state has the place of the newest record. */
static void check_end(struct check *c, const struct atk_audit_head *last) {
    if (c->head.number < last->number)
        note_missing(c, last->number + 1);
    else if (c->head.number > last->number)
        NOTE(c, "the audit has records behind number %llu, which the state says is the last one",
             (unsigned long long)last->number);
    else if (!c->is_tag_unknown && !atk_hash_equal(c->head.tag, last->tag))
        NOTE(c, "the last record of the audit, number %llu, is not the one that the state says",
             (unsigned long long)last->number);
}

int atk_audit_check(const struct atk_view *view, const uint8_t store_id[ATK_STORE_ID_LEN],
                    const struct atk_state_record *state, struct atk_findings *found,
                    apitoken_error *err) {
    struct check check = {
        .view = view, .store_id = store_id, .found = found, .head = state->audit_removed
    };
    ATK_TRY(atk_scan_records(view, view->env->audit, check_record, &check, err));
    check_end(&check, &state->audit_last);
    return 0;
}

bool atk_audit_last_ms(const struct atk_view *view, const struct atk_state_record *state,
                       int64_t *ret_ms) {
    uint8_t bytes[ATK_AUDIT_KEY_LEN];
    MDB_val key = { sizeof bytes, bytes }, value;
    struct atk_audit audit;
    uint64_t number;
    atk_audit_key(ATK_AUDIT_CHAIN, state->audit_last.number, bytes);
    if (mdb_get(view->txn, view->env->audit, &key, &value) != 0 ||
        atk_audit_read(view->keys, &key, &value, &number, &audit, NULL) < 0 ||
        !atk_ms_is_valid(audit.at_ms))
        return false;
    *ret_ms = audit.at_ms;
    return true;
}
