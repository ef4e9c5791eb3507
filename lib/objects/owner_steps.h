/* SPDX-License-Identifier: MIT */
/* A change of all tokens of an owner, in durable steps of limited size. */
#ifndef APITOKEN_OBJECTS_OWNER_STEPS_H
#define APITOKEN_OBJECTS_OWNER_STEPS_H

#include "objects/store.h"

#define ATK_OWNER_STEP 64 /* tokens of a step: other writers wait no longer than for a group */

struct atk_owner_steps {
    apitoken_store *store;
    const char *owner;
    size_t owner_len;
    const char *except; /* id of a token that stays as it is; NULL: none */
    /* whether a token still needs the change; under the engine's snapshot */
    bool (*needs)(const struct atk_row_view *row);
    struct atk_change change; /* what is done to each of them; id and owner are filled in */
    uint64_t changed;         /* counts those that were not like that before */
};

/*
 * Changes the tokens that the owner has when the call begins, in the order of their creation. A
 * token that cannot be changed, because its records are damaged, does not keep the others from it:
 * its error comes at the end. After any other error the steps before it remain, and the same call
 * goes on where it stopped. The deadline holds for each step.
 */
int atk_owner_steps_take(struct atk_owner_steps *steps, uint32_t timeout_ms, apitoken_error *err);

#endif
