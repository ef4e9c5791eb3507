/* SPDX-License-Identifier: MIT */
/*
 * The last-use file: a page with the head that homes.h describes, and a slot of 16 bytes per token,
 * mapped once at its largest size. Processes without write access to the tokens may write it.
 *
 *   0  a home of the roll-back number   4096  slots
 *   a slot: two words of 8 bytes, each mark(4) minute(4)
 *
 * A word belongs to a secret, whose verifier begins with the mark: a secret that replaces another
 * one takes the other word, so that the last use of the old one can still be told.
 *
 * What is written through the map must be allocated on disk first, because a full disk would mean
 * SIGBUS: making a store, create and open do so. Slots are not trusted: a word with another mark or
 * an impossible minute counts as never used.
 */
#ifndef APITOKEN_LMDB_TOKENS_LAST_USE_H
#define APITOKEN_LMDB_TOKENS_LAST_USE_H

#include <stdbool.h>
#include <stdint.h>

#include "outside/backend.h"
#include "base/limits.h"

#define ATK_LAST_USE_FILE "last-use"
#define ATK_MINUTE_MS 60000

struct atk_last_use {
    uint8_t *map;
    uint64_t map_len;
    uint64_t slots;       /* how many are mapped */
    uint64_t slots_given; /* how many tokens of the store may have one */
    uint64_t full_len;    /* of the file with all of them */
    uint64_t allocated;   /* bytes of the file known to be on disk; for writers only */
    /* this handle notes uses: at its open the slots of all tokens were on disk */
    bool is_noted;
    int fd;
};

/* How many slots a store of this map size has. */
uint64_t atk_last_use_slots(uint64_t map_bytes);

/* Allocates the first page of a new file and sets the file's size. */
int atk_last_use_format(int fd, uint64_t map_bytes, apitoken_error *err);

/* Makes the file as long as a larger map needs; never makes it shorter. */
int atk_last_use_extend(int fd, uint64_t map_bytes, apitoken_error *err);

/* The last-use file of a store. */
struct atk_last_use_place {
    int dir_fd;
    bool any_owner; /* the file may belong to another user */
    uint64_t map_bytes;
};

/* Maps the file, or as much of it as there is. */
int atk_last_use_open(const struct atk_last_use_place *place, struct atk_last_use *use,
                      apitoken_error *err);
void atk_last_use_close(struct atk_last_use *use);

/*
 * Allocates the first `used` slots on disk, because a copied file may be sparse. If the disk has no
 * room for them, this handle notes no uses, and everything else works.
 */
void atk_last_use_begin(struct atk_last_use *use, uint64_t used);

/* Allocates the disk block of a slot. Under the write lock. */
int atk_last_use_prepare(struct atk_last_use *use, uint64_t slot, apitoken_error *err);

/* The minute that is noted for a time; 0 means none. */
static inline uint32_t atk_last_use_minute(int64_t ms) { return (uint32_t)(ms / ATK_MINUTE_MS); }

/*
 * Notes that the secret was accepted at now_ms. Writes only if that minute is later than the
 * word's, so a busy token costs one write per minute. Not ordered with any other memory.
 */
void atk_last_use_note(struct atk_last_use *use, struct atk_use at, int64_t now_ms);

/* Prefetches a slot in which a use will probably be noted soon. Any slot number is safe. */
static inline void atk_last_use_expect(const struct atk_last_use *use, uint32_t slot) {
    if (slot < use->slots)
        __builtin_prefetch(use->map + ATK_LAST_USE_HEAD + (uint64_t)slot * ATK_SLOT_BYTES, 1);
}

/* Start of the minute in which the secret was last accepted; 0 = never, as far as is known. */
int64_t atk_last_use_ms(const struct atk_last_use *use, struct atk_use at);

/* Copies both words of a slot. */
void atk_last_use_copy(const struct atk_last_use *from, struct atk_last_use *to, uint32_t slot);

#endif
