/* SPDX-License-Identifier: MIT */
/*
 * Encodes and decodes the stored records; doc/store-format.md describes them for other programs.
 * Every record is
 *
 *   version(1) type(1) of the type(2) key id(4)  ... fields ... parts  tag(8)
 *
 * with all numbers little-endian. record_tag.h writes and verifies the tag; the codec only leaves
 * room for it.
 *
 * Parts are where a later version adds to a record: type(1) length(2) value, in ascending order of
 * type. What this version does not know it keeps byte for byte. A part with a type below 128 and a
 * flag must be understood: a record with an unknown one is *newer*. Other parts may be ignored.
 */
#ifndef APITOKEN_RULES_RECORD_H
#define APITOKEN_RULES_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "rules/text.h"

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

/* Flags of hot record and row. */
#define ATK_FLAG_REVOKED 1u
#define ATK_FLAG_WORD 8u /* which word of its last-use slot the current secret uses */
#define ATK_FLAGS_DEFINED (ATK_FLAG_REVOKED | ATK_FLAG_WORD)
#define ATK_FLAGS_COMMON 15u /* those that both records of a token have alike */

/* Parts of a row. */
enum { ATK_PART_DAY = 1, ATK_PART_REVOCATION = 2, ATK_PART_SEALED = 64 };
#define ATK_PART_HEAD 3

#define ATK_SEALED_MAX (ATK_TOKEN_LEN_MAX + ATK_SEAL_OVERHEAD)
#define ATK_SEAL_SUITE 1 /* XChaCha20-Poly1305 of the whole token text */

#define ATK_HOT_FIXED 48
#define ATK_HOT_SLOT_AT 40
#define ATK_HOT_MAX 1920 /* LMDB keeps key, record and node of up to 2,038 bytes in the leaf */
#define ATK_HOT_PARTS_MAX (ATK_HOT_MAX - ATK_HOT_FIXED - 1 - ATK_TAG_LEN)
#define ATK_ROW_FIXED 40
#define ATK_ROW_MAX 8192
#define ATK_ROW_PARTS_MAX (ATK_ROW_MAX - ATK_ROW_FIXED - 1 - ATK_TAG_LEN)
#define ATK_ROW_KEY_MAX (1 + APITOKEN_OWNER_MAX + APITOKEN_ID_LEN)
#define ATK_CONFIG_FIXED 44
#define ATK_CONFIG_MAX 1920
#define ATK_CONFIG_PARTS_MAX (ATK_CONFIG_MAX - ATK_CONFIG_FIXED - ATK_TAG_LEN)
#define ATK_KEYS_FIXED 12
#define ATK_KEYS_ENTRY (4 + 4 + 3 * ATK_FP_LEN)
#define ATK_KEYS_LISTED_MAX 256
#define ATK_KEYS_RECORD_MAX 16384
#define ATK_STATE_FIXED 72
#define ATK_STATE_MAX 1920
#define ATK_STATE_PARTS_MAX (ATK_STATE_MAX - ATK_STATE_FIXED - ATK_TAG_LEN)

/* The hot record: what validate needs to know about a token. Stored under the token's id. */
struct atk_hot {
    uint32_t key_id;
    uint8_t flags; /* also unknown ones */
    bool is_newer; /* has a flag or part that must be understood and is not known; not encoded */
    uint8_t owner_len;
    uint8_t verifier[ATK_VERIFIER_LEN];
    int64_t end_ms; /* the first instant at which the token is no longer valid, or ATK_END_NEVER */
    uint32_t slot;  /* in the last-use file, or ATK_SLOT_NONE */
    uint32_t revision;
    uint16_t parts_len;
    char owner[APITOKEN_OWNER_MAX];
    uint8_t parts[ATK_HOT_PARTS_MAX];
};

/* A hot record read in place: the pointers point into the stored bytes. */
struct atk_hot_view {
    uint32_t key_id;
    uint8_t flags;
    bool is_newer;
    uint8_t owner_len;
    uint16_t parts_len;
    uint32_t slot;
    uint32_t revision;
    int64_t end_ms;
    const uint8_t *verifier; /* ATK_VERIFIER_LEN */
    const char *owner;
    const uint8_t *parts;
};

/* The row: what a list shows. Stored under owner length, owner, id. */
struct atk_row {
    uint32_t key_id;
    uint8_t flags; /* also unknown ones */
    bool is_newer; /* not encoded */
    /* not in the record, but in its key: set by whoever reads the record */
    char id[APITOKEN_ID_LEN];
    int64_t created_ms;
    int64_t end_ms;
    int64_t revoked_ms; /* 0 unless revoked */
    int32_t day;        /* yyyymmdd; 0 unless it expires by day */
    uint32_t slot;
    uint32_t revision;
    uint32_t mark;       /* the beginning of the current verifier; see atk_mark_of() */
    uint8_t expiry_kind; /* APITOKEN_EXPIRY_ */
    uint8_t name_len;
    uint8_t zone_len; /* 0 unless it expires by day */
    uint8_t reason_code;
    uint8_t revocation_flags;
    uint16_t description_len;
    uint16_t reason_len;
    uint16_t sealed_len; /* 0: no sealed copy */
    uint16_t other_len;
    uint32_t sealed_key_id;
    char name[APITOKEN_NAME_MAX];
    char description[APITOKEN_DESCRIPTION_MAX];
    char zone[APITOKEN_ZONE_MAX];
    char reason[APITOKEN_REASON_MAX];
    uint8_t sealed[ATK_SEALED_MAX];
    uint8_t other[ATK_ROW_PARTS_MAX]; /* parts that are not known, in order */
};

