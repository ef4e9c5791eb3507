/* SPDX-License-Identifier: MIT */
/*
 * The last-use slot of a new token, and what becomes of it when the token is removed.
 *
 * No slot is in use twice. Which slots are free, and how many were given away, changes only in the
 * transaction that also writes or removes the records of the token: so every snapshot, and what is
 * left after a crash, has each slot below the next one either in one token or free. A process that
 * still validates a removed token may note its use after the slot has another one: under the mark
 * of the old secret, which reads as no use of the new one.
 */
#ifndef APITOKEN_LMDB_TOKENS_NEW_SLOT_H
#define APITOKEN_LMDB_TOKENS_NEW_SLOT_H

#include "lmdb/tokens/write.h"

struct atk_new_slot {
    uint32_t slot; /* or ATK_SLOT_NONE */
    bool is_used_again;
    struct atk_slots free; /* if so: the record that it is in */
};

/*
 * A slot for a new token: a free one if there is any, else the next one. Its block is on disk and
 * no use is noted in it. Nothing is changed in the store yet, so the create may still fail.
 */
int atk_new_slot_find(struct atk_write *write, struct atk_new_slot *ret, apitoken_error *err);

/* The token is in the transaction. */
int atk_new_slot_take(struct atk_write *write, struct atk_new_slot *slot, apitoken_error *err);

/* The token was removed in the transaction. A slot that cannot be listed as free is lost. */
int atk_slot_release(struct atk_write *write, uint32_t slot, apitoken_error *err);

#endif
