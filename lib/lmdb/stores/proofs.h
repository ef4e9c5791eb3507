/* SPDX-License-Identifier: MIT */
/*
 * What a restore must carry over from the store that it replaces: the newest record of each token,
 * as far as it differs from that of the backup, which owners are blocked, which texts of the audit
 * were erased, and what is noted of the keys. Only records with a right tag prove anything.
 */
#ifndef APITOKEN_LMDB_STORES_PROOFS_H
#define APITOKEN_LMDB_STORES_PROOFS_H

#include <stdbool.h>

#include "lmdb/tokens/records.h"
#include "rules/carry_denials.h"

/* A record of a token. The first bytes of `bytes` at `at` are its key, if it is a row. */
struct atk_proof_entry {
    char id[APITOKEN_ID_LEN];
    uint32_t revision;
    bool is_row;
    uint8_t flags;
    uint8_t key_len;
    uint16_t len; /* 0: it is the very one of the backup */
    size_t at;
};

/* An owner who is blocked, or is being unblocked. */
struct atk_proof_owner {
    char owner[APITOKEN_OWNER_MAX];
    uint8_t owner_len;
    uint32_t revision; /* 0: a token says so, but the record was not found */
    uint16_t len;
    size_t at;
};

struct atk_proofs {
    const struct atk_view *backup; /* whose records are compared */
    bool is_whole;                 /* of a store in order, read completely */
    struct atk_proof_entry *list;
    size_t count, room;
    struct atk_proof_owner *owners;
    size_t owner_count, owner_room;
    struct atk_audit_head *erased;
    size_t erased_count, erased_room;
    uint8_t *bytes;
    size_t bytes_len, bytes_room;
    struct atk_keys_record keys; /* without entries if none was found */
    uint64_t tokens;             /* how many different ones were found; when complete */
    uint64_t id_floor;           /* the highest tick and the highest floor that were seen */
};

void atk_proofs_init(struct atk_proofs *proofs, const struct atk_view *backup);
void atk_proofs_free(struct atk_proofs *proofs);

/*
 * Reads all of a snapshot, in which everything must be in order; complete then. On error nothing of
 * it is of use.
 */
int atk_proofs_read(struct atk_proofs *proofs, const struct atk_view *view, apitoken_error *err);

/*
 * For callers that scan pages themselves: adds a record of any type whose tag is right, of however
 * many versions of it; complete it at the end. APITOKEN_E_NOMEM.
 */
int atk_proofs_add(struct atk_proofs *proofs, const uint8_t *key, size_t key_len,
                   const uint8_t *value, size_t len);
int atk_proofs_complete(struct atk_proofs *proofs);

/* How a token of the backup is concerned. */
enum atk_proof_found {
    ATK_PROOF_NONE, /* nothing is known of it */
    ATK_PROOF_SAME, /* it is as the backup has it */
    ATK_PROOF_DIFFERENT
};
enum atk_proof_found atk_proofs_find(const struct atk_proofs *proofs, const char *id);

/* Where the records of a proof are decoded. */
struct atk_proof_records {
    struct atk_hot hot;
    struct atk_row row;
};

/* The proof of a token of the backup, with these records, that is different. */
struct atk_proof atk_proofs_get(const struct atk_proofs *proofs, const char *id,
                                const struct atk_hot *hot, const struct atk_row *row,
                                struct atk_proof_records *records);

/* NULL: nothing is known of the owner. */
const struct atk_proof_owner *atk_proofs_find_owner(const struct atk_proofs *proofs,
                                                    const char *owner, size_t owner_len);

/* The record of an owner, or if it was not found one with a revision and no more than a block. */
struct atk_owner_record atk_proofs_owner_record(const struct atk_proofs *proofs,
                                                const struct atk_proof_owner *owner);

/* Whether the text of an audit record was erased since. */
bool atk_proofs_is_erased(const struct atk_proofs *proofs, uint64_t number,
                          const uint8_t tag[ATK_CHAIN_TAG_LEN]);

#endif
