/* SPDX-License-Identifier: MIT */
/* Records in the audit what a write transaction changes. A store has one chain. */
#ifndef APITOKEN_LMDB_TOKENS_AUDIT_H
#define APITOKEN_LMDB_TOKENS_AUDIT_H

#include "lmdb/tokens/write.h"
#include "rules/audit_changes.h"

#define ATK_AUDIT_CHAIN 0

/*
 * Records a change of one token: what differs between the two pairs, of which the first one is NULL
 * for a new token. No denial fails for it: while only the reserve is left, a denial is counted and
 * not recorded.
 */
int atk_audit_note(struct atk_write *write, const struct atk_change *change,
                   const struct atk_audit_pair *before, const struct atk_audit_pair *after,
                   apitoken_error *err);

/* The same for what was removed: a token, or the text of a record. Its owner is not named. */
int atk_audit_note_removed(struct atk_write *write, const struct atk_change *change,
                           apitoken_error *err);

/* The same for an owner, and for the policy, which the write has as it is now. */
int atk_audit_note_owner(struct atk_write *write, const struct atk_change *change,
                         apitoken_error *err);
int atk_audit_note_policy(struct atk_write *write, const struct atk_change *change,
                          const struct atk_policy *before, apitoken_error *err);

/* The same for a key of the store. */
int atk_audit_note_key(struct atk_write *write, const struct atk_change *change, uint32_t key_id,
                       apitoken_error *err);

/* The same for a key under which `call` is the first one to write. */
int atk_audit_note_added_key(struct atk_write *write, const struct atk_write_call *call,
                             uint32_t key_id, apitoken_error *err);

/* The same for the limit of the store, which the write has as it is now. */
int atk_audit_note_limit(struct atk_write *write, const struct atk_store_act *act, uint64_t before,
                         apitoken_error *err);

/*
 * Adds a record of what was done to a store that nobody else has open, in any transaction, unless
 * its policy wants none. The key that the keyring has active must be in the store's list of keys.
 */
struct atk_audit_place {
    const struct atk_view *view;
    const uint8_t *store_id; /* ATK_STORE_ID_LEN */
    struct atk_state_record *state;
};
int atk_audit_note_act(const struct atk_audit_place *place, const struct atk_store_act *act,
                       const uint8_t *changes, size_t changes_len, apitoken_error *err);

/*
 * Of a call with several changes, tokens of one owner share a record, and what is removed does,
 * whosever it was. Begin with zeros, add each
 * token that was changed, and finish in the end.
 */
struct atk_audit_step {
    struct atk_change change; /* of the tokens that are not recorded yet */
    char owner[APITOKEN_OWNER_MAX];
    char id[ATK_AUDIT_TOKENS_MAX][APITOKEN_ID_LEN];
    size_t count;
};
int atk_audit_step_add(struct atk_write *write, struct atk_audit_step *step,
                       const struct atk_change *change, apitoken_error *err);
int atk_audit_step_finish(struct atk_write *write, struct atk_audit_step *step,
                          apitoken_error *err);

#endif
