/* SPDX-License-Identifier: MIT */
/* Giving a token a new secret. The one before may remain valid for a while. */
#ifndef APITOKEN_RULES_EDIT_ROTATE_H
#define APITOKEN_RULES_EDIT_ROTATE_H

#include "rules/token_edit.h"

struct atk_rotation {
    uint32_t flags;    /* APITOKEN_ROTATE_ */
    uint32_t revision; /* 0, or the one that the token must have */
    int64_t now_ms;
    int64_t grace_ms;
    bool has_end; /* the token gets a new end */
    struct atk_end end;
    /* of the new secret */
    uint32_t key_id;
    uint8_t verifier[ATK_VERIFIER_LEN];
    uint16_t sealed_len; /* 0: the store keeps no copies */
    uint8_t sealed[ATK_SEALED_MAX];
};

/*
 * An atk_edit_fn; the context is a struct atk_rotation. APITOKEN_E_CHANGE_REVOKED,
 * APITOKEN_E_REVISION, APITOKEN_E_CHANGE_EXPIRED, APITOKEN_E_OWNER_BLOCKED, APITOKEN_E_ROTATING;
 * APITOKEN_E_SCHEMA for a token that only a newer version understands.
 */
int atk_edit_rotate(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                    struct atk_row *row, apitoken_error *err);

#endif
