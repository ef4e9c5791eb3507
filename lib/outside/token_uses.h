/* SPDX-License-Identifier: MIT */
/* Where the uses of a token's secrets are noted, from its row. */
#ifndef APITOKEN_OUTSIDE_TOKEN_USES_H
#define APITOKEN_OUTSIDE_TOKEN_USES_H

#include "outside/backend.h"

/* Reads the last use of a secret; 0 = never. */
typedef int64_t (*atk_last_use_fn)(void *ctx, struct atk_use use);

struct atk_token_uses {
    int64_t last_ms;       /* of the token, by whichever secret */
    int64_t last_older_ms; /* of its older secret */
};

struct atk_token_uses atk_token_uses_of(const struct atk_row_view *row, atk_last_use_fn last_use,
                                        void *ctx);

/* The same, as the engine of a handle knows it. */
struct atk_token_uses atk_token_uses_read(struct atk_backend *backend,
                                          const struct atk_row_view *row);

#endif
