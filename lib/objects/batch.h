/* SPDX-License-Identifier: MIT */
/*
 * The texts of many new tokens, in one region of guarded memory: a region each would be four
 * mappings each.
 */
#ifndef APITOKEN_OBJECTS_BATCH_H
#define APITOKEN_OBJECTS_BATCH_H

#include "rules/text.h"

struct atk_batch_token {
    char id[APITOKEN_ID_LEN + 1];
    char text[ATK_TOKEN_LEN_MAX];
};

struct apitoken_batch {
    struct atk_prefix prefix;
    size_t count;
    size_t text_len; /* of each */
    struct atk_batch_token tokens[];
};

/* Guarded memory for `count` of them, not drawn yet. NULL: out of memory. */
apitoken_batch *atk_batch_new(const struct atk_prefix *prefix, size_t count);

/* Draws id and secret of one, also anew. */
void atk_batch_draw(apitoken_batch *batch, size_t i);

#endif
