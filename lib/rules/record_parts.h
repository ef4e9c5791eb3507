/* SPDX-License-Identifier: MIT */
/*
 * The parts at the end of a record: type(1) length(2) value, in ascending order of type.
 *
 * What this version does not know it keeps byte for byte. A part with a type below 128 and a flag
 * must be understood: a record with an unknown one is *newer*. Other parts may be ignored. Of
 * tokens, 64 to 95 and 192 to 223 belong to the newest secret and go with it, 96 to 127 and 224 to
 * 254 to the older one.
 */
#ifndef APITOKEN_RULES_RECORD_PARTS_H
#define APITOKEN_RULES_RECORD_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/limits.h"

/* Of hot records and rows; doc/store-format.md has their values. */
enum {
    ATK_PART_DAY = 1,
    ATK_PART_REVOCATION = 2,
    ATK_PART_INTERFACES = 3,
    ATK_PART_NETWORKS = 4,
    ATK_PART_SEALED = 64,
    ATK_PART_OLDER_SECRET = 96,
    ATK_PART_DATA = 128,
    ATK_PART_SECRET_MADE = 129,
    ATK_PART_CREATED_BY = 130,
    ATK_PART_USED_BEFORE = 131
};
#define ATK_PART_HEAD 3
#define ATK_PART_IGNORABLE 128
#define ATK_PART_UNUSED 255 /* like 0: no part has this type */

struct atk_part {
    uint8_t type;
    uint16_t len;
    const uint8_t *value;
};

/* The parts of a record in memory, which must be in order. */
struct atk_parts {
    uint8_t *bytes;
    uint16_t *len;
    size_t cap;
};

#define ATK_PART_MS_LEN 8 /* of a part that is an instant */

/* Reads the next part, whose type must be above `last`. False if there is none in order. */
bool atk_part_get(struct atk_reader *r, unsigned last, struct atk_part *ret);

/* 0, APITOKEN_E_DAMAGED, or APITOKEN_E_NEWER: there is one that must be understood. */
int atk_parts_examine(const uint8_t *parts, size_t len);

/* Takes over the rest of a record of the store as a whole: parts of which none is known. */
int atk_parts_get(struct atk_reader *r, uint8_t *parts, size_t cap, uint16_t *ret_len);

/* The part of a type, in parts that are in order. False: there is none. */
bool atk_parts_find(const uint8_t *parts, size_t len, unsigned type, struct atk_part *ret);

/* Whether two records have the same part of a type, or neither has one. */
bool atk_parts_same(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len, unsigned type);

/* Adds a part, or replaces the one of its type. False, and nothing changed: there is no room. */
bool atk_parts_set(struct atk_parts parts, unsigned type, const void *value, size_t len);

/* The same for a part that is an instant; 0: there is none, or it has another form. */
int64_t atk_parts_find_ms(const uint8_t *parts, size_t len, unsigned type);
bool atk_parts_set_ms(struct atk_parts parts, unsigned type, int64_t ms);

/* Removes the part of a type, if there is one. */
void atk_parts_remove(struct atk_parts parts, unsigned type);

/* Removes the parts that belong to the newest secret of a token, the older one, or both. */
enum atk_secrets { ATK_SECRET_NEWEST = 64, ATK_SECRET_OLDER = 96, ATK_SECRETS_BOTH = 0 };
void atk_parts_drop_secret(struct atk_parts parts, enum atk_secrets which);

#endif
