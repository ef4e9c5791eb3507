/* SPDX-License-Identifier: MIT */
/* The records of a store as a whole: its configuration, its keys and its state. */
#ifndef APITOKEN_RULES_RECORD_STORE_H
#define APITOKEN_RULES_RECORD_STORE_H

#include "rules/record_audit.h"
#include "rules/record_form.h"
#include "rules/text.h"

#define ATK_CONFIG_FIXED 44
#define ATK_CONFIG_MAX 1920
#define ATK_CONFIG_PARTS_MAX (ATK_CONFIG_MAX - ATK_CONFIG_FIXED - ATK_TAG_LEN)
#define ATK_KEYS_FIXED 12
#define ATK_KEYS_ENTRY (4 + 4 + 3 * ATK_FP_LEN)
#define ATK_KEYS_LISTED_MAX 256
#define ATK_KEYS_RECORD_MAX 16384
#define ATK_STATE_FIXED 128
#define ATK_LIMIT_UNIT 4096
#define ATK_STATE_MAX 1920
#define ATK_STATE_PARTS_MAX (ATK_STATE_MAX - ATK_STATE_FIXED - ATK_TAG_LEN)

/* The configuration of a store, which hardly ever changes. */
struct atk_config {
    uint32_t key_id;
    uint8_t store_id[ATK_STORE_ID_LEN];
    int64_t created_ms;
    uint64_t map_bytes;  /* of the map of data.mdb: what the limit may become while it is open */
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

/* What a key is in the store. */
enum {
    ATK_KEY_RETIRED = 1, /* nothing that names it counts any more */
    ATK_KEY_RETIRING = 2 /* nothing is made with it any more */
};

struct atk_keys_entry {
    uint32_t key_id;
    struct atk_prints prints;
    uint32_t flags; /* 0, or one of ATK_KEY_ */
};

/* The state record of the store: every change rewrites it. */
struct atk_state_record {
    uint32_t key_id;
    uint32_t schema;
    uint64_t limit_bytes; /* what the store may fill; whole units of ATK_LIMIT_UNIT */
    uint64_t transaction; /* LMDB's number for the transaction that wrote it */
    uint64_t id_floor;    /* no id of this tick or below is created; 0 = none */
    uint32_t next_slot;   /* of the last-use file: all before it were given away once */
    uint32_t free_slots;  /* how many of those are free again; record_slots.h says which */
    uint64_t tokens;
    uint64_t revoked;
    uint8_t environment[ATK_ENVIRONMENT_LEN]; /* random, of this LMDB environment */
    struct atk_audit_head audit_last;         /* the newest audit record */
    struct atk_audit_head audit_removed;      /* the last one whose time of retention is over */
    uint64_t audit_unrecorded; /* changes since the newest one that have no audit record */
    uint16_t parts_len;
    uint8_t parts[ATK_STATE_PARTS_MAX];
};

/*
 * Both write a record, without its tag, into a buffer of the type's _MAX bytes and return its
 * length including the tag. The struct must be within its limits.
 */
size_t atk_config_encode(const struct atk_config *config, uint8_t *out);
size_t atk_state_record_encode(const struct atk_state_record *state, uint8_t *out);

/*
 * Each returns 0, APITOKEN_E_DAMAGED or APITOKEN_E_NEWER. The tag is not verified here, and only a
 * record with a right one may be called newer.
 */
int atk_config_decode(const void *bytes, size_t len, struct atk_config *config);
int atk_keys_decode(const void *bytes, size_t len, struct atk_keys_record *keys);
int atk_state_record_decode(const void *bytes, size_t len, struct atk_state_record *state);

/* A list of keys without entries. */
void atk_keys_record_init(struct atk_keys_record *keys);
uint32_t atk_keys_record_count(const struct atk_keys_record *keys);
struct atk_keys_entry atk_keys_record_entry(const struct atk_keys_record *keys, uint32_t i);
/*
 * Adds a key at the end. In a full list it takes the place of the retired key with the lowest id,
 * and that id stays retired. False: there is none, or no room for it.
 */
bool atk_keys_record_add(struct atk_keys_record *keys, const struct atk_keys_entry *entry);
/* The flags of a key, listed or not. */
uint32_t atk_keys_record_flags(const struct atk_keys_record *keys, uint32_t key_id);
/* The place of a key in the list; the count if it is not listed. */
uint32_t atk_keys_record_find(const struct atk_keys_record *keys, uint32_t key_id);
void atk_keys_record_set_flags(struct atk_keys_record *keys, uint32_t i, uint32_t flags);
/*
 * Adds what another list says of keys that are retired, of one store at another time: a key that is
 * retired in one of them is. False if there is no room.
 */
bool atk_keys_record_merge(struct atk_keys_record *keys, const struct atk_keys_record *other);
/*
 * The same for the list of a backup, whose records may name keys that were retired since: such a
 * key is being retired, and is retired again by whoever goes on with that.
 */
bool atk_keys_record_carry(struct atk_keys_record *keys, const struct atk_keys_record *other);
/* Names the key that the record is to be tagged under. */
void atk_keys_record_set_key(struct atk_keys_record *keys, uint32_t key_id);

/*
 * The schema number in a state record, even if the rest of it is of an unknown version; 0 if the
 * bytes are no state record.
 */
uint32_t atk_state_record_schema(const void *bytes, size_t len);

/* The store id in a configuration, which need not be in order otherwise. NULL: it is too short. */
const uint8_t *atk_config_store_id(const void *bytes, size_t len);

#endif
