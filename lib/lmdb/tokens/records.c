/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/records.h"

#include <string.h>

#include "base/attr.h"
#include "outside/record_tag.h"
#include "base/error.h"
#include "lmdb/form/error.h"

/* Names in the main tree. '!' sorts before every id, so these stand on one leaf. */
#define CONFIG_NAME "!config"
#define KEYS_NAME "!keys"
#define STATE_NAME "!state"

static MDB_val val_of(const void *data, size_t len) {
    return (MDB_val){ len, (void *)(uintptr_t)data };
}

static int damaged(apitoken_error *err, const char *what) {
    return atk_fail(err, APITOKEN_E_DAMAGED, "%s of the store fails its check", what);
}

static int get(MDB_txn *txn, MDB_dbi dbi, const void *key, size_t key_len, MDB_val *ret,
               const char *what, apitoken_error *err) {
    MDB_val k = val_of(key, key_len);
    int rc = mdb_get(txn, dbi, &k, ret);
    if (rc == 0) return 0;
    if (rc == MDB_NOTFOUND) return atk_fail(err, APITOKEN_E_NOT_FOUND, NULL);
    return atk_fail_mdb(err, rc, what);
}

static int verify(const struct atk_keys *keys, const void *key, size_t key_len,
                  const MDB_val *value, const char *what, apitoken_error *err) {
    int rc =
        atk_record_tag_verify(keys, key, key_len, (const uint8_t *)value->mv_data, value->mv_size);
    if (rc == APITOKEN_E_DAMAGED) return damaged(err, what);
    return rc == 0
               ? 0
               : atk_fail(err, rc, "%s was made under a key that the keyring does not hold", what);
}

static int put(MDB_txn *txn, MDB_dbi dbi, const struct atk_keys *keys, const void *key,
               size_t key_len, uint8_t *record, size_t len, unsigned flags, apitoken_error *err) {
    MDB_val k = val_of(key, key_len), v = val_of(record, len);
    atk_record_tag_write(keys, key, key_len, record, len);
    int rc = mdb_put(txn, dbi, &k, &v, flags);
    if (rc == 0) return 0;
    if (rc == MDB_KEYEXIST) return atk_fail(err, APITOKEN_E_EXISTS, NULL);
    return atk_fail_mdb(err, rc, "write to the store");
}

int atk_hot_read(const struct atk_keys *keys, const MDB_val *id, const MDB_val *value,
                 struct atk_hot *ret, apitoken_error *err) {
    ATK_TRY(verify(keys, id->mv_data, id->mv_size, value, "a token", err));
    return atk_hot_decode(value->mv_data, value->mv_size, ret) ? 0 : damaged(err, "a token");
}

int atk_hot_get(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
                const char *id, struct atk_hot *ret, apitoken_error *err) {
    MDB_val key = val_of(id, APITOKEN_ID_LEN), value;
    ATK_TRY(get(txn, env->hot, id, APITOKEN_ID_LEN, &value, "read a token", err));
    return atk_hot_read(keys, &key, &value, ret, err);
}

int atk_row_glance(const struct atk_keys *keys, const MDB_val *key, const MDB_val *value,
                   struct atk_row_view *ret, apitoken_error *err) {
    ATK_TRY(verify(keys, key->mv_data, key->mv_size, value, "a token's row", err));
    return atk_row_look(value->mv_data, value->mv_size, ret) ? 0 : damaged(err, "a token's row");
}

int atk_row_read(const struct atk_keys *keys, const MDB_val *key, const MDB_val *value,
                 struct atk_row *ret, apitoken_error *err) {
    ATK_TRY(verify(keys, key->mv_data, key->mv_size, value, "a token's row", err));
    return atk_row_decode(value->mv_data, value->mv_size, ret) ? 0 : damaged(err, "a token's row");
}

int atk_is_pair(const struct atk_hot *hot, const struct atk_row *row, const char *id) {
    return memcmp(row->id, id, APITOKEN_ID_LEN) == 0 && row->end_ms == hot->end_ms &&
           row->slot == hot->slot;
}

int atk_row_get(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
                const struct atk_hot *hot, const char *id, struct atk_row *ret,
                apitoken_error *err) {
    uint8_t key[ATK_ROW_KEY_MAX];
    MDB_val k = val_of(key, atk_row_key(hot->owner, hot->owner_len, hot->sequence, key)), value;
    int rc = get(txn, env->rows, k.mv_data, k.mv_size, &value, "read a token's row", err);
    if (rc == APITOKEN_E_NOT_FOUND) return damaged(err, "a token without a row");
    ATK_TRY(rc);
    ATK_TRY(atk_row_read(keys, &k, &value, ret, err));
    return atk_is_pair(hot, ret, id) ? 0 : damaged(err, "a token and its row");
}

