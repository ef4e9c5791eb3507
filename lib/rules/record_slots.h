/* SPDX-License-Identifier: MIT */
/*
 * The free slots of the last-use file: those of tokens that were removed. A record stands for a
 * piece of the file, and for each slot of it a bit says whether the slot is free; a piece without
 * free slots has no record.
 */
#ifndef APITOKEN_RULES_RECORD_SLOTS_H
#define APITOKEN_RULES_RECORD_SLOTS_H

#include "rules/record_form.h"

#define ATK_TYPE_SLOTS 9
#define ATK_SLOTS_A_RECORD 8192
#define ATK_SLOTS_BITS_LEN (ATK_SLOTS_A_RECORD / 8)
#define ATK_SLOTS_FIXED (ATK_RECORD_HEAD + ATK_SLOTS_BITS_LEN)
#define ATK_SLOTS_MAX 1920 /* as a hot record, so that LMDB keeps it in the leaf */
#define ATK_SLOTS_PARTS_MAX (ATK_SLOTS_MAX - ATK_SLOTS_FIXED - ATK_TAG_LEN)

struct atk_slots {
    uint32_t key_id;
    uint32_t first; /* in the key: set by whoever reads the record; of the piece */
    uint16_t parts_len;
    uint8_t bits[ATK_SLOTS_BITS_LEN]; /* lowest bit first */
    uint8_t parts[ATK_SLOTS_PARTS_MAX];
};

/* The first slot of the piece that a slot is in. */
static inline uint32_t atk_slots_first_of(uint32_t slot) {
    return slot - slot % ATK_SLOTS_A_RECORD;
}

/* Writes the record, without its tag, into ATK_SLOTS_MAX bytes; returns its length with the tag. */
size_t atk_slots_encode(const struct atk_slots *slots, uint8_t *out);

/*
 * 0, APITOKEN_E_DAMAGED or APITOKEN_E_NEWER. The tag is not verified here, and only a record with a
 * right one may be called newer.
 */
int atk_slots_decode(const void *bytes, size_t len, struct atk_slots *slots);

/* How many slots of the piece are free. */
uint32_t atk_slots_count(const struct atk_slots *slots);

/* The lowest free slot. There must be one. */
uint32_t atk_slots_lowest(const struct atk_slots *slots);

/* Of a slot of the piece. */
bool atk_slots_has(const struct atk_slots *slots, uint32_t slot);
void atk_slots_set(struct atk_slots *slots, uint32_t slot, bool is_free);

#endif
