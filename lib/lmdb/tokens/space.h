/* SPDX-License-Identifier: MIT */
/*
 * How much of a store may be filled: its limit, a number in the state record. LMDB's map is far
 * larger, so the limit is kept here and not by LMDB, and can be changed while the store is open.
 *
 * The reserve keeps revoke working: LMDB copies pages on write, so even a revoke needs free ones.
 * Create fails while fewer than max(1,024 pages, a fiftieth of the limit) are spare, and those
 * pages are allocated on disk.
 */
#ifndef APITOKEN_LMDB_TOKENS_SPACE_H
#define APITOKEN_LMDB_TOKENS_SPACE_H

#include <stdbool.h>

#include "lmdb/tokens/records.h"

struct atk_space {
    uint64_t pages;   /* the limit; 0 = not measured */
    uint64_t used;    /* up to the last page ever used */
    uint64_t free;    /* of the used ones: free, and no reader can still see them */
    uint64_t reserve; /* what create must leave */
    /* counted with `free`: the oldest reader behind this snapshot, and what only readers keep */
    int reader_pid; /* 0: none is behind */
    uint64_t reader_transaction;
    uint64_t pinned; /* of the used ones: freed, and a reader can still see them */
};

/*
 * Measures a store under a limit. Counts the free list only if the pages behind the used ones are
 * fewer than the reserve plus `beyond`; UINT64_MAX: always.
 */
int atk_space_read(const struct atk_env *env, MDB_txn *read_txn, uint64_t limit_bytes,
                   uint64_t beyond, struct atk_space *ret, apitoken_error *err);

/* Whether the reserve and `beyond` pages more are spare. */
bool atk_space_has(const struct atk_space *space, uint64_t beyond);

/* What create may still use. */
uint64_t atk_space_spare_bytes(const struct atk_env *env, const struct atk_space *space);

/* The least limit that would leave the reserve spare. `space` includes the free list. */
uint64_t atk_space_least_limit(const struct atk_env *env, const struct atk_space *space);

/* How much of the reserve must be spare for a change. */
enum atk_space_need {
    ATK_SPACE_ANY, /* none of it: for a revoke without a reason, which must work */
    /*
     * half: for a revoke with a reason, which makes a record longer; many of them must not use up
     * what revokes without a reason need
     */
    ATK_SPACE_HALF,
    ATK_SPACE_ALL /* all, and on disk as well: for a create */
};

/*
 * True if a change that found too little space would have found enough without readers. `space`
 * includes the free list.
 */
bool atk_space_is_pinned(const struct atk_space *space, enum atk_space_need need);

/*
 * True if a long read should let its snapshot go: writers are short of space, and it keeps more
 * than half as much as they have. A reader that is older would have to go first.
 */
bool atk_space_is_in_the_way(struct atk_env *env, const struct atk_view *long_read);

/*
 * Under the write lock, as was `space`: APITOKEN_E_FULL or APITOKEN_E_DISK_FULL if the change must
 * not be made.
 */
int atk_space_reserve(struct atk_env *env, const struct atk_space *space, enum atk_space_need need,
                      apitoken_error *err);

/* APITOKEN_E_FULL unless there is what a revoke takes, or nobody could measure it. */
int atk_space_require_change(const struct atk_space *space, apitoken_error *err);

/* Allocates disk space for the used pages, the reserve and `beyond` pages. */
int atk_space_extend(struct atk_env *env, const struct atk_space *space, uint64_t beyond,
                     apitoken_error *err);

/*
 * Under the write lock, while an entry of the pool is taken: allocates disk space for the used
 * pages and the reserve. A copy of the store may have holes there, or blocks that it shares with
 * the original.
 */
int atk_space_hold(const struct atk_env *env, uint64_t limit_bytes, apitoken_error *err);

/*
 * Writes zeros after the used pages, into blocks that are allocated already. The first write into
 * a block that is allocated but not written makes a file system commit its journal: a third flush
 * in every second group commit (measured). Under the write lock, as was `space`, before pages of a
 * transaction are written. What cannot be written ahead costs time later and nothing else.
 */
void atk_space_write_ahead(struct atk_env *env, const struct atk_space *space);

/*
 * Allocates disk space for `bytes` of data.mdb, in steps of ATK_ALLOC_STEP, and at most
 * `max_bytes`. Fails, too, if this process may not write so far, whatever is allocated.
 */
int atk_space_allocate(int fd, uint64_t bytes, uint64_t max_bytes, uint64_t *allocated,
                       apitoken_error *err);

/* Size of the reserve under a limit. */
uint64_t atk_space_reserve_bytes(uint64_t limit_bytes, uint32_t page_size);

/* Size of the map that a store with this limit needs: a power of two. */
uint64_t atk_space_map_bytes(uint64_t limit_bytes);

#endif
