/* SPDX-License-Identifier: MIT */
#include "outside/token_uses.h"

#include "rules/older_secret.h"

static int64_t later(int64_t a, int64_t b) { return a > b ? a : b; }

struct atk_token_uses atk_token_uses_of(const struct atk_row_view *row, atk_last_use_fn last_use,
                                        void *ctx) {
    struct atk_older_secret older;
    struct atk_token_uses uses = { .last_ms = last_use(
                                       ctx, atk_use_of(row->slot, row->flags, row->mark)) };
    if (row->parts_len == 0) return uses;
    if (atk_older_secret_get_shown(row->parts, row->parts_len, &older))
        uses.last_older_ms =
            last_use(ctx, atk_use_of(row->slot, row->flags ^ ATK_FLAG_WORD, older.mark));
    uses.last_ms = later(uses.last_ms, uses.last_older_ms);
    uses.last_ms =
        later(uses.last_ms, atk_parts_find_ms(row->parts, row->parts_len, ATK_PART_USED_BEFORE));
    return uses;
}

static int64_t last_use_of_backend(void *ctx, struct atk_use use) {
    struct atk_backend *backend = ctx;
    return backend->ops->last_use_ms(backend, use);
}

struct atk_token_uses atk_token_uses_read(struct atk_backend *backend,
                                          const struct atk_row_view *row) {
    return atk_token_uses_of(row, last_use_of_backend, backend);
}
