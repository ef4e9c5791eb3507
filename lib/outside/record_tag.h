/* SPDX-License-Identifier: MIT */
/*
 * The record check: a keyed tag at the end of every stored record that also covers the record's
 * key, so that a flipped bit, a record moved to another key or an edited expiry is found.
 */
#ifndef APITOKEN_OUTSIDE_RECORD_TAG_H
#define APITOKEN_OUTSIDE_RECORD_TAG_H

#include <string.h>

#include "outside/crypto.h"
#include "rules/record.h"

/*
 * Writes the tag of a record (len with the tag's room) under the key that it names, which must be
 * in `keys`.
 */
void atk_record_tag_write(const struct atk_keys *keys, const void *db_key, size_t db_key_len,
                          uint8_t *record, size_t len);

/*
 * 0, APITOKEN_E_DAMAGED, or APITOKEN_E_KEY_MISSING if the record names a key that is not in `keys`.
 */
int atk_record_tag_verify(const struct atk_keys *keys, const void *db_key, size_t db_key_len,
                          const uint8_t *record, size_t len);

/*
 * A hot record behind its key, in the form that the tag covers. Not cleared: only `len` bytes mean
 * something.
 */
struct atk_tagged_hot {
    size_t len; /* of all */
    uint8_t bytes[1 + APITOKEN_ID_LEN + ATK_HOT_MAX];
};

#define ATK_TAGGED_KEY_LEN (1 + APITOKEN_ID_LEN)

/* 1, or 0 for a record that is too long or too short to be one. */
static inline int atk_tagged_hot_set(struct atk_tagged_hot *tagged, const char *id,
                                     const void *record, size_t len) {
    if (len < ATK_RECORD_HEAD + ATK_TAG_LEN || len > ATK_HOT_MAX) return 0;
    tagged->bytes[0] = APITOKEN_ID_LEN;
    memcpy(tagged->bytes + 1, id, APITOKEN_ID_LEN);
    memcpy(tagged->bytes + ATK_TAGGED_KEY_LEN, record, len);
    tagged->len = ATK_TAGGED_KEY_LEN + len;
    return 1;
}

static inline const uint8_t *atk_tagged_hot_record(const struct atk_tagged_hot *tagged) {
    return tagged->bytes + ATK_TAGGED_KEY_LEN;
}
static inline size_t atk_tagged_hot_record_len(const struct atk_tagged_hot *tagged) {
    return tagged->len - ATK_TAGGED_KEY_LEN;
}

/* The key that it names, or NULL. */
const struct atk_key *atk_tagged_hot_key(const struct atk_keys *keys,
                                         const struct atk_tagged_hot *tagged);

/* As atk_record_tag_verify(): 0 or APITOKEN_E_DAMAGED. */
int atk_tagged_hot_verify(const struct atk_key *key, const struct atk_tagged_hot *tagged);

#endif
