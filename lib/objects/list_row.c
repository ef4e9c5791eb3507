/* SPDX-License-Identifier: MIT */
#include "objects/list_row.h"

#include <stdlib.h>
#include <string.h>

#include "rules/interfaces.h"
#include "rules/networks.h"
#include "rules/older_secret.h"
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

/* A part of 1 to `max` bytes. One of another length, of a later version, is left out. */
static const char *append_part(char **at, const struct atk_row_view *row, unsigned type, size_t max,
                               size_t *ret_len) {
    struct atk_part part;
    *ret_len = 0;
    if (!atk_parts_find(row->parts, row->parts_len, type, &part) || part.len > max) return "";
    *ret_len = part.len;
    return append_text(at, (const char *)part.value, part.len);
}

static const char *append_interfaces(char **at, const struct atk_row_view *row) {
    struct atk_part part;
    char text[APITOKEN_INTERFACES_TEXT_MAX + 1];
    if (!atk_parts_find(row->parts, row->parts_len, ATK_PART_INTERFACES, &part) ||
        !atk_interfaces_is_valid(part.value, part.len))
        return "";
    return append_text(at, text, atk_interfaces_format(part.value, part.len, text));
}

static const char *append_networks(char **at, const struct atk_row_view *row) {
    struct atk_part part;
    char text[APITOKEN_NETWORKS_TEXT_MAX + 1];
    if (!atk_parts_find(row->parts, row->parts_len, ATK_PART_NETWORKS, &part) ||
        !atk_networks_is_valid(part.value, part.len))
        return "";
    return append_text(at, text, atk_networks_format(part.value, part.len, text));
}

/* The text of a network takes less than four times the bytes that are stored of it. */
#define PARTS_GROW 4

#define ALIGNMENT _Alignof(struct atk_token_more)

static size_t size_of_more(const struct atk_row_view *row) {
    if (row->parts_len == 0) return 0;
    return sizeof(struct atk_token_more) + ALIGNMENT + PARTS_GROW * (size_t)row->parts_len;
}

size_t atk_list_row_size(const struct atk_row_view *row) {
    return sizeof(apitoken_token) + row->name_len + row->description_len + row->zone_len +
           row->reason_len + 4 + size_of_more(row);
}

/* Takes memory for it, too, and advances *at. */
static struct atk_token_more *append_more(char **at, const struct atk_row_view *row,
                                          int64_t now_ms) {
    const uintptr_t past = (uintptr_t)*at % ALIGNMENT;
    struct atk_token_more *more = (void *)(*at + (past ? ALIGNMENT - past : 0));
    struct atk_older_secret older;
    size_t data_len;
    *at = (char *)(more + 1);
    *more = (struct atk_token_more){ .secret_made_ms = atk_parts_find_ms(row->parts, row->parts_len,
                                                                         ATK_PART_SECRET_MADE) };
    if (atk_older_secret_get_shown(row->parts, row->parts_len, &older) &&
        !atk_end_is_past(older.until_ms, now_ms))
        more->superseded_until_ms = older.until_ms;
    more->interfaces = append_interfaces(at, row);
    more->networks = append_networks(at, row);
    more->created_by = append_part(at, row, ATK_PART_CREATED_BY, APITOKEN_ACTOR_MAX, &data_len);
    more->data = append_part(at, row, ATK_PART_DATA, APITOKEN_DATA_MAX, &data_len);
    more->data_len = (uint8_t)data_len;
    return more;
}

void atk_list_row_set(apitoken_token *token, const struct atk_row_view *row, const char *owner,
                      int64_t now_ms) {
    char *at = token->text;
    token->created_ms = row->created_ms;
    token->end_ms = row->end_ms;
    token->revoked_ms = row->revoked_ms;
    token->last_used_ms = 0;
    token->day = row->day;
    token->revision = row->revision;
    token->state = (uint8_t)atk_token_state(row->flags, row->is_newer, row->end_ms, now_ms);
    token->expiry_kind = row->expiry_kind;
    token->reason_code = row->reason_code;
    token->flags = row->flags;
    token->is_copyable = row->sealed_len != 0;
    token->owner = owner;
    token->name = append_text(&at, row->name, row->name_len);
    token->description = append_text(&at, row->description, row->description_len);
    token->zone = append_text(&at, row->zone, row->zone_len);
    token->reason = append_text(&at, row->reason, row->reason_len);
    memcpy(token->id, row->id, APITOKEN_ID_LEN);
    token->id[APITOKEN_ID_LEN] = '\0';
    token->more = row->parts_len > 0 ? append_more(&at, row, now_ms) : NULL;
}

void atk_list_row_set_uses(apitoken_token *token, struct atk_token_uses uses) {
    token->last_used_ms = uses.last_ms;
    if (token->more) token->more->last_used_older_ms = uses.last_older_ms;
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
