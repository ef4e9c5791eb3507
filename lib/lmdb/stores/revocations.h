/* SPDX-License-Identifier: MIT */
/*
 * What a store that is about to be replaced can tell of its tokens: which there are, and which of
 * them were revoked.
 */
#ifndef APITOKEN_LMDB_STORES_REVOCATIONS_H
#define APITOKEN_LMDB_STORES_REVOCATIONS_H

#include "lmdb/tokens/records.h"

struct atk_revocations_token {
    char id[APITOKEN_ID_LEN];
    uint8_t is_revoked;
    uint16_t reason_len;
    int64_t revoked_ms; /* 0 unless revoked, or if that cannot be read */
    size_t reason_at;   /* in the texts */
};

struct atk_revocations {
    /* sorted by id once it is whole; of one id the one that tells most comes first */
    struct atk_revocations_token *list;
    size_t count, room;
    char *texts; /* the reasons of all */
    size_t text_len, text_room;
};

/* From a snapshot in which everything must be right: all of its tokens. */
int atk_revocations_read(struct atk_revocations *known, const struct atk_env *env, MDB_txn *txn,
                         const struct atk_keys *keys, apitoken_error *err);

/*
 * For who reads in another way: a row, or an id that was revoked; sorted at the end.
 * APITOKEN_E_NOMEM.
 */
int atk_revocations_add_row(struct atk_revocations *known, const struct atk_row *row);
int atk_revocations_add_revoked(struct atk_revocations *known, const char *id);
void atk_revocations_sort(struct atk_revocations *known);

/* NULL if it is not known. */
const struct atk_revocations_token *atk_revocations_find(const struct atk_revocations *known,
                                                         const char *id);

void atk_revocations_free(struct atk_revocations *known);

#endif
