/* SPDX-License-Identifier: MIT */
/*
 * The reserve that keeps revoke working: LMDB copies pages on write, so even a revoke needs free
 * ones. Create fails while fewer than max(1,024 pages, a fiftieth of the map) are spare, and those
 * pages are allocated on disk.
 */
#ifndef APITOKEN_LMDB_TOKENS_SPACE_H
#define APITOKEN_LMDB_TOKENS_SPACE_H

#include <stdbool.h>

#include "lmdb/process/env.h"

struct atk_space {
    uint64_t pages;   /* of the map */
    uint64_t used;    /* up to the last page ever used */
    uint64_t free;    /* of the used ones: free, and no reader can still see them */
    uint64_t reserve; /* what create must leave */
};

/*
 * Counts the free list only if the unused end of the map is smaller than the reserve plus `beyond`
 * pages; UINT64_MAX: always.
 */
int atk_space_read(const struct atk_env *env, MDB_txn *read_txn, uint64_t beyond,
                   struct atk_space *ret, apitoken_error *err);

/* Whether the reserve and `beyond` pages more are spare. */
bool atk_space_has(const struct atk_space *space, uint64_t beyond);

/* What create may still use. */
uint64_t atk_space_spare_bytes(const struct atk_env *env, const struct atk_space *space);

/* How much of the reserve must be spare for a change. */
enum atk_space_need {
    ATK_SPACE_ANY, /* nothing: for a revoke without a reason, which must always work */
    /*
     * half: for a revoke with a reason, which makes a record longer; many of them must not use up
     * what revokes without a reason need
     */
    ATK_SPACE_HALF,
    ATK_SPACE_ALL /* all, and on disk as well: for a create */
};

/*
 * Under the write lock, as was `space`: APITOKEN_E_FULL or APITOKEN_E_DISK_FULL if the change must
 * not be made.
 */
int atk_space_reserve(struct atk_env *env, const struct atk_space *space, enum atk_space_need need,
                      apitoken_error *err);

/* Allocates disk space for the used pages, the reserve and `beyond` pages. */
int atk_space_extend(struct atk_env *env, const struct atk_space *space, uint64_t beyond,
                     apitoken_error *err);

/*
 * Writes zeros behind the used pages, into blocks that are allocated already. The first write into
 * a block that is allocated but not written makes a file system commit its journal: a third flush
 * in every second group commit (measured). Under the write lock, as was `space`, before pages of a
 * transaction are written. What cannot be written ahead costs time later and nothing else.
 */
void atk_space_write_ahead(struct atk_env *env, const struct atk_space *space);

/* Allocates disk space for `bytes` of data.mdb, in steps of ATK_ALLOC_STEP. */
int atk_space_allocate(int fd, uint64_t bytes, uint64_t map_bytes, uint64_t *allocated,
                       apitoken_error *err);

/* Size of the reserve of a map. */
uint64_t atk_space_reserve_bytes(uint64_t map_bytes, uint32_t page_size);

#endif
