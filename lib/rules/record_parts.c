/* SPDX-License-Identifier: MIT */
#include "rules/record_parts.h"

#include <string.h>

#include "rules/token_state.h"

bool atk_part_get(struct atk_reader *r, unsigned last, struct atk_part *ret) {
    ret->type = (uint8_t)atk_get_uint(r, 1);
    ret->len = (uint16_t)atk_get_uint(r, 2);
    ret->value = atk_get_view(r, ret->len);
    return !r->is_bad && ret->type > last && ret->type != ATK_PART_UNUSED;
}

int atk_parts_examine(const uint8_t *parts, size_t len) {
    struct atk_reader r = atk_reader_of(parts, len);
    struct atk_part part = { 0, 0, NULL };
    int rc = 0;
    while (r.left > 0) {
        if (!atk_part_get(&r, part.type, &part)) return APITOKEN_E_DAMAGED;
        if (part.type < ATK_PART_IGNORABLE) rc = APITOKEN_E_NEWER;
    }
    return rc;
}

int atk_parts_get(struct atk_reader *r, uint8_t *parts, size_t cap, uint16_t *ret_len) {
    if (r->is_bad || r->left > cap) return APITOKEN_E_DAMAGED;
    *ret_len = (uint16_t)r->left;
    if (r->left) memcpy(parts, r->at, r->left);
    return atk_parts_examine(parts, *ret_len);
}

/* ---- parts in memory ------------------------------------------------------------------------- */

static size_t size_at(const uint8_t *part) {
    return ATK_PART_HEAD + (size_t)atk_le_at(part + 1, 2);
}

/* Where the part of a type is, or would be. */
static size_t offset_of(const uint8_t *parts, size_t len, unsigned type) {
    size_t at = 0;
    while (at < len && parts[at] < type) at += size_at(parts + at);
    return at;
}

static bool is_at(const uint8_t *parts, size_t len, size_t at, unsigned type) {
    return at < len && parts[at] == type;
}

bool atk_parts_find(const uint8_t *parts, size_t len, unsigned type, struct atk_part *ret) {
    const size_t at = offset_of(parts, len, type);
    if (!is_at(parts, len, at, type)) return false;
    ret->type = (uint8_t)type;
    ret->len = (uint16_t)atk_le_at(parts + at + 1, 2);
    ret->value = parts + at + ATK_PART_HEAD;
    return true;
}

bool atk_parts_same(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len, unsigned type) {
    struct atk_part of_a, of_b;
    const bool has_a = atk_parts_find(a, a_len, type, &of_a),
               has_b = atk_parts_find(b, b_len, type, &of_b);
    if (!has_a || !has_b) return has_a == has_b;
    return of_a.len == of_b.len && memcmp(of_a.value, of_b.value, of_a.len) == 0;
}

bool atk_parts_set(struct atk_parts parts, unsigned type, const void *value, size_t len) {
    const size_t at = offset_of(parts.bytes, *parts.len, type), size = ATK_PART_HEAD + len,
                 old = is_at(parts.bytes, *parts.len, at, type) ? size_at(parts.bytes + at) : 0,
                 rest = *parts.len - at - old;
    uint8_t *part = parts.bytes + at;
    if (at + size + rest > parts.cap) return false;
    memmove(part + size, part + old, rest);
    part[0] = (uint8_t)type;
    part[1] = (uint8_t)len;
    part[2] = (uint8_t)(len >> 8);
    memcpy(part + ATK_PART_HEAD, value, len);
    *parts.len = (uint16_t)(at + size + rest);
    return true;
}

int64_t atk_parts_find_ms(const uint8_t *parts, size_t len, unsigned type) {
    struct atk_part part;
    if (!atk_parts_find(parts, len, type, &part) || part.len != ATK_PART_MS_LEN) return 0;
    const int64_t ms = (int64_t)atk_le_at(part.value, ATK_PART_MS_LEN);
    return atk_ms_is_valid(ms) ? ms : 0;
}

bool atk_parts_set_ms(struct atk_parts parts, unsigned type, int64_t ms) {
    uint8_t value[ATK_PART_MS_LEN];
    struct atk_writer w = atk_writer_of(value, sizeof value);
    atk_put_i64(&w, ms);
    return atk_parts_set(parts, type, value, sizeof value);
}

void atk_parts_remove(struct atk_parts parts, unsigned type) {
    const size_t at = offset_of(parts.bytes, *parts.len, type);
    if (!is_at(parts.bytes, *parts.len, at, type)) return;
    const size_t size = size_at(parts.bytes + at);
    memmove(parts.bytes + at, parts.bytes + at + size, *parts.len - at - size);
    *parts.len = (uint16_t)(*parts.len - size);
}

static bool is_of_secret(uint8_t type, enum atk_secrets which) {
    const unsigned number = type & (ATK_PART_IGNORABLE - 1u);
    if (number < ATK_SECRET_NEWEST) return false;
    return which == ATK_SECRETS_BOTH || (number >= ATK_SECRET_OLDER) == (which == ATK_SECRET_OLDER);
}

void atk_parts_drop_secret(struct atk_parts parts, enum atk_secrets which) {
    size_t kept = 0;
    for (size_t at = 0; at < *parts.len;) {
        const uint8_t *part = parts.bytes + at;
        const size_t size = size_at(part);
        at += size;
        if (is_of_secret(part[0], which)) continue;
        memmove(parts.bytes + kept, part, size);
        kept += size;
    }
    *parts.len = (uint16_t)kept;
}
