/* SPDX-License-Identifier: MIT */
/*
 * The last-use file: a page with the head that homes.h describes, and a slot of 16 bytes per token.
 * Mapped once, at the size that the map of data.mdb allows for; the file is as long as the limit of
 * the store asks for, and gets longer while it is mapped. Processes without write access to the
 * tokens may write it.
 *
 *   0  a home of the rollback number    4096  slots
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
#define ATK_SLOTS_PER_BLOCK (4096 / ATK_SLOT_BYTES)

struct atk_last_use {
    uint8_t *map;
    /* atomic; for each block of slots, whether this handle has noted a use there */
    uint8_t *touched;
    uint64_t map_len;
    uint64_t slots;       /* atomic: how many the file has; the map beyond them has no access */
    uint64_t slots_noted; /* atomic: so many of them are noted in: all, or none */
    uint64_t slots_given; /* how many tokens of the store may have one */
    uint64_t allocated;   /* bytes of the file known to be on disk; for writers only */
    /* this handle notes uses: at its open the slots of all tokens were on disk */
    bool is_noted;
    int fd;
};

/* How many slots there are for so many bytes of data.mdb. */
uint64_t atk_last_use_slots(uint64_t bytes);

/* Allocates the first page of a new file, which has no slots yet. */
int atk_last_use_format(int fd, apitoken_error *err);

/* The last-use file of a store. */
struct atk_last_use_place {
    int dir_fd;
    bool any_owner;     /* the file may belong to another user */
    uint64_t map_bytes; /* of data.mdb */
};

/* Whether there is no such file, or less of it than its head: nothing else is lost with it. */
bool atk_last_use_is_lost(const struct atk_last_use_place *place);

/*
 * Makes a lost file anew, like writer.lock in owner, group and mode. It has no slots, and its head
 * is still to be written. With ATK_LOCK_WRITE or exclusive access.
 */
int atk_last_use_renew(const struct atk_last_use_place *place, apitoken_error *err);

/* Maps the file; only the slots that it has are used. */
int atk_last_use_open(const struct atk_last_use_place *place, struct atk_last_use *use,
                      apitoken_error *err);
void atk_last_use_close(struct atk_last_use *use);
/* In a forked child: frees the memory, and leaves map and descriptor as the child has them. */
void atk_last_use_leave(struct atk_last_use *use);

/*
 * Makes the file as long as a limit and the `used` slots ask for. These get disk blocks first: a
 * process that sees a longer file may write to all slots in use. Never makes it shorter, because
 * nobody else makes it longer meanwhile: under the write lock, or while nobody knows the store.
 */
int atk_last_use_lengthen(struct atk_last_use *use, uint64_t limit_bytes, uint64_t used,
                          apitoken_error *err);

/* Uses the slots that a longer file has: its length was seen to be this. */
void atk_last_use_follow(struct atk_last_use *use, uint64_t file_bytes);

/*
 * Allocates the first `used` slots on disk, because a copied file may be sparse. If the disk has no
 * room for them, this handle notes no uses, and everything else works.
 */
void atk_last_use_begin(struct atk_last_use *use, uint64_t used);

/* Allocates the disk block of a slot, which the file may not have yet. Under the write lock. */
int atk_last_use_prepare(struct atk_last_use *use, uint64_t slot, apitoken_error *err);

/* Forgets the uses that are noted in a slot, whose block is on disk. */
void atk_last_use_clear(struct atk_last_use *use, uint32_t slot);

/* The minute that is noted for a time; 0 means none. */
static inline uint32_t atk_last_use_minute(int64_t ms) {
    return (uint32_t)((uint64_t)ms / ATK_MINUTE_MS);
}

/*
 * Notes that the secret was accepted at now_ms. Writes only if that minute is later than the
 * word's, so a busy token costs one write per minute. Not ordered with any other memory.
 */
void atk_last_use_note(struct atk_last_use *use, struct atk_use at, int64_t now_ms);

/*
 * Prefetches a slot in which a use may be noted soon. Any slot number is safe. Not in a block that
 * was never touched: the processor would walk its page tables in vain, which takes longer than all
 * else that distinguishes a wrong secret from an unknown id.
 */
static inline void atk_last_use_expect(const struct atk_last_use *use, uint32_t slot) {
    if (slot < use->slots_given &&
        __atomic_load_n(&use->touched[slot / ATK_SLOTS_PER_BLOCK], __ATOMIC_RELAXED))
        __builtin_prefetch(use->map + ATK_LAST_USE_HEAD + (uint64_t)slot * ATK_SLOT_BYTES, 1);
}

/* Start of the minute in which the secret was last accepted; 0 = never, as far as is known. */
int64_t atk_last_use_ms(const struct atk_last_use *use, struct atk_use at);

/* Copies both words of a slot. */
void atk_last_use_copy(const struct atk_last_use *from, struct atk_last_use *to, uint32_t slot);

#endif
