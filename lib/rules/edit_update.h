/* SPDX-License-Identifier: MIT */
/* Changing what is stored about a token. */
#ifndef APITOKEN_RULES_EDIT_UPDATE_H
#define APITOKEN_RULES_EDIT_UPDATE_H

#include "rules/token_edit.h"

struct atk_token_update {
    uint32_t mask;   /* APITOKEN_UPDATE_: what changes */
    bool revives;    /* an expired token may get a later end */
    bool ends_older; /* the older secret ends now */
    bool is_suspended;
    uint32_t revision; /* 0, or the one that the token must have */
    int64_t now_ms;
    bool takes_default_end; /* the end is to be the store's default, else: */
    struct atk_end end;
    const char *name, *description;
    size_t name_len, description_len;
    /* values of the parts; length 0 removes the part */
    const uint8_t *interfaces, *networks, *data;
    size_t interfaces_len, networks_len, data_len;
};

/*
 * An atk_edit_fn; the context is a struct atk_token_update. APITOKEN_E_CHANGE_REVOKED,
 * APITOKEN_E_REVISION, APITOKEN_E_CHANGE_EXPIRED, APITOKEN_E_OWNER_BLOCKED; APITOKEN_E_SCHEMA for a
 * token that only a newer version understands. What takes something away without any text, which is
 * to suspend and to end the older secret, works on any token that is not revoked.
 */
int atk_edit_update(const void *ctx, const struct atk_edit_facts *facts, struct atk_hot *hot,
                    struct atk_row *row, apitoken_error *err);

/* Whether an update does nothing but take something away, and needs no more room for it. */
bool atk_update_is_denial(const struct atk_token_update *update);

#endif
