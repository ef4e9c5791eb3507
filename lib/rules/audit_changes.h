/* SPDX-License-Identifier: MIT */
/* What an audit record says about a change: the fields that differ, before and after. */
#ifndef APITOKEN_RULES_AUDIT_CHANGES_H
#define APITOKEN_RULES_AUDIT_CHANGES_H

#include "rules/policy.h"
#include "rules/record_audit.h"
#include "rules/record_row.h"

/* The two records of a token. */
struct atk_audit_pair {
    const struct atk_hot *hot;
    const struct atk_row *row;
};

/*
 * Writes what `verb` changed in a token, into a buffer of ATK_AUDIT_CHANGES_MAX bytes, and returns
 * the length. `before` is NULL for a token that is new: then all fields with a value are listed.
 *
 * Whole values, never a verifier or a sealed text: of a rotate it says that there is another
 * secret, and when the older one ends. Time and text of a revoke are those of the audit record
 * itself.
 */
size_t atk_audit_describe(enum atk_audit_verb verb, const struct atk_audit_pair *before,
                          const struct atk_audit_pair *after, uint8_t *out);

/* The same for the maximum size of the store. */
size_t atk_audit_describe_size(uint64_t before, uint64_t after, uint8_t *out);

/* How many tokens a store has after it was written anew, and how many of them lost rights by it. */
size_t atk_audit_describe_copy(uint64_t tokens, uint64_t carried_over, uint8_t *out);

/* The key that was added or retired. */
size_t atk_audit_describe_key(uint32_t key_id, uint8_t *out);

/* The same for the policy. */
size_t atk_audit_describe_policy(const struct atk_policy *before, const struct atk_policy *after,
                                 uint8_t *out);

#endif
