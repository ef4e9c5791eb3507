/* SPDX-License-Identifier: MIT */
/* apitoken_create() */
#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/new_token.h"
#include "objects/secret.h"
#include "objects/store.h"

static int write_token(apitoken_store *store, apitoken_secret *secret, struct atk_hot *hot,
                       struct atk_row *row, uint32_t timeout_ms, apitoken_error *err) {
    struct atk_change change = {
        .kind = ATK_CHANGE_CREATE, .id = secret->id, .hot = hot, .row = row
    };
    struct atk_deadline deadline = atk_store_deadline(store, timeout_ms);
    for (int draw = 1;; draw++) {
        size_t index;
        /* kept from the caller if the id is drawn again */
        apitoken_error detail = APITOKEN_ERROR_INIT;
        ATK_TRY(atk_secret_draw(secret, atk_backend_id_floor(store->backend), err));
        atk_new_token_bind(store, secret->id, secret->text, secret->len, hot, row);
        int rc = store->backend->ops->write(store->backend, &change, 1, &index, &deadline, &detail);
        if (rc == 0) return 0;
        if (rc != APITOKEN_E_EXISTS) return atk_fail_as(err, &detail);
        if (draw == ATK_ID_DRAWS_MAX)
            return atk_fail(err, APITOKEN_E_RANDOM, "the random generator repeats its output");
    }
}

static int resolve_end(const apitoken_store *store, const apitoken_create_opts *opts,
                       int64_t now_ms, int64_t *ret_end_ms, apitoken_error *err) {
    ATK_SCOPED_ZONE zone = atk_store_zone(store);
    return atk_new_token_resolve_end(&zone, opts, now_ms, ret_end_ms, err);
}

int apitoken_create(apitoken_store *store, const char *owner, size_t owner_len, const char *name,
                    size_t name_len, const apitoken_create_opts *opts, apitoken_secret **ret_secret,
                    apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_create_opts full;
    const struct atk_token_request request = { owner, owner_len, name, name_len, &full };
    struct atk_hot hot = { 0 };
    struct atk_row row = { 0 };
    int64_t now_ms;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    if (!ret_secret) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_CREATE_OPTS, 0, opts, err));
    ATK_TRY(atk_input_token_request(&request, err));
    ATK_TRY(atk_store_require_write(store, err));
    ATK_TRY(atk_clock_read(&store->clock, &now_ms, err));
    ATK_TRY(resolve_end(store, &full, now_ms, &row.end_ms, err));
    atk_new_token_describe(store, &request, now_ms, &hot, &row);
    apitoken_secret *secret = atk_secret_new(&store->backend->config.prefix);
    if (!secret) return atk_fail(err, APITOKEN_E_NOMEM, "out of guarded memory");
    int rc = write_token(store, secret, &hot, &row, full.timeout_ms, err);
    atk_store_log_trouble(store);
    if (rc < 0) {
        apitoken_secret_free(secret);
        return rc;
    }
    *ret_secret = secret;
    return 0;
}
