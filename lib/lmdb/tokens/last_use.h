/* SPDX-License-Identifier: MIT */
/*
 * The last-use file: a header and a slot of 8 bytes per token, mapped once at its largest size.
 * Processes without write access to the tokens may write it. The header also has the number of the
 * last committed transaction, which reveals a store that was rolled back.
 *
 *   0  magic(8) "apituse1"   8  store id(16)   24  last transaction(8)   4096  slots
 *   a slot: mark of the id(4)  minute(4)
 *
 * What is written through the map must be allocated on disk first, because a full disk would mean
 * SIGBUS: making a store, create and open do so. Slots are not trusted: one with another id's mark
 * or an impossible minute counts as never used.
 */
#ifndef APITOKEN_LMDB_TOKENS_LAST_USE_H
#define APITOKEN_LMDB_TOKENS_LAST_USE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"

#define ATK_LAST_USE_FILE "last-use"
#define ATK_MINUTE_MS 60000

struct atk_last_use {
    uint8_t *map;
    uint64_t map_len;
    uint64_t slots;     /* how many the file has room for */
    uint64_t allocated; /* bytes of the file known to be on disk; for writers only */
    /* this handle notes uses: at its open the slots of all tokens were on disk */
    bool is_noted;
    int fd;
};

/* How many slots a store of this map size has. */
uint64_t atk_last_use_slots(uint64_t map_bytes);

/* Writes the header of a new file, allocates its page and sets the file's size. */
int atk_last_use_format(int fd, const uint8_t store_id[16], uint64_t map_bytes,
                        apitoken_error *err);

/* Makes the file as long as a larger map needs; never makes it shorter. */
int atk_last_use_extend(int fd, uint64_t map_bytes, apitoken_error *err);

/* The last-use file of a store. */
struct atk_last_use_place {
    int dir_fd;
    bool any_owner;          /* the file may belong to another user */
    const uint8_t *store_id; /* 16 bytes */
    uint64_t map_bytes;
};

/*
 * Maps the file, whose header must have this store's id. Allocates the first `used` slots on disk,
 * because a copied file may be sparse; if the disk has no room for them, this handle notes no uses,
 * and everything else works.
 */
int atk_last_use_open(const struct atk_last_use_place *place, uint64_t used,
                      struct atk_last_use *use, apitoken_error *err);
void atk_last_use_close(struct atk_last_use *use);

/* The latest transaction that any process knows to be committed. */
uint64_t atk_last_use_transaction(const struct atk_last_use *use);
void atk_last_use_raise(struct atk_last_use *use, uint64_t transaction);
/* Sets it, even to a lower one: for accepting a roll-back, with exclusive access. */
void atk_last_use_set(struct atk_last_use *use, uint64_t transaction);

/* Allocates the disk block of a slot. Under the write lock. */
int atk_last_use_prepare(struct atk_last_use *use, uint64_t slot, apitoken_error *err);

/* The minute that is noted for a time; 0 means none. */
static inline uint32_t atk_last_use_minute(int64_t ms) { return (uint32_t)(ms / ATK_MINUTE_MS); }

/*
 * Notes that the token was accepted at now_ms. Writes only if that minute is later than the slot's,
 * so a busy token costs one write per minute. Not ordered with any other memory.
 */
void atk_last_use_note(struct atk_last_use *use, uint32_t slot, const char *id, int64_t now_ms);

/* Prefetches a slot in which a use will probably be noted soon. Any slot number is safe. */
static inline void atk_last_use_expect(const struct atk_last_use *use, uint32_t slot) {
    if (slot < use->slots)
        __builtin_prefetch(use->map + ATK_LAST_USE_HEAD + (uint64_t)slot * ATK_SLOT_BYTES, 1);
}

/* Start of the minute in which the token was last accepted; 0 = never, as far as is known. */
int64_t atk_last_use_ms(const struct atk_last_use *use, uint32_t slot, const char *id);

#endif
