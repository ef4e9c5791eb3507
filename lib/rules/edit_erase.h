/* SPDX-License-Identifier: MIT */
/* Removing all that is known of an owner. */
#ifndef APITOKEN_RULES_EDIT_ERASE_H
#define APITOKEN_RULES_EDIT_ERASE_H

#include "rules/record_audit.h"
#include "rules/token_edit.h"

struct atk_erasing {
    const char *owner;
    size_t owner_len;
    bool with_actor; /* also what the owner did to others */
};

/* An atk_edit_fn: a token of the owner goes, in whatever state it is. */
int atk_edit_erase(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                   struct atk_row *row, apitoken_error *err);

/* An atk_owner_edit_fn: a block ends with what is known of the owner. */
int atk_edit_owner_erased(const void *ctx, struct atk_owner_record *owner, apitoken_error *err);

/* An atk_text_match_fn with a struct atk_erasing: whether the text of an audit record is to go. */
bool atk_erasing_has_text(const void *ctx, const struct atk_audit_text *text);

#endif
