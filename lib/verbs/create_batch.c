/* SPDX-License-Identifier: MIT */
/* apitoken_create_batch() */
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/batch.h"
#include "objects/input.h"
#include "objects/new_token.h"

/* A batch being created. The items are the caller's. */
struct batch {
    apitoken_store *store;
    const apitoken_batch_item *const *items;
    const char *actor;
    uint32_t actor_len;
    size_t count;
    struct atk_end
        *ends; /* of each item. Resolved before the write, since the host is called for it. */
    struct atk_zone zone;
    apitoken_batch *result;
    uint64_t *progress;
    apitoken_batch_item item; /* the current item, as a create would get it, and its records */
    apitoken_create_opts create_opts;
    struct atk_new_token token;
    struct atk_creation creation;
    struct atk_hot hot;
    struct atk_row row;
};

static void show_progress(const struct batch *b, uint64_t done) {
    if (b->progress) __atomic_store_n(b->progress, done, __ATOMIC_RELAXED);
}

/* Makes item i the current one. */
static int load_item(struct batch *b, size_t i, apitoken_error *err) {
    static const apitoken_create_opts defaults = APITOKEN_CREATE_OPTS_INIT;
    if (!b->items[i]) return atk_fail(err, APITOKEN_E_ARGUMENT, "an item is NULL");
    ATK_TRY(atk_opts_load(&b->item, sizeof b->item, ATK_SIZE_BATCH_ITEM, 0, b->items[i], err));
    b->create_opts = defaults;
    b->create_opts.expiry_kind = b->item.expiry_kind;
    b->create_opts.expiry_day = b->item.expiry_day;
    b->create_opts.expiry_ms = b->item.expiry_ms;
    b->create_opts.description = b->item.description;
    b->create_opts.description_len = b->item.description_len;
    b->create_opts.actor = b->actor;
    b->create_opts.actor_len = b->actor_len;
    b->create_opts.interfaces = b->item.interfaces;
    b->create_opts.interfaces_len = b->item.interfaces_len;
    b->create_opts.networks = b->item.networks;
    b->create_opts.networks_len = b->item.networks_len;
    b->create_opts.data = b->item.data;
    b->create_opts.data_len = b->item.data_len;
    b->token.request = (struct atk_token_request){ b->item.owner, b->item.owner_len, b->item.name,
                                                   b->item.name_len, &b->create_opts };
    return 0;
}

static int require_valid_item(struct batch *b, size_t i, apitoken_error *err) {
    ATK_TRY(load_item(b, i, err));
    ATK_TRY(atk_input_reserved(b->item.reserved | b->item.reserved2, err));
    ATK_TRY(atk_input_token_request(&b->token.request, err));
    return atk_restrictions_read_new(&b->token.restrictions, &b->create_opts, err);
}

/* Consecutive items with the same day ask for the zone's rules once. */
static int resolve_end(struct batch *b, size_t i, apitoken_error *err) {
    const int32_t last_day =
        i > 0 && b->item.expiry_kind == APITOKEN_EXPIRY_DAY ? b->item.expiry_day : 0;
    ATK_TRY(load_item(b, i, err));
    if (last_day && b->item.expiry_kind == APITOKEN_EXPIRY_DAY && b->item.expiry_day == last_day) {
        b->ends[i] = b->ends[i - 1];
        return 0;
    }
    const struct atk_expiry expiry = { b->item.expiry_kind, b->item.expiry_day, b->item.expiry_ms };
    return atk_expiry_resolve(&expiry, &b->zone, b->token.now_ms, &b->ends[i], err);
}

static int draw_token(struct batch *b, size_t i, apitoken_error *err) {
    const uint64_t floor = atk_backend_id_floor(b->store->backend);
    ATK_TRY(atk_batch_draw_token(b->result, i, floor, err));
    show_progress(b, i + 1);
    return 0;
}

/* Does one step for all items. The error has the index of the item that failed. */
static int for_each_item(struct batch *b,
                         int (*step)(struct batch *b, size_t i, apitoken_error *err),
                         apitoken_error *err) {
    for (size_t i = 0; i < b->count; i++) {
        int rc = step(b, i, err);
        if (rc < 0) return atk_fail_add_item(err, rc, (uint32_t)i);
    }
    return 0;
}

