/* SPDX-License-Identifier: MIT */
/*
 * The revocations that a restore must carry over: which tokens a store that is about to be replaced
 * has, and which of them are revoked.
 */
#ifndef APITOKEN_LMDB_STORES_REVOCATIONS_H
#define APITOKEN_LMDB_STORES_REVOCATIONS_H

#include <stdbool.h>

#include "lmdb/tokens/records.h"

struct atk_revocations_token {
    char id[APITOKEN_ID_LEN];
    bool is_revoked;
    uint32_t revision;
    uint16_t reason_len;
    int64_t revoked_ms; /* 0 if not revoked, or if the time is not known */
    size_t reason_at;   /* offset in the reasons */
};

struct atk_revocations {
    /*
     * sorted by id when complete; of entries with one id the one with the highest revision comes
     * first, and of those the most telling one
     */
    struct atk_revocations_token *list;
    size_t count, room;
    char *reasons; /* of all tokens, one after the other */
    size_t reasons_len, reasons_room;
    uint64_t id_floor; /* the highest tick and the highest floor that were seen */
};

/* Reads all tokens of a snapshot, in which everything must be in order. */
int atk_revocations_read(struct atk_revocations *revocations, const struct atk_view *view,
                         apitoken_error *err);

/*
 * For callers that scan pages themselves: add rows and hot records, and sort at the end.
 * APITOKEN_E_NOMEM.
 */
int atk_revocations_add_row(struct atk_revocations *revocations, const struct atk_row *row);
int atk_revocations_add_hot(struct atk_revocations *revocations, const char *id,
                            const struct atk_hot *hot);
void atk_revocations_raise_floor(struct atk_revocations *revocations, uint64_t floor);
void atk_revocations_sort(struct atk_revocations *revocations);

/* NULL if the store is not known to have the token. */
const struct atk_revocations_token *atk_revocations_find(const struct atk_revocations *revocations,
                                                         const char *id);

void atk_revocations_free(struct atk_revocations *revocations);

#endif
