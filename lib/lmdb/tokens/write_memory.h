/* SPDX-License-Identifier: MIT */
/*
 * Memory that a read-write handle holds for the write that finds none: LMDB allocates the pages
 * that it changes, and a process that has used up its memory must still be able to revoke. Only
 * open, close and the call that leads a write use it: one thread at a time.
 */
#ifndef APITOKEN_LMDB_TOKENS_WRITE_MEMORY_H
#define APITOKEN_LMDB_TOKENS_WRITE_MEMORY_H

#include <stdbool.h>

struct atk_write_memory {
    void *held; /* NULL: none */
};

/*
 * Holds memory, if none is held and there is twice as much: less may be what another handle has
 * just freed for its write. Whether some is held now.
 */
bool atk_write_memory_hold(struct atk_write_memory *memory);

/* Frees it for a write. False if there was none. */
bool atk_write_memory_free(struct atk_write_memory *memory);

#endif
