/* SPDX-License-Identifier: MIT */
/* For programs that define mdb_txn_commit() themselves, to let it fail. */
#ifndef FAILED_COMMIT_H
#define FAILED_COMMIT_H

#include "real.h"

/*
 * A commit that says that it failed: it is made all the same, or nothing of it is. Either frees the
 * transaction, as LMDB's own failures do.
 */
static inline int fail_commit(void *txn, int is_made, int code) {
    int (*real_commit)(void *);
    void (*real_abort)(void *);
    REAL(real_commit, "mdb_txn_commit");
    REAL(real_abort, "mdb_txn_abort");
    if (is_made)
        (void)real_commit(txn);
    else
        real_abort(txn);
    return code;
}

#endif
