/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/records.h"

#include <endian.h>
#include <string.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/error.h"
#include "outside/record_tag.h"
#include "lmdb/form/error.h"
#include "rules/token_pair.h"

/* Keys in the main tree. '!' sorts before every id, so these records share one leaf. */
#define CONFIG_KEY "!config"
#define KEY_LIST_KEY "!keys"
#define POLICY_KEY "!policy"
#define SLOTS_KEY "!slots" /* and the first slot, big-endian, so that they are in order */
#define STATE_KEY "!state"

static MDB_val val_of(const void *data, size_t len) {
    return (MDB_val){ len, (void *)(uintptr_t)data };
}

static MDB_val key_named(const char *name) { return val_of(name, strlen(name)); }

static int fail_damaged(apitoken_error *err, const char *what) {
    return atk_fail(err, APITOKEN_E_DAMAGED, "the store is damaged: %s", what);
}

/* 0, or what the codec said about a record whose tag is right. */
static int report_decoded(int rc, const char *what, apitoken_error *err) {
    if (rc == APITOKEN_E_NEWER)
        return atk_fail(err, APITOKEN_E_SCHEMA, "%s of the store is of a newer version", what);
    return rc == 0 ? 0 : fail_damaged(err, what);
}

int atk_records_check_pair(const struct atk_hot *hot, const struct atk_row *row,
                           apitoken_error *err) {
    if (atk_records_agree(hot, row)) return 0;
    if ((hot->flags ^ row->flags) & ATK_FLAG_REVOKED)
        return atk_fail(
            err, APITOKEN_E_DAMAGED,
            "one of the token's two records is revoked, the other is not: revoke it again");
    return fail_damaged(err, "a token and its row");
}

static int get_value(const struct atk_view *view, MDB_dbi tree, MDB_val key, MDB_val *ret,
                     const char *action, apitoken_error *err) {
    int rc = mdb_get(view->txn, tree, &key, ret);
    if (rc == 0) return 0;
    if (rc == MDB_NOTFOUND) return atk_fail(err, APITOKEN_E_NOT_FOUND, NULL);
    return atk_fail_mdb(err, rc, action);
}

static int verify_tag(const struct atk_keys *keys, const MDB_val *key, const MDB_val *value,
                      const char *what, apitoken_error *err) {
    int rc = atk_record_tag_verify(keys, key->mv_data, key->mv_size,
                                   (const uint8_t *)value->mv_data, value->mv_size);
    if (rc == 0) return 0;
    if (rc == APITOKEN_E_DAMAGED) return fail_damaged(err, what);
    const uint8_t *record = value->mv_data;
    const uint32_t id = (uint32_t)atk_le_at(record + ATK_RECORD_KEY_ID_AT, 4);
    if (rc == APITOKEN_E_KEY_RETIRED)
        return atk_fail_item(err, rc, id, "%s is tagged under key %lu, which is retired", what,
                             (unsigned long)id);
    return atk_fail_item(err, rc, id,
                         "the keyring lacks key %lu, with which %s was made: load it again",
                         (unsigned long)id, what);
}

static int put_tagged(const struct atk_view *view, MDB_dbi tree, MDB_val key, MDB_val record,
                      unsigned flags, apitoken_error *err) {
    atk_record_tag_write(view->keys, key.mv_data, key.mv_size, record.mv_data, record.mv_size);
    int rc = mdb_put(view->txn, tree, &key, &record, flags);
    if (rc == 0) return 0;
    if (rc == MDB_KEYEXIST) return atk_fail(err, APITOKEN_E_EXISTS, NULL);
    return atk_fail_mdb(err, rc, "write to the store");
}

/* ---- tokens ---------------------------------------------------------------------------------- */

int atk_hot_read(const struct atk_keys *keys, const MDB_val *id, const MDB_val *value,
                 struct atk_hot *ret, apitoken_error *err) {
    ATK_TRY(verify_tag(keys, id, value, "a token", err));
    return report_decoded(atk_hot_decode(value->mv_data, value->mv_size, ret), "a token", err);
}

