/* SPDX-License-Identifier: MIT */
/* What hosts may ask about a token: apitoken_token_...() */
#include <stdlib.h>

#include "base/attr.h"
#include "objects/list_row.h"

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

int apitoken_token_reason_code(const apitoken_token *token) {
    return token ? token->reason_code : 0;
}
uint32_t apitoken_token_revision(const apitoken_token *token) {
    return token ? token->revision : 0;
}
const char *apitoken_token_interfaces(const apitoken_token *token) {
    return token && token->more ? token->more->interfaces : "";
}
const char *apitoken_token_networks(const apitoken_token *token) {
    return token && token->more ? token->more->networks : "";
}
const void *apitoken_token_data(const apitoken_token *token, size_t *ret_len) {
    const struct atk_token_more *more = token ? token->more : NULL;
    if (ret_len) *ret_len = more ? more->data_len : 0;
    return more ? more->data : "";
}
int apitoken_token_is_suspended(const apitoken_token *token) {
    return token && (token->flags & ATK_FLAG_SUSPENDED) != 0;
}
int apitoken_token_is_blocked(const apitoken_token *token) {
    return token && (token->flags & ATK_FLAG_BLOCKED) != 0;
}
int64_t apitoken_token_superseded_until_ms(const apitoken_token *token) {
    return token && token->more ? token->more->superseded_until_ms : 0;
}
int64_t apitoken_token_last_used_older_ms(const apitoken_token *token) {
    return token && token->more ? token->more->last_used_older_ms : 0;
}
int64_t apitoken_token_secret_made_ms(const apitoken_token *token) {
    if (!token) return 0;
    return token->more && token->more->secret_made_ms ? token->more->secret_made_ms
                                                      : token->created_ms;
}
const char *apitoken_token_created_by(const apitoken_token *token) {
    return token && token->more ? token->more->created_by : "";
}

void apitoken_token_free(apitoken_token *token) {
    ATK_KEEP_ERRNO;
    free(token);
}
