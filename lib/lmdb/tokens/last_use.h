/* SPDX-License-Identifier: MIT */
/*
 * The last-use file: a header and a slot of 8 bytes a token, mapped once at its largest size. A
 * process without write access to the tokens may write it. The header holds the number of the last
 * committed transaction, by which a rolled-back store is told.
 *
 *   0  magic(8) "apituse1"   8  store id(16)   24  last transaction(8)   4096  slots
 *   a slot: mark of the id(4)  minute(4)
 *
 * Creation, create and open allocate what they use before anyone writes it through the map, where a
 * full disk is a SIGBUS. Nothing in a slot is trusted: one that is another id's, or names an
 * impossible minute, reads as never.
 */
#ifndef APITOKEN_LMDB_TOKENS_LAST_USE_H
#define APITOKEN_LMDB_TOKENS_LAST_USE_H

#include <stdint.h>

#include "base/limits.h"

#define ATK_LAST_USE_FILE "last-use"
#define ATK_MINUTE_MS 60000

struct atk_last_use {
    uint8_t *map;
    uint64_t map_len;
    uint64_t slots;     /* how many there can be */
    uint64_t allocated; /* bytes of the file known to be on disk; writers only */
    /* this handle notes uses: the slots of all tokens were on disk when it opened */
    int is_noted;
    int fd;
};

/* How many slots a store of this map size has. */
uint64_t atk_last_use_slots(uint64_t map_bytes);

/* Writes the header of a new file; its largest size is set, the header's page allocated. */
int atk_last_use_format(int fd, const uint8_t store_id[16], uint64_t map_bytes,
                        apitoken_error *err);

/* Makes the file as long as a larger map needs; never shorter. */
int atk_last_use_extend(int fd, uint64_t map_bytes, apitoken_error *err);

/*
 * Maps the file, whose header must name this store. The first `used` slots are allocated on disk,
 * as a copied file may be sparse; if the disk has no room for that, this handle notes no uses, and
 * all else works.
 */
int atk_last_use_open(int dir_fd, int any_owner, const uint8_t store_id[16], uint64_t map_bytes,
                      uint64_t used, struct atk_last_use *use, apitoken_error *err);
void atk_last_use_close(struct atk_last_use *use);

/* The highest transaction that any process has seen committed. */
uint64_t atk_last_use_transaction(const struct atk_last_use *use);
void atk_last_use_raise(struct atk_last_use *use, uint64_t transaction);
/* Sets it, also to a lower one: a roll-back that is accepted. With the store for itself. */
void atk_last_use_set(struct atk_last_use *use, uint64_t transaction);

/* Allocates the disk block of a slot. Under the write lock. */
int atk_last_use_prepare(struct atk_last_use *use, uint64_t slot, apitoken_error *err);

/* The minute that is noted for a time; 0 for none. */
static inline uint32_t atk_last_use_minute(int64_t ms) { return (uint32_t)(ms / ATK_MINUTE_MS); }

/*
 * Notes that the token was good at now_ms. Writes only if that minute is a later one than the
 * slot's, so a busy token costs one write a minute; no order with other memory is needed or given.
 */
void atk_last_use_note(struct atk_last_use *use, uint32_t slot, const char *id, int64_t now_ms);

/* A use is likely to be noted there soon: has the slot brought near. Any number will do. */
static inline void atk_last_use_expect(const struct atk_last_use *use, uint32_t slot) {
    if (slot < use->slots)
        __builtin_prefetch(use->map + ATK_LAST_USE_HEAD + (uint64_t)slot * ATK_SLOT_BYTES, 1);
}

/* The beginning of the minute in which the token was last good; 0 = never, as far as is known. */
int64_t atk_last_use_ms(const struct atk_last_use *use, uint32_t slot, const char *id);

#endif
