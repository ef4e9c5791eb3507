/* SPDX-License-Identifier: MIT */
/*
 * What the stored records have in common; doc/store-format.md describes them for other programs.
 * Every record is
 *
 *   version(1) type(1) of the type(2) key id(4)  ... fields ... parts  tag(8)
 *
 * with all numbers little-endian. record_tag.h writes and verifies the tag; the codec only leaves
 * room for it.
 */
#ifndef APITOKEN_RULES_RECORD_FORM_H
#define APITOKEN_RULES_RECORD_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/limits.h"

/* version of the store format; a store with another one is neither opened nor written */
#define ATK_SCHEMA 2

#define ATK_RECORD_VERSION 2
#define ATK_RECORD_HEAD 8
#define ATK_RECORD_KEY_ID_AT 4
enum {
    ATK_TYPE_HOT = 1,
    ATK_TYPE_ROW = 2,
    ATK_TYPE_CONFIG = 3,
    ATK_TYPE_KEYS = 4,
    ATK_TYPE_STATE = 5
};

/* `own` are the two bytes of the type. */
void atk_record_put_head(struct atk_writer *w, unsigned type, unsigned own, uint32_t key_id);

/* Reserved bytes. */
void atk_record_put_zeros(struct atk_writer *w, size_t len);
static inline bool atk_record_get_zeros(struct atk_reader *r, size_t len) {
    return atk_get_uint(r, len) == 0;
}

/* The length of what has been written to `out`, with the tag; 0 if it did not fit. */
size_t atk_record_len(const struct atk_writer *w, const uint8_t *out);

/* Reads the head of a record and leaves the tag out of what is left. `own` as above. */
int atk_record_get_own_head(struct atk_reader *r, unsigned type, unsigned *ret_own,
                            uint32_t *ret_key_id);

/*
 * The same for a record whose two bytes of the type are zero. A later version may give them a
 * meaning that must be understood.
 */
int atk_record_get_head(struct atk_reader *r, unsigned type, uint32_t *ret_key_id);

/* ATK_END_NEVER, or an instant within the supported years. */
static inline bool atk_end_is_valid(int64_t end_ms) {
    return end_ms == ATK_END_NEVER || (end_ms > 0 && end_ms <= ATK_MS_MAX);
}

#endif
