/* SPDX-License-Identifier: MIT */
/* What is known of an owner besides the tokens, stored under the owner: who is blocked has one. */
#ifndef APITOKEN_RULES_RECORD_OWNER_H
#define APITOKEN_RULES_RECORD_OWNER_H

#include "rules/record_form.h"

#define ATK_TYPE_OWNER 6
#define ATK_ACTOR_MAX 128 /* as an owner, who may be the actor */

#define ATK_OWNER_BLOCKED 1u
#define ATK_OWNER_UNBLOCKING 2u /* and not all tokens have been told yet */

#define ATK_OWNER_FIXED 24
/* LMDB keeps key, record and node of up to 2,038 bytes in the leaf; the key has up to 128 */
#define ATK_OWNER_RECORD_MAX 1900

/* The pointers point into the stored bytes. */
struct atk_owner_record {
    uint32_t key_id;
    uint32_t revision;  /* 0: there is no record; else it rises with every change */
    uint8_t flags;      /* ATK_OWNER_ */
    int64_t blocked_ms; /* since when */
    uint16_t reason_len;
    uint8_t actor_len; /* who blocked the owner: at least 1 */
    uint16_t other_len;
    const char *reason;
    const char *actor;
    const uint8_t *other; /* parts that are not known and may be ignored, in order */
};

/*
 * Writes the record, without its tag, into a buffer of ATK_OWNER_RECORD_MAX bytes and returns its
 * length including the tag; 0 if the unknown parts leave no room. The struct must be within its
 * limits.
 */
size_t atk_owner_record_encode(const struct atk_owner_record *owner, uint8_t *out);

/*
 * 0, APITOKEN_E_DAMAGED or APITOKEN_E_NEWER. The tag is not verified here, and only a record with a
 * right one may be called newer.
 */
int atk_owner_record_parse(const void *bytes, size_t len, struct atk_owner_record *owner);

#endif
