/* SPDX-License-Identifier: MIT */
#include "rules/record.h"

#include <string.h>

#include "base/bytes.h"
#include "rules/day.h"
#include "rules/names.h"
#include "rules/token_state.h"

static void put_head(struct atk_writer *w, unsigned type, unsigned flags, uint32_t key_id) {
    atk_put_uint(w, ATK_RECORD_VERSION, 1);
    atk_put_uint(w, type, 1);
    atk_put_uint(w, flags, 2);
    atk_put_uint(w, key_id, 4);
}

/* Reserved bytes, which keep the fields behind them aligned. */
static void put_zeros(struct atk_writer *w, size_t len) {
    for (size_t i = 0; i < len; i++) atk_put_uint(w, 0, 1);
}

static size_t len_with_tag(const struct atk_writer *w, const uint8_t *out) {
    return (size_t)(w->at - out) + ATK_TAG_LEN;
}

/* False unless the record has this type and no flag outside `allowed`. */
static bool get_head(struct atk_reader *r, unsigned type, unsigned allowed, unsigned *ret_flags,
                     uint32_t *ret_key_id) {
    if (r->left < ATK_RECORD_HEAD + ATK_TAG_LEN) return false;
    r->left -= ATK_TAG_LEN;
    if (atk_get_uint(r, 1) != ATK_RECORD_VERSION) return false;
    if (atk_get_uint(r, 1) != type) return false;
    *ret_flags = (unsigned)atk_get_uint(r, 2);
    *ret_key_id = (uint32_t)atk_get_uint(r, 4);
    return (*ret_flags & ~allowed) == 0;
}

static bool get_zeros(struct atk_reader *r, size_t len) { return atk_get_uint(r, len) == 0; }

static bool is_at_end(const struct atk_reader *r) { return !r->is_bad && r->left == 0; }

/* ATK_END_NEVER, or an instant within the supported years. */
static bool end_is_valid(int64_t end_ms) {
    return end_ms == ATK_END_NEVER || (end_ms > 0 && end_ms <= ATK_MS_MAX);
}

size_t atk_hot_encode(const struct atk_hot *hot, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_HOT_MAX - ATK_TAG_LEN);
    put_head(&w, ATK_TYPE_HOT, hot->is_revoked ? ATK_FLAG_REVOKED : 0, hot->key_id);
    atk_put_bytes(&w, hot->verifier, sizeof hot->verifier);
    atk_put_i64(&w, hot->end_ms);
    atk_put_uint(&w, hot->sequence, 8);
    atk_put_uint(&w, hot->slot, 4);
    atk_put_uint(&w, hot->owner_len, 1);
    put_zeros(&w, 3);
    atk_put_bytes(&w, hot->owner, hot->owner_len);
    return len_with_tag(&w, out);
}

/* Reads at fixed offsets, not through a reader: every validate comes through here. */
bool atk_hot_parse_view(const void *bytes, size_t len, struct atk_hot_view *view) {
    const uint8_t *at = (const uint8_t *)bytes;
    if (len <= ATK_HOT_FIXED + ATK_TAG_LEN || len > ATK_HOT_MAX) return false;
    const unsigned flags = (unsigned)atk_le_at(at + 2, 2);
    if (at[0] != ATK_RECORD_VERSION || at[1] != ATK_TYPE_HOT || (flags & ~ATK_FLAG_REVOKED) != 0)
        return false;
    view->key_id = (uint32_t)atk_le_at(at + ATK_RECORD_KEY_ID_AT, 4);
    view->is_revoked = (flags & ATK_FLAG_REVOKED) != 0;
    view->verifier = at + 8;
    view->end_ms = (int64_t)atk_le_at(at + 40, 8);
    view->sequence = atk_le_at(at + 48, 8);
    view->slot = (uint32_t)atk_le_at(at + ATK_HOT_SLOT_AT, 4);
    const uint64_t owner_len = atk_le_at(at + 60, 4); /* one byte and three zeros */
    if (owner_len != len - ATK_HOT_FIXED - ATK_TAG_LEN) return false;
    view->owner_len = (uint8_t)owner_len;
    view->owner = (const char *)at + ATK_HOT_FIXED;
    return end_is_valid(view->end_ms);
}

bool atk_hot_decode(const void *bytes, size_t len, struct atk_hot *hot) {
    struct atk_hot_view view;
    if (!atk_hot_parse_view(bytes, len, &view)) return false;
    hot->key_id = view.key_id;
    hot->is_revoked = view.is_revoked;
    memcpy(hot->verifier, view.verifier, sizeof hot->verifier);
    hot->end_ms = view.end_ms;
    hot->sequence = view.sequence;
    hot->slot = view.slot;
    hot->owner_len = view.owner_len;
    memcpy(hot->owner, view.owner, view.owner_len);
    return true;
}

