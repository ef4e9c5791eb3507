/* SPDX-License-Identifier: MIT */
/* The hot record: what validate needs to know about a token. Stored under the token's id. */
#ifndef APITOKEN_RULES_RECORD_HOT_H
#define APITOKEN_RULES_RECORD_HOT_H

#include "rules/record_form.h"
#include "rules/record_parts.h"

/* Flags of hot record and row. */
#define ATK_FLAG_REVOKED 1u
#define ATK_FLAG_SUSPENDED 2u
#define ATK_FLAG_BLOCKED 4u /* its owner is blocked */
#define ATK_FLAG_WORD 8u    /* which word of its last-use slot the newest secret uses */
#define ATK_FLAG_FINAL 16u  /* its revocation cannot be undone */
#define ATK_FLAGS_DENYING (ATK_FLAG_REVOKED | ATK_FLAG_SUSPENDED | ATK_FLAG_BLOCKED)
#define ATK_FLAGS_DEFINED (ATK_FLAGS_DENYING | ATK_FLAG_WORD | ATK_FLAG_FINAL)
#define ATK_FLAGS_COMMON 31u /* those that both records of a token have alike */

#define ATK_HOT_FIXED 48
#define ATK_HOT_SLOT_AT 40
#define ATK_HOT_MAX 1920 /* LMDB keeps key, record and node of up to 2,038 bytes in the leaf */
#define ATK_HOT_PARTS_MAX (ATK_HOT_MAX - ATK_HOT_FIXED - 1 - ATK_TAG_LEN)

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
    uint8_t parts[ATK_HOT_PARTS_MAX]; /* known and unknown ones, in order */
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

/*
 * Writes the record, without its tag, into a buffer of ATK_HOT_MAX bytes and returns its length
 * including the tag. The struct must be within its limits.
 */
size_t atk_hot_encode(const struct atk_hot *hot, uint8_t *out);

/*
 * Both return 0, APITOKEN_E_DAMAGED or APITOKEN_E_NEWER. The tag is not verified here, and only a
 * record with a right one may be called newer. It is APITOKEN_E_NEWER only if it cannot be read:
 * one that has something unknown in it is read, and is_newer says so.
 */
int atk_hot_parse_view(const void *bytes, size_t len, struct atk_hot_view *view);
int atk_hot_decode(const void *bytes, size_t len, struct atk_hot *hot);

/* An owner of more than one byte leaves them less room. */
static inline struct atk_parts atk_hot_parts(struct atk_hot *hot) {
    const size_t taken = hot->owner_len > 1 ? hot->owner_len - 1u : 0;
    return (struct atk_parts){ hot->parts, &hot->parts_len, sizeof hot->parts - taken };
}

/* The revision after a change. */
static inline uint32_t atk_revision_after(uint32_t revision) {
    return revision == UINT32_MAX ? revision : revision + 1;
}

/* By what the uses of a secret are found in the last-use file: the beginning of its verifier. */
static inline uint32_t atk_mark_of(const uint8_t verifier[ATK_VERIFIER_LEN]) {
    return (uint32_t)verifier[0] | (uint32_t)verifier[1] << 8 | (uint32_t)verifier[2] << 16 |
           (uint32_t)verifier[3] << 24;
}

#endif
