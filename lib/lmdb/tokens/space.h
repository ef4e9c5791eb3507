/* SPDX-License-Identifier: MIT */
/*
 * The reserve that keeps revoke working: LMDB copies pages on write, so even a delete needs free
 * ones. Create stops while fewer than max(1,024 pages, a fiftieth of the map) are spare, and what
 * it leaves is allocated on disk.
 */
#ifndef APITOKEN_LMDB_TOKENS_SPACE_H
#define APITOKEN_LMDB_TOKENS_SPACE_H

#include "lmdb/process/env.h"

struct atk_space {
    uint64_t pages;   /* of the map */
    uint64_t used;    /* up to the last one ever used */
    uint64_t free;    /* inside, and old enough that no reader still sees them */
    uint64_t reserve; /* what create leaves */
};

/*
 * A count over the free list is made only if the unused tail is shorter than the reserve and
 * `beyond` pages; UINT64_MAX: always.
 */
int atk_space_read(const struct atk_env *env, MDB_txn *read_txn, uint64_t beyond,
                   struct atk_space *ret, apitoken_error *err);

/* 1 if all of the reserve and `beyond` pages are spare. */
int atk_space_has(const struct atk_space *space, uint64_t beyond);

/* What create may still use. */
uint64_t atk_space_spare_bytes(const struct atk_env *env, const struct atk_space *space);

/* How much of the reserve a write leaves to others. */
enum atk_space_need {
    ATK_SPACE_ANY, /* nothing: a revoke without a reason, which must always work */
    /*
     * a revoke with a reason makes its record longer: many of them must not use up what plain ones
     * need
     */
    ATK_SPACE_HALF,
    ATK_SPACE_ALL /* a create; it also gets disk space for itself and for the reserve after it */
};

/* Under the write lock, by what was read under it: APITOKEN_E_FULL, _DISK_FULL. */
int atk_space_reserve(struct atk_env *env, const struct atk_space *space, enum atk_space_need need,
                      apitoken_error *err);

/* Disk space for what is used, the reserve and `beyond` pages. */
int atk_space_extend(struct atk_env *env, const struct atk_space *space, uint64_t beyond,
                     apitoken_error *err);

/* Disk space for `bytes` of data.mdb, in steps. */
int atk_space_allocate(int fd, uint64_t bytes, uint64_t map_bytes, uint64_t *allocated,
                       apitoken_error *err);

/* Bytes of the reserve of a map. */
uint64_t atk_space_reserve_bytes(uint64_t map_bytes, uint32_t page_size);

#endif
