/* SPDX-License-Identifier: MIT */
/* The part of fsck that is about owners: their records, and whether the tokens agree with them. */
#ifndef APITOKEN_LMDB_STORES_CHECK_OWNERS_H
#define APITOKEN_LMDB_STORES_CHECK_OWNERS_H

#include "base/findings.h"
#include "lmdb/tokens/records.h"

struct atk_owners_check {
    struct atk_view view;
    struct atk_findings *found;
    /* what the record of the last token's owner says */
    size_t owner_len;
    char owner[APITOKEN_OWNER_MAX];
    uint8_t flags; /* ATK_OWNER_ */
    bool is_unknown;
};

/*
 * Notes if a token is blocked and its owner is not, or the other way round. While an owner is
 * being unblocked both are right. Tokens come in the order of owners.
 */
void atk_owners_check_token(struct atk_owners_check *check, const struct atk_hot *hot,
                            const char *id);

/* Notes which records are damaged. Fails as atk_audit_check(). */
int atk_owners_check(struct atk_owners_check *check, apitoken_error *err);

#endif
