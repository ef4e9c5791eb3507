/* SPDX-License-Identifier: MIT */
/*
 * The record tag: a MAC at the end of every stored record. It also covers the key that the record
 * is stored under, so it detects a flipped bit, an edited expiry, and a record that was moved.
 */
#ifndef APITOKEN_OUTSIDE_RECORD_TAG_H
#define APITOKEN_OUTSIDE_RECORD_TAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "outside/crypto.h"
#include "rules/record.h"

/*
 * Writes the tag into a record whose `len` includes the tag. The record names its key, which must
 * be in `keys`.
 */
void atk_record_tag_write(const struct atk_keys *keys, const void *db_key, size_t db_key_len,
                          uint8_t *record, size_t len);

/*
 * 0, APITOKEN_E_DAMAGED, APITOKEN_E_KEY_MISSING if `keys` lacks the key the record names, or
 * APITOKEN_E_KEY_RETIRED if that key is retired in the store.
 */
int atk_record_tag_verify(const struct atk_keys *keys, const void *db_key, size_t db_key_len,
                          const uint8_t *record, size_t len);

/*
 * A hot record preceded by its database key: the bytes that the tag covers, in one piece. Never
 * cleared: only the first `len` bytes are valid.
 */
struct atk_tagged_hot {
    size_t len;
    uint8_t bytes[1 + APITOKEN_ID_LEN + ATK_HOT_MAX];
};

#define ATK_TAGGED_KEY_LEN (1 + APITOKEN_ID_LEN)

/* False if `len` cannot be the length of a hot record. */
static inline bool atk_tagged_hot_set(struct atk_tagged_hot *tagged, const char *id,
                                      const void *record, size_t len) {
    if (len < ATK_RECORD_HEAD + ATK_TAG_LEN || len > ATK_HOT_MAX) return false;
    tagged->bytes[0] = APITOKEN_ID_LEN;
    memcpy(tagged->bytes + 1, id, APITOKEN_ID_LEN);
    memcpy(tagged->bytes + ATK_TAGGED_KEY_LEN, record, len);
    tagged->len = ATK_TAGGED_KEY_LEN + len;
    return true;
}

static inline const uint8_t *atk_tagged_hot_record(const struct atk_tagged_hot *tagged) {
    return tagged->bytes + ATK_TAGGED_KEY_LEN;
}
static inline size_t atk_tagged_hot_record_len(const struct atk_tagged_hot *tagged) {
    return tagged->len - ATK_TAGGED_KEY_LEN;
}

/* The key that the record names, or NULL. */
const struct atk_key *atk_tagged_hot_key(const struct atk_keys *keys,
                                         const struct atk_tagged_hot *tagged);

/*
 * Tags a record, of which the tag is right, under another key that `keys` has. The same returns as
 * of atk_record_tag_verify(); nothing has changed unless it is 0.
 */
int atk_record_tag_move(const struct atk_keys *keys, const void *db_key, size_t db_key_len,
                        uint8_t *record, size_t len, uint32_t key_id);

/* The key that a record names; 0 if it is too short to be one. */
uint32_t atk_record_key_id(const void *record, size_t len);

/* Like atk_record_tag_verify(): 0 or APITOKEN_E_DAMAGED. */
int atk_tagged_hot_verify(const struct atk_key *key, const struct atk_tagged_hot *tagged);

#endif
