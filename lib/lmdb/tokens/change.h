/* SPDX-License-Identifier: MIT */
/* What the changes of a call do to the records of a store. */
#ifndef APITOKEN_LMDB_TOKENS_CHANGE_H
#define APITOKEN_LMDB_TOKENS_CHANGE_H

#include "lmdb/tokens/write.h"

/*
 * The one rule of what a revoke does to a row: it notes when and why, and drops what belongs to the
 * secret, which nobody may copy any more.
 */
void atk_row_revoke(struct atk_row *row, int64_t revoked_ms, const char *reason, size_t reason_len);

/* The same of a hot record. */
void atk_hot_revoke(struct atk_hot *hot);

/*
 * Makes the two records of a token agree, with a revision above that of both: the row takes what
 * both have from the hot record.
 */
void atk_records_unite(struct atk_hot *hot, struct atk_row *row);

/* How much of the reserve must be left for a change to be allowed. */
enum atk_space_need atk_change_space_need(const struct atk_change *change);

/*
 * Applies all changes of a call and adds the call to the write. If one fails, none of them remains,
 * unless the write is broken or the call has several changes.
 */
int atk_write_apply_call(struct atk_write *write, struct atk_write_call *call, apitoken_error *err);

#endif
