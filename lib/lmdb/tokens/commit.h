/* SPDX-License-Identifier: MIT */
/* Commits a write transaction and finds out what became of it. */
#ifndef APITOKEN_LMDB_TOKENS_COMMIT_H
#define APITOKEN_LMDB_TOKENS_COMMIT_H

#include "lmdb/tokens/write.h"

/*
 * 0 if all changes of the write are durable. APITOKEN_E_MAYBE if nobody can tell whether they are;
 * any other error: none of them is. Ends the transaction in any case.
 */
int atk_write_commit(struct atk_write *write, apitoken_error *err);

#endif
