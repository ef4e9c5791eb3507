/* SPDX-License-Identifier: MIT */
/* The audit of what is done to a store that nobody else has open. */
#ifndef APITOKEN_LMDB_STORES_STORE_ACT_H
#define APITOKEN_LMDB_STORES_STORE_ACT_H

#include "lmdb/tokens/audit.h"

/*
 * Records it. If the store's list of keys lacks the active key, under which the record is tagged,
 * that is added before, and recorded as well. `changes` as atk_audit_describe_copy() writes them,
 * or with no length. APITOKEN_E_KEY_LIMIT.
 */
int atk_store_act_note(const struct atk_audit_place *place, const struct atk_store_act *act,
                       const uint8_t *changes, size_t changes_len, apitoken_error *err);

#endif
