/* SPDX-License-Identifier: MIT */
/* A call that sets the limit of a store: a write like any other. */
#ifndef APITOKEN_LMDB_TOKENS_LIMIT_H
#define APITOKEN_LMDB_TOKENS_LIMIT_H

#include "lmdb/tokens/write.h"

/*
 * Adds the call, alone, to the write. Nothing but disk space for its reserve is asked of a higher
 * limit: a store that is full must be able to grow.
 */
int atk_write_apply_limit(struct atk_write *write, struct atk_write_call *call,
                          apitoken_error *err);

#endif
