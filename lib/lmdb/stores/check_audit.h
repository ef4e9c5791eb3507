/* SPDX-License-Identifier: MIT */
/* The part of fsck that is about the audit: every record, and whether the chain is whole. */
#ifndef APITOKEN_LMDB_STORES_CHECK_AUDIT_H
#define APITOKEN_LMDB_STORES_CHECK_AUDIT_H

#include "base/findings.h"
#include "lmdb/tokens/records.h"

/*
 * Notes what is wrong. With a verify-only keyring the tags of the chain cannot be verified, only
 * the numbers. Fails only if the audit cannot be read; APITOKEN_E_FULL as atk_scan().
 */
int atk_audit_check(const struct atk_view *view, const uint8_t store_id[ATK_STORE_ID_LEN],
                    const struct atk_state_record *state, struct atk_findings *found,
                    apitoken_error *err);

/* When the newest change in the audit was made. False: there is none, or it is damaged. */
bool atk_audit_last_ms(const struct atk_view *view, const struct atk_state_record *state,
                       int64_t *ret_ms);

#endif
