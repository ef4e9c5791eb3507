/* SPDX-License-Identifier: MIT */
/*
 * The texts of many new tokens, in one region of guarded memory: a region for each token would be
 * four mappings for each.
 */
#ifndef APITOKEN_OBJECTS_BATCH_H
#define APITOKEN_OBJECTS_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "rules/text.h"

struct atk_batch_token {
    char id[APITOKEN_ID_LEN + 1];
    char text[ATK_TOKEN_LEN_MAX];
};

struct apitoken_batch {
    struct atk_prefix prefix;
    size_t count;
    size_t text_len; /* of every token */
    struct atk_batch_token tokens[];
};

/* Takes guarded memory for `count` tokens and draws none. NULL: out of memory. */
apitoken_batch *atk_batch_new(const struct atk_prefix *prefix, size_t count);

/*
 * Draws the id, with a tick above `floor`, and the secret of one token; may be called again for the
 * same one. APITOKEN_E_CLOCK.
 */
int atk_batch_draw_token(apitoken_batch *batch, size_t i, uint64_t floor, apitoken_error *err);

#endif
