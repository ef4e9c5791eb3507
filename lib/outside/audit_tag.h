/* SPDX-License-Identifier: MIT */
/*
 * The tags that make a chain of audit records. They are made with the audit subkey, which a
 * verify-only keyring lacks, and bound to the store. A record that was changed, moved, removed or
 * put in between does not fit the next one; what stands at the end of a chain, and how many records
 * were removed at its beginning, is for the state record to say.
 */
#ifndef APITOKEN_OUTSIDE_AUDIT_TAG_H
#define APITOKEN_OUTSIDE_AUDIT_TAG_H

#include "outside/crypto.h"
#include "rules/record_audit.h"

/*
 * Makes a record with a text the next one of its chain: sets `digest` and `tag`, under the key that
 * `chain_key_id` names. *head is the place of the record before and becomes that of this one.
 * APITOKEN_E_VERIFY_ONLY: nothing was set.
 */
int atk_audit_tag_write(const struct atk_keys *keys, const uint8_t store_id[ATK_STORE_ID_LEN],
                        uint64_t chain, struct atk_audit_head *head, struct atk_audit *audit);

/*
 * Whether this record, which stands in the store as `number`, is the one after *head, and its text
 * is the one that it was made with, unless it was erased. If so, *head becomes its place.
 *
 * 0, APITOKEN_E_DAMAGED, APITOKEN_E_KEY_MISSING, or APITOKEN_E_VERIFY_ONLY: these keys cannot say.
 */
int atk_audit_tag_verify(const struct atk_keys *keys, const uint8_t store_id[ATK_STORE_ID_LEN],
                         uint64_t chain, struct atk_audit_head *head, uint64_t number,
                         const struct atk_audit *audit);

#endif
