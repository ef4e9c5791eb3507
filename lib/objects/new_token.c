/* SPDX-License-Identifier: MIT */
#include "objects/new_token.h"

#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/seal.h"
#include "outside/zone.h"
#include "rules/token_state.h"

int atk_new_token_resolve_end(struct atk_zone *zone, const apitoken_create_opts *opts,
                              int64_t now_ms, int64_t *ret_end_ms, apitoken_error *err) {
    int64_t end_ms = ATK_END_NEVER;
    if (opts->expiry_kind == APITOKEN_EXPIRY_INSTANT) end_ms = opts->expiry_ms;
    if (opts->expiry_kind == APITOKEN_EXPIRY_DAY)
        ATK_TRY(atk_zone_day_end(zone, opts->expiry_day, &end_ms, err));
    if (atk_end_is_past(end_ms, now_ms))
        return atk_fail_field(err, APITOKEN_E_EXPIRY_PAST, APITOKEN_FIELD_EXPIRY, 0, NULL);
    *ret_end_ms = end_ms;
    return 0;
}

void atk_new_token_describe(const apitoken_store *store, const struct atk_token_request *request,
                            int64_t now_ms, struct atk_hot *hot, struct atk_row *row) {
    const struct atk_config *config = &store->backend->config;
    const apitoken_create_opts *opts = request->opts;
    row->created_ms = now_ms;
    row->expiry_kind = (uint8_t)opts->expiry_kind;
    if (opts->expiry_kind == APITOKEN_EXPIRY_DAY) {
        row->day = opts->expiry_day;
        row->zone_len = config->zone_len;
        memcpy(row->zone, config->zone, config->zone_len);
    }
    row->name_len = (uint8_t)request->name_len;
    memcpy(row->name, request->name, request->name_len);
    row->description_len = (uint16_t)opts->description_len;
    if (opts->description_len) memcpy(row->description, opts->description, opts->description_len);
    hot->end_ms = row->end_ms;
    hot->owner_len = (uint8_t)request->owner_len;
    memcpy(hot->owner, request->owner, request->owner_len);
}

void atk_new_token_bind(const apitoken_store *store, const char *id, const char *text, size_t len,
                        struct atk_hot *hot, struct atk_row *row) {
    const struct atk_key *key = atk_keys_find(store->keys, store->keys->active);
    hot->key_id = row->key_id = key->id;
    hot->revision = row->revision = 1;
    memcpy(row->id, id, APITOKEN_ID_LEN);
    atk_digest(key, text, len, hot->verifier);
    row->mark = atk_mark_of(hot->verifier);
    if (store->backend->config.copy_policy == APITOKEN_COPY_ALWAYS)
        atk_seal_row(row, hot, &store->backend->config, key, text, len);
}
