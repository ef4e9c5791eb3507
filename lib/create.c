/* SPDX-License-Identifier: MIT */
/* apitoken_create() */
#include <string.h>

#include "attr.h"
#include "day.h"
#include "error.h"
#include "input.h"
#include "option_sizes.h"
#include "opts.h"
#include "seal.h"
#include "secret.h"
#include "state.h"
#include "store.h"
#include "zone.h"

#define DRAWS 4 /* two equal ids of 71 bits never happen by chance; a second time means a broken generator */

static int check_expiry(const apitoken_create_opts *opts, apitoken_error *err) {
    int has_day = opts->expiry_day != 0, has_instant = opts->expiry_ms != 0;
    const uint32_t field = APITOKEN_FIELD_EXPIRY;
    switch (opts->expiry_kind) {
    case APITOKEN_EXPIRY_NEVER:
        return has_day || has_instant ? atk_fail_field(err, APITOKEN_E_EXPIRY, field, 0, "a day or instant without its kind") : 0;
    case APITOKEN_EXPIRY_DAY:
        if (has_instant) return atk_fail_field(err, APITOKEN_E_EXPIRY, field, 0, "an instant beside a day");
        return atk_day_is_valid(opts->expiry_day) ? 0 : atk_fail_field(err, APITOKEN_E_DAY, field, 0, NULL);
    case APITOKEN_EXPIRY_INSTANT:
        if (has_day) return atk_fail_field(err, APITOKEN_E_EXPIRY, field, 0, "a day beside an instant");
        return atk_ms_is_valid(opts->expiry_ms) ? 0 : atk_fail_field(err, APITOKEN_E_EXPIRY, field, 0, NULL);
    default: return atk_fail_field(err, APITOKEN_E_EXPIRY, field, 0, "unknown kind of expiry");
    }
}

static int check_input(const char *owner, size_t owner_len, const char *name, size_t name_len, const apitoken_create_opts *opts,
                       apitoken_error *err) {
    if (opts->reserved) return atk_input_reserved(1, err);
    ATK_TRY(atk_input_owner(owner, owner_len, err));
    ATK_TRY(atk_input_name(name, name_len, err));
    ATK_TRY(atk_input_description(opts->description, opts->description_len, err));
    return check_expiry(opts, err);
}

/* When it ends, as told and as an instant. Calls the host's zone rules. */
static int resolve_expiry(const apitoken_store *store, const apitoken_create_opts *opts, int64_t now_ms, struct atk_row *row,
                          apitoken_error *err) {
    const struct atk_config *config = &store->backend->config;
    row->expiry_kind = (uint8_t)opts->expiry_kind;
    row->end_ms = ATK_END_NEVER;
    if (opts->expiry_kind == APITOKEN_EXPIRY_INSTANT) row->end_ms = opts->expiry_ms;
    if (opts->expiry_kind == APITOKEN_EXPIRY_DAY) {
        ATK_TRY(atk_zone_day_end(config, store->zone, store->zone_ctx, opts->expiry_day, &row->end_ms, err));
        row->day = opts->expiry_day;
        row->zone_len = config->zone_len;
        memcpy(row->zone, config->zone, config->zone_len);
    }
    if (!atk_is_past(row->end_ms, now_ms)) return 0;
    return atk_fail_field(err, APITOKEN_E_EXPIRY_PAST, APITOKEN_FIELD_EXPIRY, 0, NULL);
}

static void describe(struct atk_row *row, const char *name, size_t name_len, const apitoken_create_opts *opts, int64_t now_ms) {
    row->created_ms = now_ms;
    row->name_len = (uint8_t)name_len;
    memcpy(row->name, name, name_len);
    row->description_len = (uint16_t)opts->description_len;
    if (opts->description_len) memcpy(row->description, opts->description, opts->description_len);
}

/* What follows from the drawn text: id, verifier, seal. */
static void bind_secret(const apitoken_store *store, const apitoken_secret *secret, struct atk_hot *hot, struct atk_row *row) {
    const struct atk_key *key = atk_keys_find(store->keys, store->keys->active);
    hot->key_id = row->key_id = key->id;
    memcpy(row->id, secret->id, APITOKEN_ID_LEN);
    atk_digest(key->digest, secret->text, secret->len, hot->verifier);
    if (store->backend->config.copy_policy == APITOKEN_COPY_ALWAYS)
        atk_seal_into(row, hot, &store->backend->config, key, secret->text, secret->len);
}

static int save(apitoken_store *store, apitoken_secret *secret, struct atk_hot *hot, struct atk_row *row, uint32_t timeout_ms,
                apitoken_error *err) {
    struct atk_change change = { .kind = ATK_CHANGE_CREATE, .id = secret->id, .hot = hot, .row = row };
    struct atk_deadline deadline = atk_store_deadline(store, timeout_ms);
    for (int draw = 1;; draw++) {
        size_t index;
        apitoken_error detail = APITOKEN_ERROR_INIT; /* of a draw that is repeated nobody is told */
        bind_secret(store, secret, hot, row);
        int rc = store->backend->ops->write(store->backend, &change, 1, &index, &deadline, &detail);
        if (rc == 0) return 0;
        if (rc != APITOKEN_E_EXISTS) return atk_fail_as(err, &detail);
        if (draw == DRAWS) return atk_fail(err, APITOKEN_E_RANDOM, "the random generator repeats itself");
        atk_secret_draw(secret);
    }
}

int apitoken_create(apitoken_store *store, const char *owner, size_t owner_len, const char *name, size_t name_len,
                    const apitoken_create_opts *opts, apitoken_secret **ret_secret, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_create_opts full;
    struct atk_hot hot = { 0 };
    struct atk_row row = { 0 };
    int64_t now_ms;
    ATK_TRY(atk_store_enter(store, err));
    if (!ret_secret) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_CREATE_OPTS, 0, opts, err));
    ATK_TRY(check_input(owner, owner_len, name, name_len, &full, err));
    ATK_TRY(atk_store_needs_write(store, err));
    ATK_TRY(atk_clock_read(&store->clock, &now_ms, err));
    ATK_TRY(resolve_expiry(store, &full, now_ms, &row, err));
    describe(&row, name, name_len, &full, now_ms);
    hot.end_ms = row.end_ms;
    hot.owner_len = (uint8_t)owner_len;
    memcpy(hot.owner, owner, owner_len);
    apitoken_secret *secret = atk_secret_new(&store->backend->config.prefix);
    if (!secret) return atk_fail(err, APITOKEN_E_NOMEM, "no guarded memory can be had");
    int rc = save(store, secret, &hot, &row, full.timeout_ms, err);
    if (rc < 0) {
        apitoken_secret_free(secret);
        return rc;
    }
    *ret_secret = secret;
    return 0;
}
