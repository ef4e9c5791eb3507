/* SPDX-License-Identifier: MIT */
/*
 * The audit record: who changed what and when. Records form a chain: the tag of each covers that of
 * the one before (audit_tag.h). Who did it and what changed are texts, in a part that can be erased
 * without breaking the chain, which covers only their salted digest.
 */
#ifndef APITOKEN_RULES_RECORD_AUDIT_H
#define APITOKEN_RULES_RECORD_AUDIT_H

#include "rules/record_form.h"
#include "rules/record_owner.h"

#define ATK_TYPE_AUDIT 8

/* What was done. The numbers are frozen. */
enum atk_audit_verb {
    ATK_VERB_CREATE = 1,
    ATK_VERB_UPDATE = 2, /* also suspend and resume */
    ATK_VERB_ROTATE = 3,
    ATK_VERB_REVOKE = 4,
    ATK_VERB_UNREVOKE = 5,
    ATK_VERB_BLOCK = 6,
    ATK_VERB_UNBLOCK = 7,
    ATK_VERB_POLICY = 8,
    ATK_VERB_PURGE = 9,
    ATK_VERB_ERASE = 10,
    ATK_VERB_RESTORE = 11,
    ATK_VERB_SALVAGE = 12,
    ATK_VERB_ACCEPT_ROLLBACK = 13,
    ATK_VERB_GROW = 14,
    ATK_VERB_RETIRE_KEY = 15,
    ATK_VERB_ADD_KEY = 16,
    ATK_VERB_COMPACT = 17
};

/* What changed; doc/store-format.md has the form of each value. The numbers are frozen. */
enum atk_audit_field {
    ATK_CHANGED_NAME = 1,
    ATK_CHANGED_DESCRIPTION = 2,
    ATK_CHANGED_EXPIRY = 3,
    ATK_CHANGED_INTERFACES = 4,
    ATK_CHANGED_NETWORKS = 5,
    ATK_CHANGED_DATA = 6,
    ATK_CHANGED_SUSPENDED = 7,
    ATK_CHANGED_SECRET = 8, /* never with a value */
    ATK_CHANGED_OLDER_END = 9,
    ATK_CHANGED_REASON_CODE = 10,
    ATK_CHANGED_FINAL = 11,
    ATK_CHANGED_POLICY_FLAGS = 32,
    ATK_CHANGED_MAX_LIVE = 33,
    ATK_CHANGED_MAX_LIFETIME = 34,
    ATK_CHANGED_DEFAULT_EXPIRY = 35,
    ATK_CHANGED_UNDO = 36,
    ATK_CHANGED_MAX_GRACE = 37,
    ATK_CHANGED_AUDIT_RETENTION = 38,
    ATK_CHANGED_MAP_SIZE = 48,
    ATK_CHANGED_KEY = 49,
    ATK_CHANGED_TOKENS = 50, /* ids of the tokens of a step */
    ATK_CHANGED_TOKEN_COUNT = 51,
    ATK_CHANGED_CARRIED_OVER = 52
};

#define ATK_AUDIT_KEY_LEN 16
#define ATK_AUDIT_SALT_LEN 16
#define ATK_AUDIT_DIGEST_LEN 16
#define ATK_CHAIN_TAG_LEN 16

#define ATK_AUDIT_FIXED 72
#define ATK_AUDIT_CHANGE_HEAD 5
#define ATK_AUDIT_CHANGES_MAX 6400 /* audit_changes.c shows that what it writes fits */
#define ATK_AUDIT_TOKENS_MAX 500   /* of a step, whose ids fit as well */
#define ATK_AUDIT_TEXT_FIXED (ATK_AUDIT_SALT_LEN + 4)
#define ATK_AUDIT_TEXT_MAX                                                             \
    (ATK_AUDIT_TEXT_FIXED + ATK_ACTOR_MAX + APITOKEN_OWNER_MAX + APITOKEN_REASON_MAX + \
     ATK_AUDIT_CHANGES_MAX)
#define ATK_AUDIT_MAX 8192 /* as a row; LMDB keeps one of this version on two pages at most */

/* A place in a chain: that of a record, or with zeros the place before the first one. */
struct atk_audit_head {
    uint64_t number;
    uint8_t tag[ATK_CHAIN_TAG_LEN];
};

/* The pointers point into the stored bytes. */
struct atk_audit {
    uint32_t key_id;
    uint32_t chain_key_id; /* of the chain tag; does not change with the other one */
    uint8_t verb;          /* also an unknown one */
    uint8_t flags;         /* none is known */
    bool is_newer;         /* has a flag or part that must be understood; not encoded */
    int64_t at_ms;
    uint64_t unrecorded;      /* changes that were made without a record since the one before */
    char id[APITOKEN_ID_LEN]; /* of the token; zeros: none */
    uint8_t digest[ATK_AUDIT_DIGEST_LEN]; /* of the text */
    uint8_t tag[ATK_CHAIN_TAG_LEN];
    uint16_t text_len; /* 0: it was erased */
    uint16_t other_len;
    const uint8_t *text;
    const uint8_t *other; /* parts that are not known, in order */
};

/* The key of a record in its tree. Keys are in the order of chains, and in them of numbers. */
void atk_audit_key(uint64_t chain, uint64_t number, uint8_t out[ATK_AUDIT_KEY_LEN]);
void atk_audit_key_parse(const uint8_t key[ATK_AUDIT_KEY_LEN], uint64_t *ret_chain,
                         uint64_t *ret_number);

/*
 * Writes the record, without its record tag, into a buffer of ATK_AUDIT_MAX bytes and returns its
 * length including that tag; 0 if the unknown parts leave no room. The struct must be within its
 * limits.
 */
size_t atk_audit_encode(const struct atk_audit *audit, uint8_t *out);

/*
 * 0, APITOKEN_E_DAMAGED or APITOKEN_E_NEWER, as atk_hot_parse_view(). Neither tag is verified here.
 */
int atk_audit_parse(const void *bytes, size_t len, struct atk_audit *audit);

/* ---- the text -------------------------------------------------------------------------------- */

/* The pointers point into the stored bytes. */
struct atk_audit_text {
    uint8_t actor_len; /* 0: the owner */
    uint8_t owner_len; /* 0: no owner */
    uint16_t reason_len;
    uint16_t changes_len;
    const uint8_t
        *salt; /* ATK_AUDIT_SALT_LEN random bytes; without them nobody can guess the text */
    const char *actor;
    const char *owner;
    const char *reason;
    const uint8_t *changes; /* as atk_audit_change_put() writes them */
};

/*
 * Writes a text into a buffer of ATK_AUDIT_TEXT_MAX bytes and returns its length; 0 if it does not
 * fit. The struct must be within its limits.
 */
size_t atk_audit_text_encode(const struct atk_audit_text *text, uint8_t *out);

/* False if the bytes are no text in order. */
bool atk_audit_text_parse(const uint8_t *bytes, size_t len, struct atk_audit_text *text);

/* A field before and after. A length of 0: it had, or has, no value. */
struct atk_audit_change {
    uint8_t field; /* also an unknown one */
    uint16_t before_len;
    uint16_t after_len;
    const uint8_t *before;
    const uint8_t *after;
};

/* Changes stand in ascending order of field, each field at most once. */
void atk_audit_change_put(struct atk_writer *w, const struct atk_audit_change *change);

/* Reads the next change, whose field must be above `last`. False if there is none in order. */
bool atk_audit_change_get(struct atk_reader *r, unsigned last, struct atk_audit_change *ret);

#endif
