/* SPDX-License-Identifier: MIT */
/* apitoken_copy() */
#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/input.h"
#include "objects/store.h"
#include "outside/seal.h"
#include "rules/copyfmt.h"

static int copy_sealed(const apitoken_store *store, const struct atk_hot *hot,
                       const struct atk_row *row, int format, const struct atk_text_out *out,
                       apitoken_error *err) {
    char text[ATK_TOKEN_LEN_MAX];
    size_t len = 0;
    const bool is_open = atk_seal_open(row, hot, &store->backend->config, store->keys, text, &len);
    int rc = is_open ? atk_copyfmt_write(format, text, len, out) : APITOKEN_E_DAMAGED;
    atk_wipe(text, sizeof text);
    return rc == 0 ? 0 : atk_fail(err, rc, NULL);
}

static int copy_found(const apitoken_store *store, const struct atk_hot *hot,
                      const struct atk_row *row, int format, const struct atk_text_out *out,
                      apitoken_error *err) {
    if (format == APITOKEN_FORMAT_MASKED) {
        int rc = atk_copyfmt_write_masked(&store->backend->config.prefix, row->id, out);
        return rc == 0 ? 0 : atk_fail(err, rc, NULL);
    }
    if (row->flags & ATK_FLAG_REVOKED) return atk_fail(err, APITOKEN_E_COPY_REVOKED, NULL);
    if (hot->is_newer || row->is_newer) return atk_fail(err, APITOKEN_E_SCHEMA, NULL);
    if (row->sealed_len == 0) return atk_fail(err, APITOKEN_E_NOT_COPYABLE, NULL);
    return copy_sealed(store, hot, row, format, out, err);
}

int apitoken_copy(apitoken_store *store, const char *owner, size_t owner_len, const char *id,
                  size_t id_len, int format, const apitoken_copy_opts *opts, char *buf, size_t cap,
                  size_t *ret_len, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_copy_opts full;
    const struct atk_text_out out = { buf, cap, ret_len };
    struct atk_hot hot;
    struct atk_row row;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    if (!ret_len || (!buf && cap > 0)) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_COPY_OPTS, 0, opts, err));
    ATK_TRY(atk_input_reserved(full.reserved, err));
    ATK_TRY(atk_input_owner(owner, owner_len, err));
    ATK_TRY(atk_input_id(id, id_len, err));
    if (!atk_copyfmt_is_known(format)) return atk_fail(err, APITOKEN_E_FORMAT, NULL);
    if (format != APITOKEN_FORMAT_MASKED) ATK_TRY(atk_store_require_write(store, err));
    struct atk_deadline deadline = atk_store_deadline(store, full.timeout_ms);
    const struct atk_token_ref token = { owner, owner_len, id };
    ATK_TRY(store->backend->ops->find_token(store->backend, &token, &hot, &row, &deadline, err));
    return copy_found(store, &hot, &row, format, &out, err);
}