int atk_hot_get(const struct atk_view *view, const char *id, struct atk_hot *ret,
                apitoken_error *err) {
    MDB_val key = val_of(id, APITOKEN_ID_LEN), value;
    ATK_TRY(get_value(view, view->env->hot, key, &value, "read a token", err));
    return atk_hot_read(view->keys, &key, &value, ret, err);
}

/*
 * The id at the end of a row's key, and the owner before it. The key has a right tag: only keys of
 * this form are tagged.
 */
static const char *id_of(const MDB_val *key) {
    return (const char *)key->mv_data + key->mv_size - APITOKEN_ID_LEN;
}
static const char *owner_of(const MDB_val *key) { return (const char *)key->mv_data + 1; }

static int verify_row(const struct atk_keys *keys, const MDB_val *key, const MDB_val *value,
                      apitoken_error *err) {
    if (key->mv_size <= 1 + APITOKEN_ID_LEN) return fail_damaged(err, "a token's row");
    return verify_tag(keys, key, value, "a token's row", err);
}

int atk_row_read_view(const struct atk_keys *keys, const MDB_val *key, const MDB_val *value,
                      struct atk_row_view *ret, apitoken_error *err) {
    ATK_TRY(verify_row(keys, key, value, err));
    ATK_TRY(report_decoded(atk_row_parse_view(value->mv_data, value->mv_size, ret), "a token's row",
                           err));
    ret->id = id_of(key);
    ret->owner = owner_of(key);
    ret->owner_len = key->mv_size - 1 - APITOKEN_ID_LEN;
    return 0;
}

int atk_row_read(const struct atk_keys *keys, const MDB_val *key, const MDB_val *value,
                 struct atk_row *ret, apitoken_error *err) {
    ATK_TRY(verify_row(keys, key, value, err));
    ATK_TRY(
        report_decoded(atk_row_decode(value->mv_data, value->mv_size, ret), "a token's row", err));
    memcpy(ret->id, id_of(key), sizeof ret->id);
    return 0;
}

int atk_row_get(const struct atk_view *view, const struct atk_hot *hot, const char *id,
                struct atk_row *ret, apitoken_error *err) {
    uint8_t bytes[ATK_ROW_KEY_MAX];
    MDB_val key = val_of(bytes, atk_row_key(hot->owner, hot->owner_len, id, bytes));
    MDB_val value;
    int rc = get_value(view, view->env->rows, key, &value, "read a token's row", err);
    if (rc == APITOKEN_E_NOT_FOUND) return fail_damaged(err, "a token without a row");
    ATK_TRY(rc);
    return atk_row_read(view->keys, &key, &value, ret, err);
}

int atk_hot_put(const struct atk_view *view, const char *id, const struct atk_hot *hot,
                unsigned flags, apitoken_error *err) {
    uint8_t record[ATK_HOT_MAX];
    return put_tagged(view, view->env->hot, val_of(id, APITOKEN_ID_LEN),
                      val_of(record, atk_hot_encode(hot, record)), flags, err);
}

int atk_row_put(const struct atk_view *view, const struct atk_hot *hot, const struct atk_row *row,
                apitoken_error *err) {
    uint8_t record[ATK_ROW_MAX], key[ATK_ROW_KEY_MAX];
    size_t key_len = atk_row_key(hot->owner, hot->owner_len, row->id, key),
           len = atk_row_encode(row, record);
    /* only if parts of a newer version fill it */
    if (len == 0) return atk_fail(err, APITOKEN_E_SCHEMA, "a token's row has no more room");
    return put_tagged(view, view->env->rows, val_of(key, key_len), val_of(record, len), 0, err);
}

static int remove_value(const struct atk_view *view, MDB_dbi tree, MDB_val key,
                        apitoken_error *err) {
    int rc = mdb_del(view->txn, tree, &key, NULL);
    return rc == 0 || rc == MDB_NOTFOUND ? 0 : atk_fail_mdb(err, rc, "write to the store");
}