size_t atk_row_encode(const struct atk_row *row, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_ROW_MAX - ATK_TAG_LEN);
    unsigned flags =
        (row->is_revoked ? ATK_FLAG_REVOKED : 0) | (row->sealed_len ? ATK_FLAG_SEALED : 0);
    put_head(&w, ATK_TYPE_ROW, flags, row->key_id);
    atk_put_bytes(&w, row->id, sizeof row->id);
    atk_put_i64(&w, row->created_ms);
    atk_put_i64(&w, row->end_ms);
    atk_put_i64(&w, row->revoked_ms);
    atk_put_uint(&w, (uint32_t)row->day, 4);
    atk_put_uint(&w, row->slot, 4);
    atk_put_uint(&w, row->expiry_kind, 1);
    atk_put_uint(&w, row->name_len, 1);
    atk_put_uint(&w, row->zone_len, 1);
    put_zeros(&w, 1);
    atk_put_uint(&w, row->description_len, 2);
    atk_put_uint(&w, row->reason_len, 2);
    atk_put_uint(&w, row->sealed_len, 2);
    put_zeros(&w, 2);
    atk_put_bytes(&w, row->name, row->name_len);
    atk_put_bytes(&w, row->description, row->description_len);
    atk_put_bytes(&w, row->zone, row->zone_len);
    atk_put_bytes(&w, row->reason, row->reason_len);
    atk_put_bytes(&w, row->sealed, row->sealed_len);
    return len_with_tag(&w, out);
}

/* Whether the fields of a row agree with each other. */
static bool row_is_consistent(const struct atk_row_view *row, unsigned flags) {
    if (!row->is_revoked && (row->revoked_ms != 0 || row->reason_len != 0)) return false;
    if (row->is_revoked && !atk_ms_is_valid(row->revoked_ms)) return false;
    if (((flags & ATK_FLAG_SEALED) != 0) != (row->sealed_len != 0)) return false;
    if (row->is_revoked && row->sealed_len != 0) return false;
    if (!atk_ms_is_valid(row->created_ms) || !end_is_valid(row->end_ms)) return false;
    switch (row->expiry_kind) {
    case APITOKEN_EXPIRY_NEVER:
        return row->end_ms == ATK_END_NEVER && row->day == 0 && row->zone_len == 0;
    case APITOKEN_EXPIRY_DAY:
        return row->end_ms != ATK_END_NEVER && atk_day_is_valid(row->day) && row->zone_len != 0;
    case APITOKEN_EXPIRY_INSTANT:
        return row->end_ms != ATK_END_NEVER && row->day == 0 && row->zone_len == 0;
    default: return false;
    }
}

/* Whether each length is within its limit and together they make up the record. */
static bool row_lengths_add_up(const struct atk_row_view *row, size_t len) {
    if (row->name_len < 1 || row->name_len > APITOKEN_NAME_MAX || row->zone_len > APITOKEN_ZONE_MAX)
        return false;
    if (row->description_len > APITOKEN_DESCRIPTION_MAX || row->reason_len > APITOKEN_REASON_MAX)
        return false;
    if (row->sealed_len > ATK_SEALED_MAX) return false;
    return len == (size_t)ATK_ROW_FIXED + row->name_len + row->description_len + row->zone_len +
                      row->reason_len + row->sealed_len + ATK_TAG_LEN;
}

/*
 * Reads at fixed offsets, not through a reader: a list reads many rows. The texts follow the fixed
 * part, one after another.
 */
