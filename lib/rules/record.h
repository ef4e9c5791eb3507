/* SPDX-License-Identifier: MIT */
/*
 * The stored records, to bytes and back. doc/store-format.md describes them for other readers.
 * Every record is
 *
 *   version(1) type(1) flags(2) key id(4)  ... body ...  tag(16)
 *
 * with all numbers little-endian. The tag is written and checked elsewhere (check.h); the codec
 * leaves room for it and refuses what it does not know: an unknown version, type or flag, a length
 * that does not add up, facts that contradict each other.
 */
#ifndef APITOKEN_RULES_RECORD_H
#define APITOKEN_RULES_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "rules/text.h"

/* version of the stored form as a whole; a higher one is never opened or written */
#define ATK_SCHEMA 1

#define ATK_RECORD_VERSION 1
#define ATK_RECORD_HEAD 8
#define ATK_RECORD_KEY_ID_AT 4
enum {
    ATK_TYPE_HOT = 1,
    ATK_TYPE_ROW = 2,
    ATK_TYPE_CONFIG = 3,
    ATK_TYPE_KEYS = 4,
    ATK_TYPE_STATE = 5
};

#define ATK_FLAG_REVOKED 1u /* hot and row */
#define ATK_FLAG_SEALED 2u  /* row */

#define ATK_SEALED_MAX (ATK_TOKEN_LEN_MAX + ATK_SEAL_OVERHEAD)
#define ATK_HOT_FIXED 64
#define ATK_HOT_SLOT_AT 56
#define ATK_HOT_MAX (ATK_HOT_FIXED + APITOKEN_OWNER_MAX + ATK_TAG_LEN)
#define ATK_ROW_FIXED 64
#define ATK_ROW_MAX                                                                     \
    (ATK_ROW_FIXED + APITOKEN_NAME_MAX + APITOKEN_DESCRIPTION_MAX + APITOKEN_ZONE_MAX + \
     APITOKEN_REASON_MAX + ATK_SEALED_MAX + ATK_TAG_LEN)
#define ATK_ROW_KEY_MAX (1 + APITOKEN_OWNER_MAX + 8)
#define ATK_CONFIG_MAX (44 + APITOKEN_PREFIX_MAX + APITOKEN_ZONE_MAX + ATK_TAG_LEN)
#define ATK_KEYS_FIXED 12
#define ATK_KEYS_ENTRY (4 + 3 * ATK_FP_LEN)
#define ATK_KEYS_RECORD_MAX (ATK_KEYS_FIXED + ATK_KEYS_MAX * ATK_KEYS_ENTRY + ATK_TAG_LEN)
#define ATK_STATE_LEN (56 + ATK_TAG_LEN)

/* What validate needs of a token; key: its id. */
struct atk_hot {
    uint32_t key_id;
    int is_revoked;
    uint8_t verifier[ATK_DIGEST_LEN];
    int64_t end_ms; /* ATK_END_NEVER, or the first instant at which it is no longer good */
    uint64_t sequence;
    uint32_t slot; /* of the last-use file, or ATK_SLOT_NONE */
    uint8_t owner_len;
    char owner[APITOKEN_OWNER_MAX];
};

/* The same where it is stored. */
struct atk_hot_view {
    uint32_t key_id;
    int is_revoked;
    const uint8_t *verifier; /* ATK_DIGEST_LEN */
    int64_t end_ms;
    uint64_t sequence;
    uint32_t slot;
    uint8_t owner_len;
    const char *owner;
};

