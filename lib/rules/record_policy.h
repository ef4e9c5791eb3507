/* SPDX-License-Identifier: MIT */
/* The record of the store's policy. A store without one has the default policy. */
#ifndef APITOKEN_RULES_RECORD_POLICY_H
#define APITOKEN_RULES_RECORD_POLICY_H

#include "rules/policy.h"
#include "rules/record_form.h"

#define ATK_TYPE_POLICY 7

#define ATK_POLICY_FIXED 64
#define ATK_POLICY_MAX 1920
#define ATK_POLICY_PARTS_MAX (ATK_POLICY_MAX - ATK_POLICY_FIXED - ATK_TAG_LEN)

struct atk_policy_record {
    uint32_t key_id;
    uint32_t revision; /* 0: there is no record; else as that of a token */
    struct atk_policy policy;
    uint16_t parts_len;
    uint8_t parts[ATK_POLICY_PARTS_MAX];
};

/* Where there is no record: the default policy. */
void atk_policy_record_init(struct atk_policy_record *record);

/*
 * Writes the record, without its tag, into a buffer of ATK_POLICY_MAX bytes and returns its length
 * including the tag. The struct must be within its limits.
 */
size_t atk_policy_record_encode(const struct atk_policy_record *record, uint8_t *out);

/*
 * 0, APITOKEN_E_DAMAGED or APITOKEN_E_NEWER, also for a value outside the limits of this version.
 * The tag is not verified here, and only a record with a right one may be called newer.
 */
int atk_policy_record_decode(const void *bytes, size_t len, struct atk_policy_record *record);

#endif