int atk_hot_put(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
                const char *id, const struct atk_hot *hot, unsigned flags, apitoken_error *err) {
    uint8_t record[ATK_HOT_MAX];
    return put(txn, env->hot, keys, id, APITOKEN_ID_LEN, record, atk_hot_encode(hot, record), flags,
               err);
}

int atk_row_put(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
                const struct atk_hot *hot, const struct atk_row *row, apitoken_error *err) {
    uint8_t record[ATK_ROW_MAX], key[ATK_ROW_KEY_MAX];
    size_t key_len = atk_row_key(hot->owner, hot->owner_len, hot->sequence, key);
    return put(txn, env->rows, keys, key, key_len, record, atk_row_encode(row, record), 0, err);
}

/* One of the named records; that it is missing is damage. */
static int get_named(const struct atk_env *env, MDB_txn *txn, const char *name, MDB_val *ret,
                     apitoken_error *err) {
    int rc = get(txn, env->hot, name, strlen(name), ret, "read the store", err);
    return rc == APITOKEN_E_NOT_FOUND ? damaged(err, "a missing record") : rc;
}

int atk_config_get(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
                   struct atk_config *ret, apitoken_error *err) {
    MDB_val value;
    ATK_TRY(get_named(env, txn, CONFIG_NAME, &value, err));
    ATK_TRY(verify(keys, CONFIG_NAME, strlen(CONFIG_NAME), &value, "the configuration", err));
    return atk_config_decode(value.mv_data, value.mv_size, ret) ? 0
                                                                : damaged(err, "the configuration");
}

int atk_config_put(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
                   const struct atk_config *config, apitoken_error *err) {
    uint8_t record[ATK_CONFIG_MAX];
    return put(txn, env->hot, keys, CONFIG_NAME, strlen(CONFIG_NAME), record,
               atk_config_encode(config, record), 0, err);
}

static int prints_match(const struct atk_keys *keys, const struct atk_key *key,
                        const struct atk_prints *stored) {
    if (memcmp(key->prints.digest, stored->digest, ATK_FP_LEN) != 0) return 0;
    if (memcmp(key->prints.check, stored->check, ATK_FP_LEN) != 0) return 0;
    return keys->verify_only || memcmp(key->prints.seal, stored->seal, ATK_FP_LEN) == 0;
}

int atk_prints_get(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
                   struct atk_keys_record *ret, apitoken_error *err) {
    MDB_val value;
    ATK_TRY(get_named(env, txn, KEYS_NAME, &value, err));
    if (!atk_keys_decode(value.mv_data, value.mv_size, ret))
        return damaged(err, "the list of keys");
    for (uint32_t i = 0; i < ret->count; i++) {
        uint32_t id = ret->entry[i].key_id;
        const struct atk_key *key = atk_keys_find(keys, id);
        int code = !key ? APITOKEN_E_KEY_MISSING : APITOKEN_E_KEY_WRONG;
        if (key && prints_match(keys, key, &ret->entry[i].prints)) continue;
        return atk_fail_item(err, code, id, "%s (key %lu)", apitoken_error_text(code),
                             (unsigned long)id);
    }
    return verify(keys, KEYS_NAME, strlen(KEYS_NAME), &value, "the list of keys", err);
}

int atk_prints_put(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
                   const struct atk_keys_record *record, apitoken_error *err) {
    uint8_t bytes[ATK_KEYS_RECORD_MAX];
    return put(txn, env->hot, keys, KEYS_NAME, strlen(KEYS_NAME), bytes,
               atk_keys_encode(record, bytes), 0, err);
}

int atk_state_get(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
                  struct atk_state_record *ret, apitoken_error *err) {
    MDB_val value;
    ATK_TRY(get_named(env, txn, STATE_NAME, &value, err));
    if (atk_state_peek_schema(value.mv_data, value.mv_size) > ATK_SCHEMA)
        return atk_fail(err, APITOKEN_E_SCHEMA, NULL);
    ATK_TRY(verify(keys, STATE_NAME, strlen(STATE_NAME), &value, "the state", err));
    return atk_state_decode(value.mv_data, value.mv_size, ret) ? 0 : damaged(err, "the state");
}

int atk_state_put(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
                  const struct atk_state_record *state, apitoken_error *err) {
    uint8_t record[ATK_STATE_LEN];
    return put(txn, env->hot, keys, STATE_NAME, strlen(STATE_NAME), record,
               atk_state_encode(state, record), 0, err);
}
