/* SPDX-License-Identifier: MIT */
/* The records in their places in the trees, with their tags written and checked. */
#ifndef APITOKEN_LMDB_TOKENS_RECORDS_H
#define APITOKEN_LMDB_TOKENS_RECORDS_H

#include <lmdb.h>

#include "outside/crypto.h"
#include "lmdb/process/env.h"
#include "rules/record.h"

/*
 * All of these: 0; APITOKEN_E_NOT_FOUND where a token is asked for; APITOKEN_E_DAMAGED,
 * _KEY_MISSING, or LMDB's error.
 */
int atk_hot_get(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
                const char *id, struct atk_hot *ret, apitoken_error *err);
int atk_row_get(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
                const struct atk_hot *hot, const char *id, struct atk_row *ret,
                apitoken_error *err);

/*
 * The two records belong to each other. Whether both are revoked is for the caller to see: revoke
 * repairs where one is not.
 */
int atk_is_pair(const struct atk_hot *hot, const struct atk_row *row, const char *id);

/* Check and decode a record that a cursor stands on. */
int atk_hot_read(const struct atk_keys *keys, const MDB_val *id, const MDB_val *value,
                 struct atk_hot *ret, apitoken_error *err);
int atk_row_glance(const struct atk_keys *keys, const MDB_val *key, const MDB_val *value,
                   struct atk_row_view *ret, apitoken_error *err); /* into the value */
int atk_row_read(const struct atk_keys *keys, const MDB_val *key, const MDB_val *value,
                 struct atk_row *ret, apitoken_error *err);

int atk_hot_put(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
                const char *id, const struct atk_hot *hot, unsigned flags,
                apitoken_error *err); /* MDB_NOOVERWRITE: APITOKEN_E_EXISTS */
int atk_row_put(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
                const struct atk_hot *hot, const struct atk_row *row, apitoken_error *err);

int atk_config_get(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
                   struct atk_config *ret, apitoken_error *err);
int atk_config_put(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
                   const struct atk_config *config, apitoken_error *err);

/*
 * The fingerprints, compared with the keyring before their tag: APITOKEN_E_KEY_WRONG, _KEY_MISSING.
 */
int atk_prints_get(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
                   struct atk_keys_record *ret, apitoken_error *err);
int atk_prints_put(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
                   const struct atk_keys_record *record, apitoken_error *err);

/* APITOKEN_E_SCHEMA for a newer one. */
int atk_state_get(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
                  struct atk_state_record *ret, apitoken_error *err);
int atk_state_put(const struct atk_env *env, MDB_txn *txn, const struct atk_keys *keys,
                  const struct atk_state_record *state, apitoken_error *err);

#endif