int atk_token_remove(const struct atk_view *view, const struct atk_hot *hot, const char *id,
                     apitoken_error *err) {
    uint8_t key[ATK_ROW_KEY_MAX];
    const size_t key_len = atk_row_key(hot->owner, hot->owner_len, id, key);
    ATK_TRY(remove_value(view, view->env->hot, val_of(id, APITOKEN_ID_LEN), err));
    return remove_value(view, view->env->rows, val_of(key, key_len), err);
}

/* ---- the records of the store as a whole ----------------------------------------------------- */

/* A store that lacks one of them is damaged. */
static int get_named(const struct atk_view *view, const char *name, MDB_val *ret,
                     apitoken_error *err) {
    int rc = get_value(view, view->env->hot, key_named(name), ret, "read the store", err);
    return rc == APITOKEN_E_NOT_FOUND ? fail_damaged(err, "a missing record") : rc;
}

static int verify_named(const struct atk_view *view, const char *name, const MDB_val *value,
                        const char *what, apitoken_error *err) {
    const MDB_val key = key_named(name);
    return verify_tag(view->keys, &key, value, what, err);
}

static int put_named(const struct atk_view *view, const char *name, MDB_val record,
                     apitoken_error *err) {
    return put_tagged(view, view->env->hot, key_named(name), record, 0, err);
}

int atk_store_keys_get(const struct atk_view *view, const struct atk_keys *keys,
                       const struct atk_keys **ret_keys, bool *ret_is_locked, apitoken_error *err) {
    MDB_val value;
    ATK_TRY(get_named(view, CONFIG_KEY, &value, err));
    const uint8_t *store_id = atk_config_store_id(value.mv_data, value.mv_size);
    if (!store_id) return fail_damaged(err, "the configuration");
    *ret_keys = atk_keys_bind(keys, store_id, ret_is_locked);
    return *ret_keys ? 0 : atk_fail(err, APITOKEN_E_NOMEM, "out of guarded memory");
}

int atk_config_get(const struct atk_view *view, struct atk_config *ret, apitoken_error *err) {
    MDB_val value;
    ATK_TRY(get_named(view, CONFIG_KEY, &value, err));
    ATK_TRY(verify_named(view, CONFIG_KEY, &value, "the configuration", err));
    return report_decoded(atk_config_decode(value.mv_data, value.mv_size, ret), "the configuration",
                          err);
}

int atk_config_put(const struct atk_view *view, const struct atk_config *config,
                   apitoken_error *err) {
    uint8_t record[ATK_CONFIG_MAX];
    return put_named(view, CONFIG_KEY, val_of(record, atk_config_encode(config, record)), err);
}

static bool prints_match(const struct atk_keys *keys, const struct atk_key *key,
                         const struct atk_prints *stored) {
    if (memcmp(key->prints.digest, stored->digest, ATK_FP_LEN) != 0) return false;
    if (memcmp(key->prints.tag, stored->tag, ATK_FP_LEN) != 0) return false;
    return __atomic_load_n(&keys->verify_only, __ATOMIC_RELAXED) ||
           memcmp(key->prints.seal, stored->seal, ATK_FP_LEN) == 0;
}

static int check_listed_key(const struct atk_keys *keys, const struct atk_keys_record *list,
                            uint32_t i, apitoken_error *err) {
    const struct atk_keys_entry entry = atk_keys_record_entry(list, i);
    if (entry.flags & ATK_KEY_RETIRED) return 0; /* the keyring may do without it */
    const struct atk_key *key = atk_keys_find(keys, entry.key_id);
    int code = !key ? APITOKEN_E_KEY_MISSING : APITOKEN_E_KEY_WRONG;
    if (key && prints_match(keys, key, &entry.prints)) return 0;
    return atk_fail_item(err, code, entry.key_id, "%s (key %lu)", apitoken_error_text(code),
                         (unsigned long)entry.key_id);
}

