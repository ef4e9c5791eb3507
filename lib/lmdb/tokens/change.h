/* SPDX-License-Identifier: MIT */
/* What the changes of a call do to the records of a store. */
#ifndef APITOKEN_LMDB_TOKENS_CHANGE_H
#define APITOKEN_LMDB_TOKENS_CHANGE_H

#include "lmdb/tokens/write.h"

/* How much of the reserve must be left for a change to be allowed. */
enum atk_space_need atk_change_space_need(const struct atk_change *change);

/*
 * Applies all changes of a call and adds the call to the write. If one fails, none of them remains,
 * unless the write is broken or the call has several changes.
 */
int atk_write_apply_call(struct atk_write *write, struct atk_write_call *call, apitoken_error *err);

#endif
