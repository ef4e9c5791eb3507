/* SPDX-License-Identifier: MIT */
#include "objects/batch.h"

#include <stdbool.h>

#include "base/attr.h"
#include "base/error.h"
#include "objects/secret.h"
#include "outside/crypto.h"

apitoken_batch *atk_batch_new(const struct atk_prefix *prefix, size_t count) {
    bool is_locked;
    const size_t size = sizeof(apitoken_batch) + count * sizeof(struct atk_batch_token),
                 unit = _Alignof(apitoken_batch);
    /* libsodium aligns the end of a region, at a guard page; a whole number of units aligns both */
    apitoken_batch *batch = atk_guarded_alloc((size + unit - 1) / unit * unit, &is_locked);
    if (!batch) return NULL;
    batch->prefix = *prefix;
    batch->count = count;
    return batch;
}

int atk_batch_draw_token(apitoken_batch *batch, size_t i, uint64_t floor, apitoken_error *err) {
    struct atk_batch_token *token = &batch->tokens[i];
    return atk_token_draw_text(&batch->prefix, floor, token->id, token->text, &batch->text_len,
                               err);
}

size_t apitoken_batch_count(const apitoken_batch *batch) { return batch ? batch->count : 0; }

const char *apitoken_batch_id(const apitoken_batch *batch, size_t i) {
    return batch && i < batch->count ? batch->tokens[i].id : NULL;
}

int apitoken_batch_format(const apitoken_batch *batch, size_t i, int format,
                          const apitoken_format_opts *opts, char *buf, size_t cap, size_t *ret_len,
                          apitoken_error *err) {
    ATK_KEEP_ERRNO;
    const struct atk_text_out out = { buf, cap, ret_len };
    ATK_TRY(atk_error_check(err));
    if (!batch || i >= batch->count || !ret_len || (!buf && cap > 0))
        return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    const struct atk_token_text token = { &batch->prefix, batch->tokens[i].id,
                                          batch->tokens[i].text, batch->text_len };
    return atk_token_format_text(&token, format, opts, &out, err);
}

void apitoken_batch_free(apitoken_batch *batch) {
    ATK_KEEP_ERRNO;
    atk_guarded_free(batch);
}