int atk_prints_get(const struct atk_view *view, struct atk_keys_record *ret, apitoken_error *err) {
    MDB_val value;
    ATK_TRY(get_named(view, KEY_LIST_KEY, &value, err));
    int decoded = atk_keys_decode(value.mv_data, value.mv_size, ret);
    if (decoded == APITOKEN_E_DAMAGED) return fail_damaged(err, "the list of keys");
    /* one of a later version may have another form */
    for (uint32_t i = 0; decoded == 0 && i < atk_keys_record_count(ret); i++)
        ATK_TRY(check_listed_key(view->keys, ret, i, err));
    ATK_TRY(verify_named(view, KEY_LIST_KEY, &value, "the list of keys", err));
    return report_decoded(decoded, "the list of keys", err);
}

int atk_prints_tag(const struct atk_view *view, uint64_t *ret_tag, apitoken_error *err) {
    MDB_val value;
    ATK_TRY(get_named(view, KEY_LIST_KEY, &value, err));
    if (value.mv_size < ATK_TAG_LEN) return fail_damaged(err, "the list of keys");
    *ret_tag = atk_le_at((const uint8_t *)value.mv_data + value.mv_size - ATK_TAG_LEN, ATK_TAG_LEN);
    return 0;
}

int atk_prints_put(const struct atk_view *view, const struct atk_keys_record *record,
                   apitoken_error *err) {
    struct atk_keys_record tagged = *record;
    return put_named(view, KEY_LIST_KEY, val_of(tagged.bytes, tagged.len), err);
}

bool atk_name_may_be_ignored(const MDB_val *key) {
    const char *name = key->mv_data;
    return key->mv_size >= 2 && name[0] == ATK_NAME_MARK && name[1] >= 'A' && name[1] <= 'Z';
}

bool atk_name_is_slots(const MDB_val *key) {
    return key->mv_size == ATK_SLOTS_KEY_LEN &&
           memcmp(key->mv_data, SLOTS_KEY, sizeof SLOTS_KEY - 1) == 0;
}

static bool is_own_name(const MDB_val *key) {
    static const char *const names[] = { ATK_AUDIT_DB, CONFIG_KEY,  KEY_LIST_KEY, ATK_OWNERS_DB,
                                         POLICY_KEY,   ATK_ROWS_DB, STATE_KEY };
    for (size_t i = 0; i < ATK_LEN(names); i++)
        if (key->mv_size == strlen(names[i]) && memcmp(key->mv_data, names[i], key->mv_size) == 0)
            return true;
    return atk_name_is_slots(key);
}

static int check_names(MDB_cursor *cursor, apitoken_error *err) {
    MDB_val key, value;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    for (; rc == 0; rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        if (*(const char *)key.mv_data != ATK_NAME_MARK) return 0;
        if (!is_own_name(&key) && !atk_name_may_be_ignored(&key))
            return atk_fail(err, APITOKEN_E_SCHEMA, NULL);
    }
    return rc == MDB_NOTFOUND ? 0 : atk_fail_mdb(err, rc, "read the store");
}

int atk_names_check(const struct atk_view *view, apitoken_error *err) {
    MDB_cursor *cursor;
    int rc = mdb_cursor_open(view->txn, view->env->hot, &cursor);
    if (rc != 0) return atk_fail_mdb(err, rc, "read the store");
    rc = check_names(cursor, err);
    mdb_cursor_close(cursor);
    return rc;
}

/* ---- policy and owners ----------------------------------------------------------------------- */

int atk_policy_get(const struct atk_view *view, struct atk_policy_record *ret,
                   apitoken_error *err) {
    MDB_val key = key_named(POLICY_KEY), value;
    int rc = mdb_get(view->txn, view->env->hot, &key, &value);
    if (rc == MDB_NOTFOUND) {
        atk_policy_record_init(ret);
        return 0;
    }
    if (rc != 0) return atk_fail_mdb(err, rc, "read the policy");
    ATK_TRY(verify_named(view, POLICY_KEY, &value, "the policy", err));
    return report_decoded(atk_policy_record_decode(value.mv_data, value.mv_size, ret), "the policy",
                          err);
}

int atk_policy_put(const struct atk_view *view, const struct atk_policy_record *record,
                   apitoken_error *err) {
    uint8_t bytes[ATK_POLICY_MAX];
    return put_named(view, POLICY_KEY, val_of(bytes, atk_policy_record_encode(record, bytes)), err);
}

