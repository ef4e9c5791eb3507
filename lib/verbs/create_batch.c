/* SPDX-License-Identifier: MIT */
/* apitoken_create_batch() */
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "objects/batch.h"
#include "base/error.h"
#include "objects/input.h"
#include "objects/new_token.h"
#include "base/option_sizes.h"
#include "base/opts.h"

/* A batch under way. The items are the caller's. */
struct batch {
    apitoken_store *store;
    const apitoken_batch_item *const *items;
    size_t count;
    int64_t now_ms;
    int64_t *ends; /* of each, resolved before the write: the zone rules are the host's */
    apitoken_batch *result;
    uint64_t *progress;
    apitoken_batch_item item; /* the one at hand, and its records */
    struct atk_hot hot;
    struct atk_row row;
};

static void show_progress(const struct batch *b, uint64_t done) {
    if (b->progress) __atomic_store_n(b->progress, done, __ATOMIC_RELAXED);
}

/* Item i as today's struct. */
static int load(struct batch *b, size_t i, apitoken_error *err) {
    if (!b->items[i]) return atk_fail(err, APITOKEN_E_ARGUMENT, "an item is NULL");
    return atk_opts_load(&b->item, sizeof b->item, ATK_SIZE_BATCH_ITEM, 0, b->items[i], err);
}

/* What a create alone would be told of it. */
static apitoken_create_opts opts_of(const apitoken_batch_item *item) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    opts.expiry_kind = item->expiry_kind;
    opts.expiry_day = item->expiry_day;
    opts.expiry_ms = item->expiry_ms;
    opts.description = item->description;
    opts.description_len = item->description_len;
    return opts;
}

static int check(struct batch *b, size_t i, apitoken_error *err) {
    const apitoken_batch_item *item = &b->item;
    ATK_TRY(load(b, i, err));
    ATK_TRY(atk_input_reserved(item->reserved, err));
    const apitoken_create_opts opts = opts_of(item);
    return atk_new_token_check(item->owner, item->owner_len, item->name, item->name_len, &opts,
                               err);
}

/* Consecutive items of the same day ask the zone rules once. */
static int resolve(struct batch *b, size_t i, apitoken_error *err) {
    const int32_t last_day =
        i > 0 && b->item.expiry_kind == APITOKEN_EXPIRY_DAY ? b->item.expiry_day : 0;
    ATK_TRY(load(b, i, err));
    if (last_day && b->item.expiry_kind == APITOKEN_EXPIRY_DAY && b->item.expiry_day == last_day) {
        b->ends[i] = b->ends[i - 1];
        return 0;
    }
    const apitoken_create_opts opts = opts_of(&b->item);
    return atk_new_token_end(b->store, &opts, b->now_ms, &b->ends[i], err);
}

static int draw(struct batch *b, size_t i, apitoken_error *err) {
    (void)err;
    atk_batch_draw(b->result, i);
    show_progress(b, i + 1);
    return 0;
}

/* All items through a step; the detail names the one that failed. */
static int each(struct batch *b, int (*step)(struct batch *b, size_t i, apitoken_error *err),
                apitoken_error *err) {
    for (size_t i = 0; i < b->count; i++) {
        int rc = step(b, i, err);
        if (rc < 0) return atk_fail_at(err, rc, (uint32_t)i);
    }
    return 0;
}

/* For the engine: under its transaction, so nothing of the host is called. */
static int make_change(void *ctx, size_t i, struct atk_change *change, apitoken_error *err) {
    struct batch *b = ctx;
    const struct atk_batch_token *token = &b->result->tokens[i];
    ATK_TRY(load(b, i, err));
    const apitoken_create_opts opts = opts_of(&b->item);
    memset(&b->hot, 0, sizeof b->hot);
    memset(&b->row, 0, sizeof b->row);
    b->row.end_ms = b->ends[i];
    atk_new_token_describe(b->store, b->item.owner, b->item.owner_len, b->item.name,
                           b->item.name_len, &opts, b->now_ms, &b->hot, &b->row);
    atk_new_token_bind(b->store, token->id, token->text, b->result->text_len, &b->hot, &b->row);
    *change = (struct atk_change){
        .kind = ATK_CHANGE_CREATE, .id = token->id, .hot = &b->hot, .row = &b->row
    };
    show_progress(b, b->count + i);
    return 0;
}

static int save(struct batch *b, uint32_t timeout_ms, apitoken_error *err) {
    struct atk_backend *backend = b->store->backend;
    struct atk_deadline deadline = atk_store_deadline(b->store, timeout_ms);
    const struct atk_change_source source = { make_change, b, b->count };
    for (int draws = 1;; draws++) {
        size_t index = 0;
        apitoken_error detail = APITOKEN_ERROR_INIT; /* of a draw that is repeated nobody is told */
        int rc = backend->ops->write_many(backend, &source, &index, &deadline, &detail);
        if (rc == 0) return 0;
        if (rc != APITOKEN_E_EXISTS) return atk_fail_as(err, &detail);
        if (draws == ATK_ID_DRAWS_MAX)
            return atk_fail(err, APITOKEN_E_RANDOM, "the random generator repeats itself");
        atk_batch_draw(b->result, index);
    }
}

static int make_all(struct batch *b, uint32_t timeout_ms, apitoken_error *err) {
    b->ends = calloc(b->count ? b->count : 1, sizeof *b->ends);
    b->result = atk_batch_new(&b->store->backend->config.prefix, b->count);
    if (!b->ends || !b->result) return atk_fail(err, APITOKEN_E_NOMEM, NULL);
    ATK_TRY(each(b, resolve, err));
    ATK_TRY(each(b, draw, err));
    if (b->count > 0) ATK_TRY(save(b, timeout_ms, err));
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
    ATK_TRY(atk_store_enter(store, err));
    if (!ret_batch || (!items && count > 0)) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_BATCH_OPTS, 0, opts, err));
    ATK_TRY(atk_input_reserved(full.reserved, err));
    if (count > APITOKEN_BATCH_MAX)
        return atk_fail(err, APITOKEN_E_LIMIT, "a batch has at most %d items", APITOKEN_BATCH_MAX);
    b.progress = full.progress;
    ATK_TRY(each(&b, check, err));
    ATK_TRY(atk_store_needs_write(store, err));
    ATK_TRY(atk_clock_read(&store->clock, &b.now_ms, err));
    int rc = make_all(&b, full.timeout_ms, err);
    free(b.ends);
    if (rc < 0) {
        apitoken_batch_free(b.result);
        return rc;
    }
    *ret_batch = b.result;
    return 0;
}
