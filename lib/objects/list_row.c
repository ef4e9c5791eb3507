/* SPDX-License-Identifier: MIT */
#include "objects/list_row.h"

#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "rules/token_state.h"

/* Copies a text to *at, adds a NUL and advances *at. An empty text takes no room. */
static const char *append_text(char **at, const char *text, size_t len) {
    char *copy = *at;
    if (len == 0) return "";
    memcpy(copy, text, len);
    copy[len] = '\0';
    *at += len + 1;
    return copy;
}

size_t atk_list_row_size(const struct atk_row_view *row) {
    return sizeof(apitoken_token) + row->name_len + row->description_len + row->zone_len +
           row->reason_len + 4;
}

void atk_list_row_set(apitoken_token *token, const struct atk_row_view *row, const char *owner,
                      int64_t now_ms) {
    char *at = token->text;
    token->created_ms = row->created_ms;
    token->end_ms = row->end_ms;
    token->revoked_ms = row->revoked_ms;
    token->last_used_ms = 0;
    token->day = row->day;
    token->state = atk_token_state(row->flags, row->is_newer, row->end_ms, now_ms);
    token->expiry_kind = row->expiry_kind;
    token->is_copyable = row->sealed_len != 0;
    token->owner = owner;
    token->name = append_text(&at, row->name, row->name_len);
    token->description = append_text(&at, row->description, row->description_len);
    token->zone = append_text(&at, row->zone, row->zone_len);
    token->reason = append_text(&at, row->reason, row->reason_len);
    memcpy(token->id, row->id, APITOKEN_ID_LEN);
    token->id[APITOKEN_ID_LEN] = '\0';
}

apitoken_token *atk_list_row_new(const struct atk_row_view *row, const char *owner,
                                 size_t owner_len, int64_t now_ms) {
    const size_t size = atk_list_row_size(row);
    apitoken_token *token = malloc(size + owner_len + 1);
    if (!token) return NULL;
    char *at = (char *)token + size;
    atk_list_row_set(token, row, append_text(&at, owner, owner_len), now_ms);
    return token;
}

const char *apitoken_token_id(const apitoken_token *token) { return token ? token->id : ""; }
const char *apitoken_token_owner(const apitoken_token *token) { return token ? token->owner : ""; }
const char *apitoken_token_name(const apitoken_token *token) { return token ? token->name : ""; }
const char *apitoken_token_description(const apitoken_token *token) {
    return token ? token->description : "";
}
int64_t apitoken_token_created_ms(const apitoken_token *token) {
    return token ? token->created_ms : 0;
}
int apitoken_token_expiry_kind(const apitoken_token *token) {
    return token ? token->expiry_kind : 0;
}
int64_t apitoken_token_expires_ms(const apitoken_token *token) { return token ? token->end_ms : 0; }
int32_t apitoken_token_expires_day(const apitoken_token *token) { return token ? token->day : 0; }
const char *apitoken_token_expires_zone(const apitoken_token *token) {
    return token ? token->zone : "";
}
int apitoken_token_state(const apitoken_token *token) { return token ? token->state : 0; }
int64_t apitoken_token_revoked_ms(const apitoken_token *token) {
    return token ? token->revoked_ms : 0;
}
int64_t apitoken_token_last_used_ms(const apitoken_token *token) {
    return token ? token->last_used_ms : 0;
}
const char *apitoken_token_reason(const apitoken_token *token) {
    return token ? token->reason : "";
}
int apitoken_token_is_copyable(const apitoken_token *token) { return token && token->is_copyable; }

void apitoken_token_free(apitoken_token *token) {
    ATK_KEEP_ERRNO;
    free(token);
}
