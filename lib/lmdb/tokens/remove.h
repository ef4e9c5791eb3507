/* SPDX-License-Identifier: MIT */
/* What a write removes for good: tokens, and the texts of audit records. */
#ifndef APITOKEN_LMDB_TOKENS_REMOVE_H
#define APITOKEN_LMDB_TOKENS_REMOVE_H

#include "lmdb/tokens/write.h"

/*
 * Removes a token, which was read in the same transaction. Its id never comes back: the floor of
 * the store rises to its tick. Its last-use slot is free.
 */
int atk_remove_token(struct atk_write *write, struct atk_change *change, const struct atk_hot *hot,
                     apitoken_error *err);

/* Removes the text of an audit record, if it still has one that is to go. Its chain stays whole. */
int atk_remove_text(struct atk_write *write, struct atk_change *change, apitoken_error *err);

#endif
