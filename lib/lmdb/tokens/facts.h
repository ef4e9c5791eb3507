/* SPDX-License-Identifier: MIT */
/* What a change may depend on besides the token, read in the transaction that makes it. */
#ifndef APITOKEN_LMDB_TOKENS_FACTS_H
#define APITOKEN_LMDB_TOKENS_FACTS_H

#include "lmdb/tokens/write.h"

/*
 * The facts for a change of a token with this owner; of a new token the row says nothing yet. A
 * denial needs none of them, so what cannot be read does not keep it from being made.
 */
int atk_facts_read(struct atk_write *write, const struct atk_change *change,
                   const struct atk_hot *hot, const struct atk_row *row, struct atk_edit_facts *ret,
                   apitoken_error *err);

/* The policy of the store, into the write. Read once in a transaction. */
int atk_facts_read_policy(struct atk_write *write, apitoken_error *err);

#endif
