/* SPDX-License-Identifier: MIT */
/*
 * The rollback number: the number of the last committed transaction. It is kept in two files beside
 * the data, its homes, so that an old data.mdb that is put back is noticed even if one of them is
 * put back with it. Each names the LMDB environment too, because the numbers of two environments
 * cannot be compared.
 *
 *   0  magic(8)   8  environment(16)   24  transaction(8)   32  checksum(16)
 *
 * A home is written by one pwrite() of whoever holds ATK_LOCK_WRITE, so one that fails its checksum
 * is being written, or was interrupted: it says nothing.
 */
#ifndef APITOKEN_LMDB_TOKENS_HOMES_H
#define APITOKEN_LMDB_TOKENS_HOMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"

#define ATK_HOMES 2
#define ATK_HOME_LEN 48

struct atk_home {
    uint8_t environment[ATK_ENVIRONMENT_LEN];
    uint64_t transaction;
};

/* Descriptors of the files: borrowed. -1: it is lost, says nothing and is not written. */
struct atk_homes {
    int fd[ATK_HOMES]; /* last-use and writer.lock, in the order in which they are written */
};

static inline struct atk_homes atk_homes_of(int use_fd, int lock_fd) {
    return (struct atk_homes){ { use_fd, lock_fd } };
}

/* What the homes said at one time. */
struct atk_homes_said {
    bool has_said[ATK_HOMES];
    struct atk_home home[ATK_HOMES];
};

void atk_homes_read(const struct atk_homes *homes, struct atk_homes_said *ret);

/*
 * Whether a snapshot that was taken after the homes were read is the newest: APITOKEN_E_ROLLED_BACK
 * if one of them names another environment or a later transaction.
 */
int atk_homes_check(const struct atk_homes_said *said, const struct atk_home *snapshot,
                    apitoken_error *err);

/* The same for an open: APITOKEN_E_DAMAGED if no home says anything. */
int atk_homes_require(const struct atk_homes_said *said, const struct atk_home *snapshot,
                      apitoken_error *err);

/* Writes both, also if one fails. With ATK_LOCK_WRITE or exclusive access. */
int atk_homes_write(const struct atk_homes *homes, const struct atk_home *home,
                    apitoken_error *err);

/* Syncs both. */
int atk_homes_sync(const struct atk_homes *homes, apitoken_error *err);

#endif