int atk_owner_get(const struct atk_view *view, const char *owner, size_t owner_len,
                  struct atk_owner_record *ret, apitoken_error *err) {
    MDB_val key = val_of(owner, owner_len), value;
    ATK_TRY(get_value(view, view->env->owners, key, &value, "read an owner", err));
    ATK_TRY(verify_tag(view->keys, &key, &value, "an owner", err));
    return report_decoded(atk_owner_record_parse(value.mv_data, value.mv_size, ret), "an owner",
                          err);
}

int atk_owner_put(const struct atk_view *view, const char *owner, size_t owner_len,
                  const struct atk_owner_record *record, apitoken_error *err) {
    uint8_t bytes[ATK_OWNER_RECORD_MAX];
    return put_tagged(view, view->env->owners, val_of(owner, owner_len),
                      val_of(bytes, atk_owner_record_encode(record, bytes)), 0, err);
}

int atk_owner_remove(const struct atk_view *view, const char *owner, size_t owner_len,
                     apitoken_error *err) {
    return remove_value(view, view->env->owners, val_of(owner, owner_len), err);
}

/* ---- free last-use slots --------------------------------------------------------------------- */

static MDB_val slots_key(uint32_t first, uint8_t out[ATK_SLOTS_KEY_LEN]) {
    const uint32_t number = htobe32(first);
    memcpy(out, SLOTS_KEY, sizeof SLOTS_KEY - 1);
    memcpy(out + sizeof SLOTS_KEY - 1, &number, sizeof number);
    return val_of(out, ATK_SLOTS_KEY_LEN);
}

static bool is_slots_in_place(const MDB_val *key, struct atk_slots *slots) {
    uint32_t number;
    memcpy(&number, (const char *)key->mv_data + sizeof SLOTS_KEY - 1, sizeof number);
    slots->first = be32toh(number);
    return slots->first % ATK_SLOTS_A_RECORD == 0;
}

int atk_slots_read(const struct atk_keys *keys, const MDB_val *key, const MDB_val *value,
                   struct atk_slots *ret, apitoken_error *err) {
    static const char what[] = "a list of free slots";
    if (!atk_name_is_slots(key) || !is_slots_in_place(key, ret)) return fail_damaged(err, what);
    ATK_TRY(verify_tag(keys, key, value, what, err));
    return report_decoded(atk_slots_decode(value->mv_data, value->mv_size, ret), what, err);
}

int atk_slots_get(const struct atk_view *view, uint32_t first, struct atk_slots *ret,
                  apitoken_error *err) {
    uint8_t bytes[ATK_SLOTS_KEY_LEN];
    MDB_val key = slots_key(first, bytes), value;
    ATK_TRY(get_value(view, view->env->hot, key, &value, "read the free slots", err));
    return atk_slots_read(view->keys, &key, &value, ret, err);
}

int atk_slots_get_first(const struct atk_view *view, struct atk_slots *ret, apitoken_error *err) {
    MDB_cursor *cursor;
    uint8_t bytes[ATK_SLOTS_KEY_LEN];
    MDB_val key = slots_key(0, bytes), value;
    int rc = mdb_cursor_open(view->txn, view->env->hot, &cursor);
    if (rc != 0) return atk_fail_mdb(err, rc, "read the free slots");
    rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    if (rc == 0)
        rc = atk_slots_read(view->keys, &key, &value, ret, err);
    else
        rc = atk_fail_mdb(err, rc, "read the free slots");
    mdb_cursor_close(cursor);
    return rc;
}

int atk_slots_put(const struct atk_view *view, const struct atk_slots *slots, apitoken_error *err) {
    uint8_t bytes[ATK_SLOTS_KEY_LEN], record[ATK_SLOTS_MAX];
    const MDB_val key = slots_key(slots->first, bytes);
    if (atk_slots_count(slots) == 0) return remove_value(view, view->env->hot, key, err);
    return put_tagged(view, view->env->hot, key, val_of(record, atk_slots_encode(slots, record)), 0,
                      err);
}

