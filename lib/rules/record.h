/* SPDX-License-Identifier: MIT */
/*
 * Encodes and decodes the stored records; doc/store-format.md describes them for other programs.
 * Every record is
 *
 *   version(1) type(1) flags(2) key id(4)  ... body ...  tag(16)
 *
 * with all numbers little-endian. record_tag.h writes and verifies the tag; the codec only leaves
 * room for it. It refuses an unknown version, type or flag, lengths that do not add up, and fields
 * that contradict each other.
 */
#ifndef APITOKEN_RULES_RECORD_H
#define APITOKEN_RULES_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "rules/text.h"

/* version of the store format; a store with a higher one is neither opened nor written */
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

#define ATK_FLAG_REVOKED 1u /* hot record and row */
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
#define ATK_STATE_RECORD_LEN (56 + ATK_TAG_LEN)

/* The hot record: what validate needs to know about a token. Stored under the token's id. */
struct atk_hot {
    uint32_t key_id;
    bool is_revoked;
    uint8_t verifier[ATK_DIGEST_LEN];
    int64_t end_ms; /* the first instant at which the token is no longer valid, or ATK_END_NEVER */
    uint64_t sequence;
    uint32_t slot; /* in the last-use file, or ATK_SLOT_NONE */
    uint8_t owner_len;
    char owner[APITOKEN_OWNER_MAX];
};

/* A hot record read in place: the pointers point into the stored bytes. */
struct atk_hot_view {
    uint32_t key_id;
    bool is_revoked;
    const uint8_t *verifier; /* ATK_DIGEST_LEN */
    int64_t end_ms;
    uint64_t sequence;
    uint32_t slot;
    uint8_t owner_len;
    const char *owner;
};

/* The row: what a list shows. Stored under owner length, owner, sequence (big-endian). */
struct atk_row {
    uint32_t key_id;
    bool is_revoked;
    char id[APITOKEN_ID_LEN];
    int64_t created_ms;
    int64_t end_ms;
    int64_t revoked_ms; /* 0 unless revoked */
    int32_t day;        /* yyyymmdd; 0 unless it expires by day */
    uint32_t slot;
    uint8_t expiry_kind; /* APITOKEN_EXPIRY_ */
    uint8_t name_len;
    uint8_t zone_len; /* 0 unless it expires by day */
    uint16_t description_len;
    uint16_t reason_len;
    uint16_t sealed_len; /* 0: no sealed copy */
    char name[APITOKEN_NAME_MAX];
    char description[APITOKEN_DESCRIPTION_MAX];
    char zone[APITOKEN_ZONE_MAX];
    char reason[APITOKEN_REASON_MAX];
    uint8_t sealed[ATK_SEALED_MAX];
};

/* A row read in place: the pointers point into the stored bytes. */
struct atk_row_view {
    uint32_t key_id;
    bool is_revoked;
    int64_t created_ms, end_ms, revoked_ms;
    int32_t day;
    uint32_t slot;
    uint8_t expiry_kind, name_len, zone_len;
    uint16_t description_len, reason_len, sealed_len;
    const char *id, *name, *description, *zone, *reason;
    const uint8_t *sealed;
};

/* The configuration of a store: only its map size ever changes. */
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

/* Fingerprints of a key's subkeys. They tell keys apart and reveal nothing else. */
struct atk_prints {
    uint8_t digest[ATK_FP_LEN];
    uint8_t tag[ATK_FP_LEN];
    uint8_t seal[ATK_FP_LEN];
};

/* The keys that the store has been used with. */
struct atk_keys_record {
    uint32_t key_id;
    uint32_t count;
    struct {
        uint32_t key_id;
        struct atk_prints prints;
    } entry[ATK_KEYS_MAX];
};

/* The state record of the store: every change rewrites it. */
struct atk_state_record {
    uint32_t key_id;
    uint32_t schema;
    uint64_t transaction; /* LMDB's number for the transaction that wrote it */
    uint64_t next_sequence;
    uint64_t next_slot;
    uint64_t tokens;
    uint64_t revoked;
};

/*
 * Each writes a record, without its tag, into a buffer of the type's _MAX (or _LEN) bytes and
 * returns its length including the tag. The struct must be within its limits.
 */
size_t atk_hot_encode(const struct atk_hot *hot, uint8_t *out);
size_t atk_row_encode(const struct atk_row *row, uint8_t *out);
size_t atk_config_encode(const struct atk_config *config, uint8_t *out);
size_t atk_keys_encode(const struct atk_keys_record *keys, uint8_t *out);
size_t atk_state_record_encode(const struct atk_state_record *state, uint8_t *out);

/* Each returns whether the bytes are such a record. The tag is not verified here. */
bool atk_hot_parse_view(const void *bytes, size_t len, struct atk_hot_view *view);
bool atk_hot_decode(const void *bytes, size_t len, struct atk_hot *hot);
bool atk_row_parse_view(const void *bytes, size_t len, struct atk_row_view *view);
bool atk_row_decode(const void *bytes, size_t len, struct atk_row *row);
bool atk_config_decode(const void *bytes, size_t len, struct atk_config *config);
bool atk_keys_decode(const void *bytes, size_t len, struct atk_keys_record *keys);
bool atk_state_record_decode(const void *bytes, size_t len, struct atk_state_record *state);

/* A view of a row in memory. */
struct atk_row_view atk_row_view_of(const struct atk_row *row);

/*
 * The schema number in a state record, even if the rest of it is of an unknown version; 0 if the
 * bytes are no state record.
 */
uint32_t atk_state_record_schema(const void *bytes, size_t len);

/* Writes the key of a row and returns its length. */
size_t atk_row_key(const char *owner, size_t owner_len, uint64_t sequence,
                   uint8_t out[ATK_ROW_KEY_MAX]);

#endif
