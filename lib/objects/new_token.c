/* SPDX-License-Identifier: MIT */
#include "objects/new_token.h"

#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/seal.h"

/* There is room: nothing else is in the records yet. */
static void put_parts(const struct atk_new_token *token, struct atk_hot *hot, struct atk_row *row) {
    const struct atk_restrictions *only = &token->restrictions;
    const apitoken_create_opts *opts = token->request.opts;
    if (only->interfaces_len)
        (void)atk_parts_set(atk_hot_parts(hot), ATK_PART_INTERFACES, only->interfaces,
                            only->interfaces_len);
    if (only->networks_len)
        (void)atk_parts_set(atk_hot_parts(hot), ATK_PART_NETWORKS, only->networks,
                            only->networks_len);
    if (opts->data_len)
        (void)atk_parts_set(atk_hot_parts(hot), ATK_PART_DATA, opts->data, opts->data_len);
    memcpy(row->other, hot->parts, hot->parts_len);
    row->other_len = hot->parts_len;
    if (opts->actor_len)
        (void)atk_parts_set(atk_row_parts(row), ATK_PART_CREATED_BY, opts->actor, opts->actor_len);
}

void atk_new_token_describe(const struct atk_new_token *token, struct atk_hot *hot,
                            struct atk_row *row) {
    const struct atk_token_request *request = &token->request;
    const apitoken_create_opts *opts = request->opts;
    row->created_ms = token->now_ms;
    (void)atk_edit_set_end(&token->end, hot, row);
    row->name_len = (uint8_t)request->name_len;
    memcpy(row->name, request->name, request->name_len);
    row->description_len = (uint16_t)opts->description_len;
    if (opts->description_len) memcpy(row->description, opts->description, opts->description_len);
    hot->owner_len = (uint8_t)request->owner_len;
    memcpy(hot->owner, request->owner, request->owner_len);
    put_parts(token, hot, row);
}

const struct atk_key *atk_new_token_bind(const apitoken_store *store, const char *id,
                                         const char *text, size_t len, struct atk_hot *hot,
                                         struct atk_row *row) {
    const struct atk_key *key = atk_keys_find_active(store->keys);
    hot->key_id = row->key_id = key->id;
    hot->revision = row->revision = 1;
    memcpy(row->id, id, APITOKEN_ID_LEN);
    atk_digest(key, text, len, hot->verifier);
    row->mark = atk_mark_of(hot->verifier);
    if (store->backend->config.copy_policy == APITOKEN_COPY_ALWAYS) {
        const struct atk_sealed_for token = { id, hot->owner, hot->owner_len };
        row->sealed_key_id = key->id;
        row->sealed_len = atk_seal(&token, &store->backend->config, key, text, len, row->sealed);
    }
    return key;
}