bool atk_row_parse_view(const void *bytes, size_t len, struct atk_row_view *view) {
    const uint8_t *at = (const uint8_t *)bytes;
    if (len < ATK_ROW_FIXED + ATK_TAG_LEN) return false;
    const unsigned flags = (unsigned)atk_le_at(at + 2, 2);
    if (at[0] != ATK_RECORD_VERSION || at[1] != ATK_TYPE_ROW ||
        flags & ~(ATK_FLAG_REVOKED | ATK_FLAG_SEALED))
        return false;
    if (at[55] != 0 || atk_le_at(at + 62, 2) != 0) return false;
    view->key_id = (uint32_t)atk_le_at(at + ATK_RECORD_KEY_ID_AT, 4);
    view->is_revoked = (flags & ATK_FLAG_REVOKED) != 0;
    view->id = (const char *)at + 8;
    view->created_ms = (int64_t)atk_le_at(at + 20, 8);
    view->end_ms = (int64_t)atk_le_at(at + 28, 8);
    view->revoked_ms = (int64_t)atk_le_at(at + 36, 8);
    view->day = (int32_t)atk_le_at(at + 44, 4);
    view->slot = (uint32_t)atk_le_at(at + 48, 4);
    view->expiry_kind = at[52];
    view->name_len = at[53];
    view->zone_len = at[54];
    view->description_len = (uint16_t)atk_le_at(at + 56, 2);
    view->reason_len = (uint16_t)atk_le_at(at + 58, 2);
    view->sealed_len = (uint16_t)atk_le_at(at + 60, 2);
    if (!row_lengths_add_up(view, len)) return false;
    view->name = (const char *)at + ATK_ROW_FIXED;
    view->description = view->name + view->name_len;
    view->zone = view->description + view->description_len;
    view->reason = view->zone + view->zone_len;
    view->sealed = (const uint8_t *)view->reason + view->reason_len;
    return row_is_consistent(view, flags);
}

bool atk_row_decode(const void *bytes, size_t len, struct atk_row *row) {
    struct atk_row_view view;
    if (!atk_row_parse_view(bytes, len, &view)) return false;
    row->key_id = view.key_id;
    row->is_revoked = view.is_revoked;
    row->created_ms = view.created_ms;
    row->end_ms = view.end_ms;
    row->revoked_ms = view.revoked_ms;
    row->day = view.day;
    row->slot = view.slot;
    row->expiry_kind = view.expiry_kind;
    row->name_len = view.name_len;
    row->zone_len = view.zone_len;
    row->description_len = view.description_len;
    row->reason_len = view.reason_len;
    row->sealed_len = view.sealed_len;
    memcpy(row->id, view.id, sizeof row->id);
    memcpy(row->name, view.name, view.name_len);
    memcpy(row->description, view.description, view.description_len);
    memcpy(row->zone, view.zone, view.zone_len);
    memcpy(row->reason, view.reason, view.reason_len);
    memcpy(row->sealed, view.sealed, view.sealed_len);
    return true;
}

struct atk_row_view atk_row_view_of(const struct atk_row *row) {
    return (struct atk_row_view){
        .key_id = row->key_id,
        .is_revoked = row->is_revoked,
        .created_ms = row->created_ms,
        .end_ms = row->end_ms,
        .revoked_ms = row->revoked_ms,
        .day = row->day,
        .slot = row->slot,
        .expiry_kind = row->expiry_kind,
        .name_len = row->name_len,
        .zone_len = row->zone_len,
        .description_len = row->description_len,
        .reason_len = row->reason_len,
        .sealed_len = row->sealed_len,
        .id = row->id,
        .name = row->name,
        .description = row->description,
        .zone = row->zone,
        .reason = row->reason,
        .sealed = row->sealed,
    };
}

size_t atk_config_encode(const struct atk_config *config, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_CONFIG_MAX - ATK_TAG_LEN);
    unsigned prefix_len = config->prefix.len - 1u;
    put_head(&w, ATK_TYPE_CONFIG, 0, config->key_id);
    atk_put_bytes(&w, config->store_id, sizeof config->store_id);
    atk_put_i64(&w, config->created_ms);
    atk_put_uint(&w, config->map_bytes, 8);
    atk_put_uint(&w, config->copy_policy, 1);
    atk_put_uint(&w, prefix_len, 1);
    atk_put_uint(&w, config->zone_len, 1);
    put_zeros(&w, 1);
    atk_put_bytes(&w, config->prefix.text, prefix_len);
    atk_put_bytes(&w, config->zone, config->zone_len);
    return len_with_tag(&w, out);
}

bool atk_config_decode(const void *bytes, size_t len, struct atk_config *config) {
    struct atk_reader r = atk_reader_of(bytes, len);
    unsigned flags;
    if (!get_head(&r, ATK_TYPE_CONFIG, 0, &flags, &config->key_id)) return false;
    atk_get_bytes(&r, config->store_id, sizeof config->store_id);
    config->created_ms = atk_get_i64(&r);
    config->map_bytes = atk_get_uint(&r, 8);
    config->copy_policy = (uint8_t)atk_get_uint(&r, 1);
    size_t prefix_len = atk_get_uint(&r, 1);
    config->zone_len = (uint8_t)atk_get_uint(&r, 1);
    if (!get_zeros(&r, 1) || config->zone_len > APITOKEN_ZONE_MAX) return false;
    const uint8_t *prefix = atk_get_view(&r, prefix_len);
    memset(config->zone, 0, sizeof config->zone);
    atk_get_bytes(&r, config->zone, config->zone_len);
    if (!is_at_end(&r) || atk_prefix_set(&config->prefix, (const char *)prefix, prefix_len) < 0)
        return false;
    if (!atk_zone_is_valid(config->zone, config->zone_len) || !atk_ms_is_valid(config->created_ms))
        return false;
    return config->copy_policy == APITOKEN_COPY_ONCE || config->copy_policy == APITOKEN_COPY_ALWAYS;
}

