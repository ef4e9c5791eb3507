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
 * APITOKEN_E_KEY_MISSING, APITOKEN_E_KEY_RETIRED; APITOKEN_E_SCHEMA for a record that only a newer
 * version can read; or the code for LMDB's error.
 */
int atk_hot_get(const struct atk_view *view, const char *id, struct atk_hot *ret,
                apitoken_error *err);
int atk_row_get(const struct atk_view *view, const struct atk_hot *hot, const char *id,
                struct atk_row *ret, apitoken_error *err);

/* APITOKEN_E_DAMAGED if the two records of a token contradict each other. A revoke repairs that. */
int atk_records_check_pair(const struct atk_hot *hot, const struct atk_row *row,
                           apitoken_error *err);

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

/* Removes both records of a token. */
int atk_token_remove(const struct atk_view *view, const struct atk_hot *hot, const char *id,
                     apitoken_error *err);

int atk_config_get(const struct atk_view *view, struct atk_config *ret, apitoken_error *err);
int atk_config_put(const struct atk_view *view, const struct atk_config *config,
                   apitoken_error *err);

/*
 * The first character of the keys of records and trees of the store as a whole. If an upper-case
 * letter follows, the record or tree is of a later version and may be ignored.
 */
#define ATK_NAME_MARK '!'
bool atk_name_may_be_ignored(const MDB_val *key);

/* Whether a record of free last-use slots is stored under this name. */
#define ATK_SLOTS_KEY_LEN (6 + 4)
bool atk_name_is_slots(const MDB_val *key);

/* APITOKEN_E_SCHEMA if a record or tree of a later version is there that must be understood. */
int atk_names_check(const struct atk_view *view, apitoken_error *err);

/*
 * The keys of the store: copies of `keys`, bound to the store id in its configuration, of which
 * nothing else is read. As atk_keys_bind() does.
 */
int atk_store_keys_get(const struct atk_view *view, const struct atk_keys *keys,
                       const struct atk_keys **ret_keys, bool *ret_is_locked, apitoken_error *err);

/*
 * The store's list of keys. Its fingerprints are compared with the keyring before its tag is
 * verified: APITOKEN_E_KEY_WRONG, APITOKEN_E_KEY_MISSING. A retired key may be missing.
 */
int atk_prints_get(const struct atk_view *view, struct atk_keys_record *ret, apitoken_error *err);
/* Its tag, not verified: while it is the same, so is the list. */
int atk_prints_tag(const struct atk_view *view, uint64_t *ret_tag, apitoken_error *err);
int atk_prints_put(const struct atk_view *view, const struct atk_keys_record *record,
                   apitoken_error *err);

/* The policy of the store; the default one if it has none. */
int atk_policy_get(const struct atk_view *view, struct atk_policy_record *ret, apitoken_error *err);
int atk_policy_put(const struct atk_view *view, const struct atk_policy_record *record,
                   apitoken_error *err);

/* What is known of an owner, pointing into the stored bytes; APITOKEN_E_NOT_FOUND: nothing. */
int atk_owner_get(const struct atk_view *view, const char *owner, size_t owner_len,
                  struct atk_owner_record *ret, apitoken_error *err);
int atk_owner_put(const struct atk_view *view, const char *owner, size_t owner_len,
                  const struct atk_owner_record *record, apitoken_error *err);

int atk_owner_remove(const struct atk_view *view, const char *owner, size_t owner_len,
                     apitoken_error *err);

/*
 * Free last-use slots: of the piece that begins with `first`; of the first piece that has any; one
 * that a cursor stands on. To put a record without a free slot removes it.
 */
int atk_slots_get(const struct atk_view *view, uint32_t first, struct atk_slots *ret,
                  apitoken_error *err);
int atk_slots_get_first(const struct atk_view *view, struct atk_slots *ret, apitoken_error *err);
int atk_slots_read(const struct atk_keys *keys, const MDB_val *key, const MDB_val *value,
                   struct atk_slots *ret, apitoken_error *err);
int atk_slots_put(const struct atk_view *view, const struct atk_slots *slots, apitoken_error *err);

/* A record of the audit, which becomes the last one of its chain. */
int atk_audit_put(const struct atk_view *view, uint64_t chain, uint64_t number,
                  const struct atk_audit *audit, apitoken_error *err);
int atk_audit_remove(const struct atk_view *view, uint64_t chain, uint64_t number,
                     apitoken_error *err);
/* In the place that it has. */
int atk_audit_put_again(const struct atk_view *view, uint64_t chain, uint64_t number,
                        const struct atk_audit *audit, apitoken_error *err);
/* Both point into the stored bytes; the second one is one that a cursor stands on. */
int atk_audit_get(const struct atk_view *view, uint64_t chain, uint64_t number,
                  struct atk_audit *ret, apitoken_error *err);
int atk_audit_read(const struct atk_keys *keys, const MDB_val *key, const MDB_val *value,
                   uint64_t *ret_number, struct atk_audit *ret, apitoken_error *err);

/* APITOKEN_E_SCHEMA unless the store is of this schema. Trusts nothing else in the state. */
int atk_schema_check(const struct atk_view *view, apitoken_error *err);

/* APITOKEN_E_SCHEMA for one of another schema. */
int atk_state_get(const struct atk_view *view, struct atk_state_record *ret, apitoken_error *err);
int atk_state_put(const struct atk_view *view, const struct atk_state_record *state,
                  apitoken_error *err);

#endif
