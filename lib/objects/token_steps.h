/* SPDX-License-Identifier: MIT */
/* A change of many tokens, those of an owner or of all, in durable steps of limited size. */
#ifndef APITOKEN_OBJECTS_TOKEN_STEPS_H
#define APITOKEN_OBJECTS_TOKEN_STEPS_H

#include "objects/store.h"

struct atk_token_steps {
    apitoken_store *store;
    const char *owner; /* NULL: the tokens of all owners */
    size_t owner_len;
    const char *except; /* id of a token that stays as it is; NULL: none */
    /* whether a token needs the change, by its row; NULL: its records are asked, which is safer */
    bool (*needs)(void *ctx, const struct atk_row_view *row);
    void *needs_ctx;
    bool only_counts;         /* nothing is changed */
    struct atk_change change; /* what is done to each of them; id and owner are filled in */
    uint64_t changed;         /* counts those that were not like that before */
};

/*
 * Changes the tokens that there are when the call begins, those of an owner in the order of their
 * creation, and unless they are to be removed those of an owner that have no row. A change that
 * denies is made to tokens with rows that cannot be read as well. A token that cannot be changed,
 * because its records are damaged, does not keep the others from it: its error comes at the end.
 * After any other error the steps before it remain, and the same call goes on where it stopped. The
 * deadline holds for each step.
 */
int atk_token_steps_take(struct atk_token_steps *steps, uint32_t timeout_ms, apitoken_error *err);

#endif
