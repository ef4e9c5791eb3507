/* SPDX-License-Identifier: MIT */
#include "rules/record_hot.h"

#include <string.h>

#include "rules/token_parts.h"

size_t atk_hot_encode(const struct atk_hot *hot, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_HOT_MAX - ATK_TAG_LEN);
    atk_record_put_head(&w, ATK_TYPE_HOT, hot->flags | (unsigned)hot->owner_len << 8, hot->key_id);
    atk_put_bytes(&w, hot->verifier, sizeof hot->verifier);
    atk_put_i64(&w, hot->end_ms);
    atk_put_uint(&w, hot->slot, 4);
    atk_put_uint(&w, hot->revision, 4);
    atk_put_bytes(&w, hot->owner, hot->owner_len);
    atk_put_bytes(&w, hot->parts, hot->parts_len);
    return atk_record_len(&w, out);
}

/* Not inlined: most records have no parts. */
__attribute__((noinline)) static int examine_hot_parts(struct atk_hot_view *view) {
    struct atk_reader r = atk_reader_of(view->parts, view->parts_len);
    struct atk_part part = { 0, 0, NULL };
    while (r.left > 0) {
        if (!atk_part_get(&r, part.type, &part)) return APITOKEN_E_DAMAGED;
        if (part.type < ATK_PART_IGNORABLE && !atk_token_part_is_known(&part, true))
            view->is_newer = true;
    }
    return 0;
}

/* Reads at fixed offsets, not through a reader: every validate comes through here. */
int atk_hot_parse_view(const void *bytes, size_t len, struct atk_hot_view *view) {
    const uint8_t *at = (const uint8_t *)bytes;
    if (len < ATK_RECORD_HEAD + ATK_TAG_LEN || len > ATK_HOT_MAX) return APITOKEN_E_DAMAGED;
    if (atk_le_at(at, 2) != (ATK_RECORD_VERSION | ATK_TYPE_HOT << 8)) return APITOKEN_E_NEWER;
    const size_t owner_len = at[3], least = ATK_HOT_FIXED + owner_len + ATK_TAG_LEN;
    if (len < least || owner_len - 1 >= APITOKEN_OWNER_MAX) return APITOKEN_E_DAMAGED;
    view->flags = at[2];
    view->is_newer = (view->flags & ~ATK_FLAGS_DEFINED) != 0;
    view->key_id = (uint32_t)atk_le_at(at + ATK_RECORD_KEY_ID_AT, 4);
    view->verifier = at + 8;
    view->end_ms = (int64_t)atk_le_at(at + 32, 8);
    view->slot = (uint32_t)atk_le_at(at + ATK_HOT_SLOT_AT, 4);
    view->revision = (uint32_t)atk_le_at(at + 44, 4);
    view->owner_len = (uint8_t)owner_len;
    view->owner = (const char *)at + ATK_HOT_FIXED;
    view->parts = at + ATK_HOT_FIXED + owner_len;
    view->parts_len = (uint16_t)(len - least);
    if (!atk_end_is_valid(view->end_ms) || view->revision == 0) return APITOKEN_E_DAMAGED;
    return view->parts_len == 0 ? 0 : examine_hot_parts(view);
}

int atk_hot_decode(const void *bytes, size_t len, struct atk_hot *hot) {
    struct atk_hot_view view;
    int rc = atk_hot_parse_view(bytes, len, &view);
    if (rc < 0) return rc;
    hot->key_id = view.key_id;
    hot->flags = view.flags;
    hot->is_newer = view.is_newer;
    memcpy(hot->verifier, view.verifier, sizeof hot->verifier);
    hot->end_ms = view.end_ms;
    hot->slot = view.slot;
    hot->revision = view.revision;
    hot->owner_len = view.owner_len;
    memcpy(hot->owner, view.owner, view.owner_len);
    hot->parts_len = view.parts_len;
    memcpy(hot->parts, view.parts, view.parts_len);
    return 0;
}
