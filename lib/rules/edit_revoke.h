/* SPDX-License-Identifier: MIT */
/* Revoking a token, the only change that nothing can prevent. */
#ifndef APITOKEN_RULES_EDIT_REVOKE_H
#define APITOKEN_RULES_EDIT_REVOKE_H

#include "rules/token_edit.h"

struct atk_revocation {
    int64_t revoked_ms;
    const char *reason;
    size_t reason_len;
    int64_t undo_until_ms; /* 0: it cannot be undone */
    uint8_t code;          /* APITOKEN_REASON_ */
    bool is_final;
};

/* Whether it can never be undone: so it is of what was exposed. */
static inline bool atk_revocation_is_final(const struct atk_revocation *revocation) {
    return revocation->is_final || revocation->code == APITOKEN_REASON_EXPOSED;
}

/*
 * An atk_edit_fn; the context is a struct atk_revocation. A token that is revoked already keeps the
 * time and the reason of its first revocation, but becomes exposed or final if this one is. What is
 * exposed is final. It also repairs two records that do not agree.
 */
int atk_edit_revoke(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                    struct atk_row *row, apitoken_error *err);

/* What a revoke does to each of the two records. Whatever belongs to the secret goes. */
void atk_revoke_hot(struct atk_hot *hot);
void atk_revoke_row(struct atk_row *row, const struct atk_revocation *revocation);

#endif
