/* SPDX-License-Identifier: MIT */
/*
 * Reads and writes the records in their trees. Writes their tags, and verifies them when reading.
 */
#ifndef APITOKEN_LMDB_TOKENS_RECORDS_H
#define APITOKEN_LMDB_TOKENS_RECORDS_H

#include <lmdb.h>
#include <stdbool.h>

#include "outside/crypto.h"
#include "lmdb/process/env.h"
#include "rules/record.h"

/* A store as one transaction sees it, with the keys that its records are tagged under. */
struct atk_view {
    const struct atk_env *env;
    MDB_txn *txn;
    const struct atk_keys *keys;
};

/*
 * All of these return 0; APITOKEN_E_NOT_FOUND where a token is asked for; APITOKEN_E_DAMAGED,
 * APITOKEN_E_KEY_MISSING, or the code for LMDB's error.
 */
int atk_hot_get(const struct atk_view *view, const char *id, struct atk_hot *ret,
                apitoken_error *err);
int atk_row_get(const struct atk_view *view, const struct atk_hot *hot, const char *id,
                struct atk_row *ret, apitoken_error *err);

/*
 * The two records belong to the same token. Does not compare whether they are revoked: a revoke
 * repairs a token of which only one is.
 */
bool atk_is_pair(const struct atk_hot *hot, const struct atk_row *row, const char *id);

/* APITOKEN_E_DAMAGED for a token of which one record is revoked and the other is not. */
int atk_fail_half_revoked(apitoken_error *err);

/* Verify and decode a record that a cursor stands on. */
int atk_hot_read(const struct atk_keys *keys, const MDB_val *id, const MDB_val *value,
                 struct atk_hot *ret, apitoken_error *err);
int atk_row_read_view(const struct atk_keys *keys, const MDB_val *key, const MDB_val *value,
                      struct atk_row_view *ret, apitoken_error *err); /* points into the value */
int atk_row_read(const struct atk_keys *keys, const MDB_val *key, const MDB_val *value,
                 struct atk_row *ret, apitoken_error *err);

/* With MDB_NOOVERWRITE in flags: APITOKEN_E_EXISTS. */
int atk_hot_put(const struct atk_view *view, const char *id, const struct atk_hot *hot,
                unsigned flags, apitoken_error *err);
int atk_row_put(const struct atk_view *view, const struct atk_hot *hot, const struct atk_row *row,
                apitoken_error *err);

int atk_config_get(const struct atk_view *view, struct atk_config *ret, apitoken_error *err);
int atk_config_put(const struct atk_view *view, const struct atk_config *config,
                   apitoken_error *err);

/*
 * The store's list of keys. Its fingerprints are compared with the keyring before its tag is
 * verified: APITOKEN_E_KEY_WRONG, APITOKEN_E_KEY_MISSING.
 */
int atk_prints_get(const struct atk_view *view, struct atk_keys_record *ret, apitoken_error *err);
int atk_prints_put(const struct atk_view *view, const struct atk_keys_record *record,
                   apitoken_error *err);

/* APITOKEN_E_SCHEMA for a newer one. */
int atk_state_get(const struct atk_view *view, struct atk_state_record *ret, apitoken_error *err);
int atk_state_put(const struct atk_view *view, const struct atk_state_record *state,
                  apitoken_error *err);

#endif