/* ---- the audit ------------------------------------------------------------------------------- */

int atk_audit_put(const struct atk_view *view, uint64_t chain, uint64_t number,
                  const struct atk_audit *audit, apitoken_error *err) {
    uint8_t key[ATK_AUDIT_KEY_LEN], bytes[ATK_AUDIT_MAX];
    atk_audit_key(chain, number, key);
    int rc = put_tagged(view, view->env->audit, val_of(key, sizeof key),
                        val_of(bytes, atk_audit_encode(audit, bytes)), MDB_APPEND, err);
    return rc == APITOKEN_E_EXISTS ? fail_damaged(err, "records behind the end of the audit") : rc;
}

int atk_audit_remove(const struct atk_view *view, uint64_t chain, uint64_t number,
                     apitoken_error *err) {
    uint8_t bytes[ATK_AUDIT_KEY_LEN];
    atk_audit_key(chain, number, bytes);
    MDB_val key = val_of(bytes, sizeof bytes);
    int rc = mdb_del(view->txn, view->env->audit, &key, NULL);
    return rc == 0 ? 0 : atk_fail_mdb(err, rc, "remove an audit record");
}

int atk_audit_put_again(const struct atk_view *view, uint64_t chain, uint64_t number,
                        const struct atk_audit *audit, apitoken_error *err) {
    uint8_t key[ATK_AUDIT_KEY_LEN], bytes[ATK_AUDIT_MAX];
    atk_audit_key(chain, number, key);
    return put_tagged(view, view->env->audit, val_of(key, sizeof key),
                      val_of(bytes, atk_audit_encode(audit, bytes)), 0, err);
}

int atk_audit_get(const struct atk_view *view, uint64_t chain, uint64_t number,
                  struct atk_audit *ret, apitoken_error *err) {
    uint8_t bytes[ATK_AUDIT_KEY_LEN];
    atk_audit_key(chain, number, bytes);
    MDB_val key = val_of(bytes, sizeof bytes), value;
    ATK_TRY(get_value(view, view->env->audit, key, &value, "read the audit", err));
    return atk_audit_read(view->keys, &key, &value, &number, ret, err);
}

int atk_audit_read(const struct atk_keys *keys, const MDB_val *key, const MDB_val *value,
                   uint64_t *ret_number, struct atk_audit *ret, apitoken_error *err) {
    uint64_t chain;
    if (key->mv_size != ATK_AUDIT_KEY_LEN) return fail_damaged(err, "a record of the audit");
    atk_audit_key_parse(key->mv_data, &chain, ret_number);
    ATK_TRY(verify_tag(keys, key, value, "a record of the audit", err));
    return report_decoded(atk_audit_parse(value->mv_data, value->mv_size, ret),
                          "a record of the audit", err);
}

/* ---- the state ------------------------------------------------------------------------------- */

static int check_schema(const MDB_val *state, apitoken_error *err) {
    const uint32_t schema = atk_state_record_schema(state->mv_data, state->mv_size);
    return schema == ATK_SCHEMA || schema == 0 ? 0 : atk_fail(err, APITOKEN_E_SCHEMA, NULL);
}

int atk_schema_check(const struct atk_view *view, apitoken_error *err) {
    MDB_val value;
    ATK_TRY(get_named(view, STATE_KEY, &value, err));
    return check_schema(&value, err);
}

int atk_state_get(const struct atk_view *view, struct atk_state_record *ret, apitoken_error *err) {
    MDB_val value;
    ATK_TRY(get_named(view, STATE_KEY, &value, err));
    ATK_TRY(check_schema(&value, err));
    ATK_TRY(verify_named(view, STATE_KEY, &value, "the state", err));
    return report_decoded(atk_state_record_decode(value.mv_data, value.mv_size, ret), "the state",
                          err);
}

int atk_state_put(const struct atk_view *view, const struct atk_state_record *state,
                  apitoken_error *err) {
    uint8_t record[ATK_STATE_MAX];
    return put_named(view, STATE_KEY, val_of(record, atk_state_record_encode(state, record)), err);
}