/* What a list shows of it; key: owner length, owner, sequence (big-endian). */
struct atk_row {
    uint32_t key_id;
    int is_revoked;
    char id[APITOKEN_ID_LEN];
    int64_t created_ms;
    int64_t end_ms;
    int64_t revoked_ms; /* 0 unless revoked */
    int32_t day;        /* yyyymmdd, 0 unless kind is day */
    uint32_t slot;
    uint8_t expiry_kind; /* APITOKEN_EXPIRY_ */
    uint8_t name_len;
    uint8_t zone_len; /* 0 unless kind is day */
    uint16_t description_len;
    uint16_t reason_len;
    uint16_t sealed_len; /* 0: not sealed */
    char name[APITOKEN_NAME_MAX];
    char description[APITOKEN_DESCRIPTION_MAX];
    char zone[APITOKEN_ZONE_MAX];
    char reason[APITOKEN_REASON_MAX];
    uint8_t sealed[ATK_SEALED_MAX];
};

/* The same where it is stored. */
struct atk_row_view {
    uint32_t key_id;
    int is_revoked;
    int64_t created_ms, end_ms, revoked_ms;
    int32_t day;
    uint32_t slot;
    uint8_t expiry_kind, name_len, zone_len;
    uint16_t description_len, reason_len, sealed_len;
    const char *id, *name, *description, *zone, *reason;
    const uint8_t *sealed;
};

/* What never changes in a store but its map size. */
struct atk_config {
    uint32_t key_id;
    uint8_t store_id[16];
    int64_t created_ms;
    uint64_t map_bytes;
    uint8_t copy_policy; /* APITOKEN_COPY_ */
    uint8_t zone_len;
    struct atk_prefix prefix;
    char zone[APITOKEN_ZONE_MAX + 1]; /* NUL-terminated in memory */
};

/* Fingerprints of a key's subkeys: they tell keys apart and nothing else. */
struct atk_prints {
    uint8_t digest[ATK_FP_LEN];
    uint8_t check[ATK_FP_LEN];
    uint8_t seal[ATK_FP_LEN];
};

/* The keys that the store was used with. */
struct atk_keys_record {
    uint32_t key_id;
    uint32_t count;
    struct {
        uint32_t key_id;
        struct atk_prints prints;
    } entry[ATK_KEYS_MAX];
};

/* What every change writes anew. */
struct atk_state_record {
    uint32_t key_id;
    uint32_t schema;
    uint64_t transaction; /* LMDB's number of the transaction that wrote it */
    uint64_t next_sequence;
    uint64_t next_slot;
    uint64_t tokens;
    uint64_t revoked;
};

/*
 * Each gives the record's length with the tag's room, in a buffer of its _MAX. The struct must be
 * within its limits.
 */
size_t atk_hot_encode(const struct atk_hot *hot, uint8_t *out);
size_t atk_row_encode(const struct atk_row *row, uint8_t *out);
size_t atk_config_encode(const struct atk_config *config, uint8_t *out);
size_t atk_keys_encode(const struct atk_keys_record *keys, uint8_t *out);
size_t atk_state_encode(const struct atk_state_record *state, uint8_t *out);

/* Each gives 1, or 0 for bytes that are no such record. */
int atk_hot_look(const void *bytes, size_t len, struct atk_hot_view *view); /* into the bytes */
int atk_hot_decode(const void *bytes, size_t len, struct atk_hot *hot);
int atk_row_look(const void *bytes, size_t len, struct atk_row_view *view); /* into the bytes */
int atk_row_decode(const void *bytes, size_t len, struct atk_row *row);
int atk_config_decode(const void *bytes, size_t len, struct atk_config *config);
int atk_keys_decode(const void *bytes, size_t len, struct atk_keys_record *keys);
int atk_state_decode(const void *bytes, size_t len, struct atk_state_record *state);

/* A row as its own view. */
struct atk_row_view atk_row_view_of(const struct atk_row *row);

/* Schema of a state record whose version this library may not know; 0 if the bytes are none. */
uint32_t atk_state_peek_schema(const void *bytes, size_t len);

/* Key of a row; returns its length. */
size_t atk_row_key(const char *owner, size_t owner_len, uint64_t sequence,
                   uint8_t out[ATK_ROW_KEY_MAX]);

#endif