/* Called by the engine in its transaction, so it must not call the host. */
static int make_change(void *ctx, size_t i, struct atk_change *change, apitoken_error *err) {
    struct batch *b = ctx;
    const struct atk_batch_token *token = &b->result->tokens[i];
    ATK_TRY(load_item(b, i, err));
    ATK_TRY(atk_restrictions_read_new(&b->token.restrictions, &b->create_opts, err));
    memset(&b->hot, 0, sizeof b->hot);
    memset(&b->row, 0, sizeof b->row);
    b->token.end = b->ends[i];
    atk_new_token_describe(&b->token, &b->hot, &b->row);
    const struct atk_key *key =
        atk_new_token_bind(b->store, token->id, token->text, b->result->text_len, &b->hot, &b->row);
    b->creation = atk_new_token_creation(&b->token);
    *change = (struct atk_change){ .kind = ATK_CHANGE_CREATE,
                                   .id = token->id,
                                   .hot = &b->hot,
                                   .row = &b->row,
                                   .key = key,
                                   .owner = b->item.owner,
                                   .owner_len = b->item.owner_len,
                                   .now_ms = b->token.now_ms,
                                   .verb = ATK_VERB_CREATE,
                                   .actor = b->actor,
                                   .actor_len = b->actor_len,
                                   .edit = atk_edit_create,
                                   .edit_ctx = &b->creation };
    show_progress(b, b->count + i);
    return 0;
}

static int write_tokens(struct batch *b, uint32_t timeout_ms, apitoken_error *err) {
    struct atk_backend *backend = b->store->backend;
    struct atk_deadline deadline = atk_store_deadline(b->store, timeout_ms);
    const struct atk_change_source source = { make_change, b, b->count };
    for (int draws = 1;; draws++) {
        size_t index = 0;
        /* kept from the caller if an id is drawn again */
        apitoken_error detail = APITOKEN_ERROR_INIT;
        int rc = backend->ops->write_many(backend, &source, &index, &deadline, &detail);
        if (rc == 0) return 0;
        if (rc != APITOKEN_E_EXISTS) return atk_fail_as(err, &detail);
        if (draws == ATK_ID_DRAWS_MAX)
            return atk_fail(err, APITOKEN_E_RANDOM, "the random generator repeats its output");
        /* all that follow as well, so that they stay in order */
        for (size_t i = index; i < b->count; i++) ATK_TRY(draw_token(b, i, err));
    }
}

static int create_all(struct batch *b, uint32_t timeout_ms, apitoken_error *err) {
    b->ends = calloc(b->count ? b->count : 1, sizeof *b->ends);
    b->result = atk_batch_new(&b->store->backend->config.prefix, b->count);
    if (!b->ends || !b->result) return atk_fail(err, APITOKEN_E_NOMEM, NULL);
    ATK_TRY(for_each_item(b, resolve_end, err));
    ATK_TRY(for_each_item(b, draw_token, err));
    if (b->count > 0) ATK_TRY(write_tokens(b, timeout_ms, err));
    show_progress(b, 2 * (uint64_t)b->count);
    return 0;
}

int apitoken_create_batch(apitoken_store *store, const apitoken_batch_item *const *items,
                          size_t count, const apitoken_batch_opts *opts, apitoken_batch **ret_batch,
                          apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_batch_opts full;
    struct batch b = { .store = store, .items = items, .count = count };
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    if (!ret_batch || (!items && count > 0)) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_BATCH_OPTS, 0, opts, err));
    if (count > APITOKEN_BATCH_MAX)
        return atk_fail(err, APITOKEN_E_LIMIT, "a batch can hold at most %d items",
                        APITOKEN_BATCH_MAX);
    b.progress = full.progress;
    b.actor = full.actor;
    b.actor_len = full.actor_len;
    b.zone = atk_store_zone(store);
    ATK_TRY(for_each_item(&b, require_valid_item, err));
    ATK_TRY(atk_store_require_write(store, err));
    ATK_TRY(atk_clock_read(&store->clock, &b.token.now_ms, err));
    int rc = create_all(&b, full.timeout_ms, err);
    atk_store_log_trouble(store);
    free(b.ends);
    atk_zone_free(&b.zone);
    if (rc < 0) {
        apitoken_batch_free(b.result);
        return rc;
    }
    *ret_batch = b.result;
    return 0;
}
