/* SPDX-License-Identifier: MIT */
#include "objects/batch.h"

#include "base/attr.h"
#include "outside/crypto.h"
#include "base/error.h"
#include "objects/secret.h"

apitoken_batch *atk_batch_new(const struct atk_prefix *prefix, size_t count) {
    int is_locked;
    const size_t size = sizeof(apitoken_batch) + count * sizeof(struct atk_batch_token),
                 unit = _Alignof(apitoken_batch);
    /*
     * libsodium sets the end of a region against a guard page: only a whole number of units begins
     * aligned
     */
    apitoken_batch *batch = atk_guarded_alloc((size + unit - 1) / unit * unit, &is_locked);
    if (!batch) return NULL;
    batch->prefix = *prefix;
    batch->count = count;
    return batch;
}

void atk_batch_draw(apitoken_batch *batch, size_t i) {
    batch->text_len =
        atk_secret_draw_text(&batch->prefix, batch->tokens[i].id, batch->tokens[i].text);
}

size_t apitoken_batch_count(const apitoken_batch *batch) { return batch ? batch->count : 0; }

const char *apitoken_batch_id(const apitoken_batch *batch, size_t i) {
    return batch && i < batch->count ? batch->tokens[i].id : NULL;
}

int apitoken_batch_format(const apitoken_batch *batch, size_t i, int format,
                          const apitoken_format_opts *opts, char *buf, size_t cap, size_t *ret_len,
                          apitoken_error *err) {
    ATK_KEEP_ERRNO;
    if (!batch || i >= batch->count || !ret_len || (!buf && cap > 0))
        return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    const struct atk_batch_token *token = &batch->tokens[i];
    return atk_secret_write(&batch->prefix, token->id, token->text, batch->text_len, format, opts,
                            buf, cap, ret_len, err);
}

void apitoken_batch_free(apitoken_batch *batch) {
    ATK_KEEP_ERRNO;
    atk_guarded_free(batch);
}