size_t atk_keys_encode(const struct atk_keys_record *keys, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_KEYS_RECORD_MAX - ATK_TAG_LEN);
    put_head(&w, ATK_TYPE_KEYS, 0, keys->key_id);
    atk_put_uint(&w, keys->count, 4);
    for (uint32_t i = 0; i < keys->count; i++) {
        atk_put_uint(&w, keys->entry[i].key_id, 4);
        atk_put_bytes(&w, keys->entry[i].prints.digest, ATK_FP_LEN);
        atk_put_bytes(&w, keys->entry[i].prints.tag, ATK_FP_LEN);
        atk_put_bytes(&w, keys->entry[i].prints.seal, ATK_FP_LEN);
    }
    return len_with_tag(&w, out);
}

bool atk_keys_decode(const void *bytes, size_t len, struct atk_keys_record *keys) {
    struct atk_reader r = atk_reader_of(bytes, len);
    unsigned flags;
    if (!get_head(&r, ATK_TYPE_KEYS, 0, &flags, &keys->key_id)) return false;
    keys->count = (uint32_t)atk_get_uint(&r, 4);
    if (keys->count < 1 || keys->count > ATK_KEYS_MAX) return false;
    for (uint32_t i = 0; i < keys->count; i++) {
        keys->entry[i].key_id = (uint32_t)atk_get_uint(&r, 4);
        atk_get_bytes(&r, keys->entry[i].prints.digest, ATK_FP_LEN);
        atk_get_bytes(&r, keys->entry[i].prints.tag, ATK_FP_LEN);
        atk_get_bytes(&r, keys->entry[i].prints.seal, ATK_FP_LEN);
    }
    return is_at_end(&r);
}

size_t atk_state_record_encode(const struct atk_state_record *state, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_STATE_RECORD_LEN - ATK_TAG_LEN);
    put_head(&w, ATK_TYPE_STATE, 0, state->key_id);
    atk_put_uint(&w, state->schema, 4);
    put_zeros(&w, 4);
    atk_put_uint(&w, state->transaction, 8);
    atk_put_uint(&w, state->next_sequence, 8);
    atk_put_uint(&w, state->next_slot, 8);
    atk_put_uint(&w, state->tokens, 8);
    atk_put_uint(&w, state->revoked, 8);
    return len_with_tag(&w, out);
}

bool atk_state_record_decode(const void *bytes, size_t len, struct atk_state_record *state) {
    struct atk_reader r = atk_reader_of(bytes, len);
    unsigned flags;
    if (!get_head(&r, ATK_TYPE_STATE, 0, &flags, &state->key_id)) return false;
    state->schema = (uint32_t)atk_get_uint(&r, 4);
    if (!get_zeros(&r, 4)) return false;
    state->transaction = atk_get_uint(&r, 8);
    state->next_sequence = atk_get_uint(&r, 8);
    state->next_slot = atk_get_uint(&r, 8);
    state->tokens = atk_get_uint(&r, 8);
    state->revoked = atk_get_uint(&r, 8);
    return is_at_end(&r) && state->schema == ATK_SCHEMA && state->revoked <= state->tokens;
}

uint32_t atk_state_record_schema(const void *bytes, size_t len) {
    struct atk_reader r = atk_reader_of(bytes, len);
    (void)atk_get_uint(&r, 1);
    if (atk_get_uint(&r, 1) != ATK_TYPE_STATE) return 0;
    (void)atk_get_view(&r, ATK_RECORD_HEAD - 2);
    return (uint32_t)atk_get_uint(&r, 4);
}

size_t atk_row_key(const char *owner, size_t owner_len, uint64_t sequence,
                   uint8_t out[ATK_ROW_KEY_MAX]) {
    out[0] = (uint8_t)owner_len;
    memcpy(out + 1, owner, owner_len);
    atk_be64_put(out + 1 + owner_len, sequence);
    return 1 + owner_len + 8;
}
