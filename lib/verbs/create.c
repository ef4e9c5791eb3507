/* SPDX-License-Identifier: MIT */
/* apitoken_create() */
#include <stdbool.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/new_token.h"
#include "objects/secret.h"
#include "objects/store.h"

static int write_token(apitoken_store *store, const struct atk_new_token *token,
                       apitoken_secret *secret, struct atk_hot *hot, struct atk_row *row,
                       uint32_t timeout_ms, apitoken_error *err) {
    const struct atk_creation creation = atk_new_token_creation(token);
    struct atk_change change = { .kind = ATK_CHANGE_CREATE,
                                 .id = secret->id,
                                 .hot = hot,
                                 .row = row,
                                 .owner = token->request.owner,
                                 .owner_len = token->request.owner_len,
                                 .now_ms = token->now_ms,
                                 .verb = ATK_VERB_CREATE,
                                 .actor = token->request.opts->actor,
                                 .actor_len = token->request.opts->actor_len,
                                 .edit = atk_edit_create,
                                 .edit_ctx = &creation };
    struct atk_deadline deadline = atk_store_deadline(store, timeout_ms);
    for (int draws = 0;;) {
        size_t index;
        /* kept from the caller if the token is made again */
        apitoken_error detail = APITOKEN_ERROR_INIT;
        ATK_TRY(atk_secret_draw(secret, atk_backend_id_floor(store->backend), err));
        change.key = atk_new_token_bind(store, secret->id, secret->text, secret->len, hot, row);
        int rc = store->backend->ops->write(store->backend, &change, 1, &index, &deadline, &detail);
        if (rc == 0) return 0;
        if (rc != APITOKEN_E_EXISTS) return atk_fail_as(err, &detail);
        const bool is_same_key = change.key == atk_keys_find_active(store->keys);
        if (is_same_key && ++draws == ATK_ID_DRAWS_MAX)
            return atk_fail(err, APITOKEN_E_RANDOM, "the random generator repeats its output");
    }
}

static int resolve_end(const apitoken_store *store, struct atk_new_token *token,
                       apitoken_error *err) {
    const apitoken_create_opts *opts = token->request.opts;
    const struct atk_expiry expiry = { opts->expiry_kind, opts->expiry_day, opts->expiry_ms };
    ATK_SCOPED_ZONE zone = atk_store_zone(store);
    return atk_expiry_resolve(&expiry, &zone, token->now_ms, &token->end, err);
}

int apitoken_create(apitoken_store *store, const char *owner, size_t owner_len, const char *name,
                    size_t name_len, const apitoken_create_opts *opts, apitoken_secret **ret_secret,
                    apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_create_opts full;
    struct atk_new_token token = { .request = { owner, owner_len, name, name_len, &full } };
    struct atk_hot hot = { 0 };
    struct atk_row row = { 0 };
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    if (!ret_secret) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_CREATE_OPTS, 0, opts, err));
    ATK_TRY(atk_input_token_request(&token.request, err));
    ATK_TRY(atk_restrictions_read_new(&token.restrictions, &full, err));
    ATK_TRY(atk_store_require_write(store, err));
    ATK_TRY(atk_clock_read(&store->clock, &token.now_ms, err));
    ATK_TRY(resolve_end(store, &token, err));
    atk_new_token_describe(&token, &hot, &row);
    apitoken_secret *secret = atk_secret_new(&store->backend->config.prefix);
    if (!secret) return atk_fail(err, APITOKEN_E_NOMEM, "out of guarded memory");
    int rc = write_token(store, &token, secret, &hot, &row, full.timeout_ms, err);
    atk_store_log_trouble(store);
    if (rc < 0) {
        apitoken_secret_free(secret);
        return rc;
    }
    *ret_secret = secret;
    return 0;
}
