/* SPDX-License-Identifier: MIT */
#include "objects/page.h"

#include <stdlib.h>
#include <string.h>

#include "base/attr.h"

apitoken_page *atk_page_new(size_t room) {
    apitoken_page *page = calloc(1, sizeof *page + room * sizeof page->rows[0]);
    if (page) page->room = room;
    return page;
}

/* Takes memory from the newest piece, or from a new one if that has no room. */
static void *take_bytes(apitoken_page *page, size_t size) {
    struct atk_page_piece *piece = page->pieces;
    size_t needed =
        (size + _Alignof(apitoken_token) - 1) / _Alignof(apitoken_token) * _Alignof(apitoken_token);
    if (!piece || piece->size - piece->used < needed) {
        piece = malloc(sizeof *piece + ATK_PAGE_PIECE);
        if (!piece) return NULL;
        *piece = (struct atk_page_piece){ page->pieces, ATK_PAGE_PIECE, 0 };
        page->pieces = piece;
    }
    void *place = piece->bytes + piece->used;
    piece->used += needed;
    return place;
}

static bool has_owner(const apitoken_page *page, const struct atk_row_view *row) {
    return page->owner && page->owner_len == row->owner_len &&
           memcmp(page->owner, row->owner, row->owner_len) == 0;
}

/* Copies the owner of a row if it is another one than that of the row before. */
static bool take_owner(apitoken_page *page, const struct atk_row_view *row) {
    if (has_owner(page, row)) return true;
    char *owner = take_bytes(page, row->owner_len + 1);
    if (!owner) return false;
    memcpy(owner, row->owner, row->owner_len);
    owner[row->owner_len] = '\0';
    page->owner = owner;
    page->owner_len = row->owner_len;
    return true;
}

apitoken_token *atk_page_add(apitoken_page *page, const struct atk_row_view *row, int64_t now_ms) {
    if (!take_owner(page, row)) return NULL;
    apitoken_token *token = take_bytes(page, atk_list_row_size(row));
    if (!token) return NULL;
    atk_list_row_set(token, row, page->owner, now_ms);
    page->rows[page->count++] = token;
    return token;
}

size_t apitoken_page_count(const apitoken_page *page) { return page ? page->count : 0; }

const apitoken_token *apitoken_page_at(const apitoken_page *page, size_t i) {
    return page && i < page->count ? page->rows[i] : NULL;
}

const char *apitoken_page_cursor(const apitoken_page *page) {
    return page && page->has_cursor ? page->cursor : NULL;
}

void apitoken_page_free(apitoken_page *page) {
    ATK_KEEP_ERRNO;
    if (!page) return;
    while (page->pieces) {
        struct atk_page_piece *piece = page->pieces;
        page->pieces = piece->next;
        free(piece);
    }
    free(page);
}