/* A row read in place: the pointers point into the stored bytes. */
struct atk_row_view {
    uint32_t key_id;
    uint8_t flags;
    bool is_newer;
    uint8_t expiry_kind, name_len, zone_len, reason_code, revocation_flags;
    uint16_t description_len, reason_len, sealed_len;
    int32_t day;
    uint32_t slot, revision, mark, sealed_key_id;
    int64_t created_ms, end_ms, revoked_ms;
    const char *id; /* as in struct atk_row */
    const char *name, *description, *zone, *reason;
    const uint8_t *sealed;
};

/* The configuration of a store: only its map size ever changes. */
struct atk_config {
    uint32_t key_id;
    uint8_t store_id[ATK_STORE_ID_LEN];
    int64_t created_ms;
    uint64_t map_bytes;
    uint8_t copy_policy; /* APITOKEN_COPY_ */
    uint8_t zone_len;
    uint16_t parts_len;
    struct atk_prefix prefix;
    char zone[APITOKEN_ZONE_MAX + 1]; /* NUL-terminated in memory */
    uint8_t parts[ATK_CONFIG_PARTS_MAX];
};

/* Fingerprints of a key's subkeys. They tell keys apart and reveal nothing else. */
struct atk_prints {
    uint8_t digest[ATK_FP_LEN];
    uint8_t tag[ATK_FP_LEN];
    uint8_t seal[ATK_FP_LEN];
};

/* The keys that the store has been used with: the record itself, with room for its tag. */
struct atk_keys_record {
    size_t len; /* with the tag */
    uint8_t bytes[ATK_KEYS_RECORD_MAX];
};

struct atk_keys_entry {
    uint32_t key_id;
    struct atk_prints prints;
};

/* The state record of the store: every change rewrites it. */
struct atk_state_record {
    uint32_t key_id;
    uint32_t schema;
    uint64_t transaction; /* LMDB's number for the transaction that wrote it */
    uint64_t id_floor;    /* no id of this tick or below is created; 0 = none */
    uint64_t next_slot;
    uint64_t tokens;
    uint64_t revoked;
    uint8_t environment[ATK_ENVIRONMENT_LEN]; /* random, of this LMDB environment */
    uint16_t parts_len;
    uint8_t parts[ATK_STATE_PARTS_MAX];
};

/*
 * Each writes a record, without its tag, into a buffer of the type's _MAX bytes and returns its
 * length including the tag. The struct must be within its limits. A row whose unknown parts leave
 * no room for the known ones: 0.
 */
size_t atk_hot_encode(const struct atk_hot *hot, uint8_t *out);
size_t atk_row_encode(const struct atk_row *row, uint8_t *out);
size_t atk_config_encode(const struct atk_config *config, uint8_t *out);
size_t atk_state_record_encode(const struct atk_state_record *state, uint8_t *out);

/*
 * Each returns 0, APITOKEN_E_DAMAGED or APITOKEN_E_NEWER. The tag is not verified here, and only a
 * record with a right one may be called newer. A hot record or row is APITOKEN_E_NEWER only if it
 * cannot be read: one that has something unknown in it is read, and is_newer says so.
 */
int atk_hot_parse_view(const void *bytes, size_t len, struct atk_hot_view *view);
int atk_hot_decode(const void *bytes, size_t len, struct atk_hot *hot);
int atk_row_parse_view(const void *bytes, size_t len, struct atk_row_view *view);
int atk_row_decode(const void *bytes, size_t len, struct atk_row *row);
int atk_config_decode(const void *bytes, size_t len, struct atk_config *config);
int atk_keys_decode(const void *bytes, size_t len, struct atk_keys_record *keys);
int atk_state_record_decode(const void *bytes, size_t len, struct atk_state_record *state);

/* A view of a row in memory. */
struct atk_row_view atk_row_view_of(const struct atk_row *row);

/* Hot record and row of a token agree in everything that both of them have. */
bool atk_records_agree(const struct atk_hot *hot, const struct atk_row *row);

/* Removes the parts that belong to the secret of a token. Returns the new length. */
uint16_t atk_parts_drop_secret(uint8_t *parts, uint16_t len);

/* The revision after a change. */
static inline uint32_t atk_revision_after(uint32_t revision) {
    return revision == UINT32_MAX ? revision : revision + 1;
}

/* By what the uses of a secret are found in the last-use file: the beginning of its verifier. */
static inline uint32_t atk_mark_of(const uint8_t verifier[ATK_VERIFIER_LEN]) {
    return (uint32_t)verifier[0] | (uint32_t)verifier[1] << 8 | (uint32_t)verifier[2] << 16 |
           (uint32_t)verifier[3] << 24;
}

/* A list of keys without entries. */
void atk_keys_record_init(struct atk_keys_record *keys);
uint32_t atk_keys_record_count(const struct atk_keys_record *keys);
struct atk_keys_entry atk_keys_record_entry(const struct atk_keys_record *keys, uint32_t i);
/* Adds a key at the end. False if there is no room. */
bool atk_keys_record_add(struct atk_keys_record *keys, const struct atk_keys_entry *entry);
/* Names the key that the record is to be tagged under. */
void atk_keys_record_set_key(struct atk_keys_record *keys, uint32_t key_id);

/*
 * The schema number in a state record, even if the rest of it is of an unknown version; 0 if the
 * bytes are no state record.
 */
uint32_t atk_state_record_schema(const void *bytes, size_t len);

/* The store id in a configuration, which need not be in order otherwise. NULL: it is too short. */
const uint8_t *atk_config_store_id(const void *bytes, size_t len);

/* Writes the key of a row and returns its length. */
size_t atk_row_key(const char *owner, size_t owner_len, const char *id,
                   uint8_t out[ATK_ROW_KEY_MAX]);

#endif
