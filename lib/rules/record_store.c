/* SPDX-License-Identifier: MIT */
#include "rules/record_store.h"

#include <string.h>

#include "rules/names.h"
#include "rules/record_parts.h"
#include "rules/token_state.h"

#define KEYS_COUNT_AT 8
#define KEYS_ENTRY_LEN_AT 10
#define KEYS_FLAGS_AT 4 /* in an entry */

/* Part of the keys: an id; all ids up to it that are not listed are retired. */
#define PART_RETIRED_UP_TO 1
#define PART_RETIRED_UP_TO_LEN 4

/* ---- configuration --------------------------------------------------------------------------- */

size_t atk_config_encode(const struct atk_config *config, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_CONFIG_MAX - ATK_TAG_LEN);
    unsigned prefix_len = config->prefix.len - 1u;
    atk_record_put_head(&w, ATK_TYPE_CONFIG, 0, config->key_id);
    atk_put_bytes(&w, config->store_id, sizeof config->store_id);
    atk_put_i64(&w, config->created_ms);
    atk_put_uint(&w, config->map_bytes, 8);
    atk_put_uint(&w, config->copy_policy, 1);
    atk_put_uint(&w, prefix_len, 1);
    atk_put_uint(&w, config->zone_len, 1);
    atk_record_put_zeros(&w, 1);
    atk_put_bytes(&w, config->prefix.text, prefix_len);
    atk_put_bytes(&w, config->zone, config->zone_len);
    atk_put_bytes(&w, config->parts, config->parts_len);
    return atk_record_len(&w, out);
}

const uint8_t *atk_config_store_id(const void *bytes, size_t len) {
    return len >= ATK_RECORD_HEAD + ATK_STORE_ID_LEN ? (const uint8_t *)bytes + ATK_RECORD_HEAD
                                                     : NULL;
}

static int examine_config(const struct atk_config *config) {
    if (!atk_zone_is_valid(config->zone, config->zone_len) || !atk_ms_is_valid(config->created_ms))
        return APITOKEN_E_DAMAGED;
    /* a policy of a later version */
    return config->copy_policy == APITOKEN_COPY_ONCE || config->copy_policy == APITOKEN_COPY_ALWAYS
               ? 0
               : APITOKEN_E_NEWER;
}

int atk_config_decode(const void *bytes, size_t len, struct atk_config *config) {
    struct atk_reader r = atk_reader_of(bytes, len);
    int rc = atk_record_get_head(&r, ATK_TYPE_CONFIG, &config->key_id);
    if (rc < 0) return rc;
    atk_get_bytes(&r, config->store_id, sizeof config->store_id);
    config->created_ms = atk_get_i64(&r);
    config->map_bytes = atk_get_uint(&r, 8);
    config->copy_policy = (uint8_t)atk_get_uint(&r, 1);
    size_t prefix_len = atk_get_uint(&r, 1);
    config->zone_len = (uint8_t)atk_get_uint(&r, 1);
    if (!atk_record_get_zeros(&r, 1) || config->zone_len > APITOKEN_ZONE_MAX)
        return APITOKEN_E_DAMAGED;
    const uint8_t *prefix = atk_get_view(&r, prefix_len);
    memset(config->zone, 0, sizeof config->zone);
    atk_get_bytes(&r, config->zone, config->zone_len);
    if (r.is_bad || atk_prefix_set(&config->prefix, (const char *)prefix, prefix_len) < 0)
        return APITOKEN_E_DAMAGED;
    rc = atk_parts_get(&r, config->parts, sizeof config->parts, &config->parts_len);
    return rc < 0 ? rc : examine_config(config);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static size_t entry_len(const struct atk_keys_record *keys) {
    return (size_t)atk_le_at(keys->bytes + KEYS_ENTRY_LEN_AT, 2);
}

uint32_t atk_keys_record_count(const struct atk_keys_record *keys) {
    return (uint32_t)atk_le_at(keys->bytes + KEYS_COUNT_AT, 2);
}

void atk_keys_record_init(struct atk_keys_record *keys) {
    struct atk_writer w = atk_writer_of(keys->bytes, ATK_KEYS_FIXED);
    atk_record_put_head(&w, ATK_TYPE_KEYS, 0, 0);
    atk_put_uint(&w, 0, 2);
    atk_put_uint(&w, ATK_KEYS_ENTRY, 2);
    keys->len = atk_record_len(&w, keys->bytes);
}

void atk_keys_record_set_key(struct atk_keys_record *keys, uint32_t key_id) {
    struct atk_writer w = atk_writer_of(keys->bytes + ATK_RECORD_KEY_ID_AT, 4);
    atk_put_uint(&w, key_id, 4);
}

static uint8_t *entry_at(const struct atk_keys_record *keys, uint32_t i) {
    return (uint8_t *)(uintptr_t)keys->bytes + ATK_KEYS_FIXED + i * entry_len(keys);
}

struct atk_keys_entry atk_keys_record_entry(const struct atk_keys_record *keys, uint32_t i) {
    struct atk_keys_entry entry = { .key_id = 0 };
    struct atk_reader r = atk_reader_of(entry_at(keys, i), ATK_KEYS_ENTRY);
    entry.key_id = (uint32_t)atk_get_uint(&r, 4);
    entry.flags = (uint32_t)atk_get_uint(&r, 4);
    atk_get_bytes(&r, entry.prints.digest, ATK_FP_LEN);
    atk_get_bytes(&r, entry.prints.tag, ATK_FP_LEN);
    atk_get_bytes(&r, entry.prints.seal, ATK_FP_LEN);
    return entry;
}

/* Behind the entries. */
static size_t parts_at(const struct atk_keys_record *keys) {
    return ATK_KEYS_FIXED + atk_keys_record_count(keys) * entry_len(keys);
}

static size_t parts_len(const struct atk_keys_record *keys) {
    return keys->len - ATK_TAG_LEN - parts_at(keys);
}

/* 0: none is. */
static uint32_t retired_up_to(const struct atk_keys_record *keys) {
    struct atk_part part;
    if (!atk_parts_find(keys->bytes + parts_at(keys), parts_len(keys), PART_RETIRED_UP_TO, &part))
        return 0;
    return (uint32_t)atk_le_at(part.value, PART_RETIRED_UP_TO_LEN);
}

uint32_t atk_keys_record_find(const struct atk_keys_record *keys, uint32_t key_id) {
    const uint32_t count = atk_keys_record_count(keys);
    uint32_t i = 0;
    while (i < count && atk_keys_record_entry(keys, i).key_id != key_id) i++;
    return i;
}

uint32_t atk_keys_record_flags(const struct atk_keys_record *keys, uint32_t key_id) {
    const uint32_t i = atk_keys_record_find(keys, key_id);
    if (i < atk_keys_record_count(keys)) return atk_keys_record_entry(keys, i).flags;
    return key_id <= retired_up_to(keys) ? ATK_KEY_RETIRED : 0;
}

void atk_keys_record_set_flags(struct atk_keys_record *keys, uint32_t i, uint32_t flags) {
    struct atk_writer w = atk_writer_of(entry_at(keys, i) + KEYS_FLAGS_AT, 4);
    atk_put_uint(&w, flags, 4);
}

static void set_count(struct atk_keys_record *keys, uint32_t count) {
    struct atk_writer w = atk_writer_of(keys->bytes + KEYS_COUNT_AT, 2);
    atk_put_uint(&w, count, 2);
}

/* The retired key with the lowest id; the count if none is retired. */
static uint32_t find_lowest_retired(const struct atk_keys_record *keys) {
    const uint32_t count = atk_keys_record_count(keys);
    uint32_t lowest = count, lowest_id = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct atk_keys_entry entry = atk_keys_record_entry(keys, i);
        if (!(entry.flags & ATK_KEY_RETIRED) || (lowest < count && entry.key_id >= lowest_id))
            continue;
        lowest = i;
        lowest_id = entry.key_id;
    }
    return lowest;
}

/* False if there is no room for the part. */
static bool raise_retired(struct atk_keys_record *keys, uint32_t id) {
    uint8_t up_to[PART_RETIRED_UP_TO_LEN];
    struct atk_writer w = atk_writer_of(up_to, sizeof up_to);
    if (id <= retired_up_to(keys)) return true;
    atk_put_uint(&w, id, sizeof up_to);
    uint16_t len = (uint16_t)parts_len(keys);
    const struct atk_parts parts = { keys->bytes + parts_at(keys), &len,
                                     sizeof keys->bytes - ATK_TAG_LEN - parts_at(keys) };
    const bool is_set = atk_parts_set(parts, PART_RETIRED_UP_TO, up_to, sizeof up_to);
    keys->len = parts_at(keys) + len + ATK_TAG_LEN;
    return is_set;
}

/* Its entry has more room than the part that says that it is retired. */
static bool drop_retired(struct atk_keys_record *keys) {
    const uint32_t count = atk_keys_record_count(keys), i = find_lowest_retired(keys);
    const size_t size = entry_len(keys);
    if (i == count) return false;
    const uint32_t id = atk_keys_record_entry(keys, i).key_id;
    uint8_t *place = entry_at(keys, i);
    memmove(place, place + size, (size_t)(keys->bytes + keys->len - place) - size);
    keys->len -= size;
    set_count(keys, count - 1);
    return raise_retired(keys, id);
}

static bool has_room(const struct atk_keys_record *keys) {
    return atk_keys_record_count(keys) < ATK_KEYS_LISTED_MAX &&
           keys->len + entry_len(keys) <= sizeof keys->bytes;
}

/* What a later version appends to each entry is zero in one that this version adds. */
bool atk_keys_record_add(struct atk_keys_record *keys, const struct atk_keys_entry *entry) {
    if (!has_room(keys) && !(drop_retired(keys) && has_room(keys))) return false;
    const uint32_t count = atk_keys_record_count(keys);
    const size_t size = entry_len(keys);
    uint8_t *place = entry_at(keys, count);
    memmove(place + size, place, (size_t)(keys->bytes + keys->len - place));
    memset(place, 0, size);
    struct atk_writer w = atk_writer_of(place, ATK_KEYS_ENTRY);
    atk_put_uint(&w, entry->key_id, 4);
    atk_put_uint(&w, entry->flags, 4);
    atk_put_bytes(&w, entry->prints.digest, ATK_FP_LEN);
    atk_put_bytes(&w, entry->prints.tag, ATK_FP_LEN);
    atk_put_bytes(&w, entry->prints.seal, ATK_FP_LEN);
    set_count(keys, count + 1);
    keys->len += size;
    return true;
}

/* ---- lists of two states of a store ---------------------------------------------------------- */

/* `is_named`: records may still name what is listed here. */
static uint32_t unite_flags(uint32_t own, uint32_t more, bool is_named) {
    if (own & ATK_KEY_RETIRED || more == 0) return own;
    return is_named ? ATK_KEY_RETIRING : more;
}

static bool take_over(struct atk_keys_record *keys, const struct atk_keys_record *other,
                      bool is_named) {
    for (uint32_t i = 0; i < atk_keys_record_count(keys); i++) {
        const struct atk_keys_entry own = atk_keys_record_entry(keys, i);
        const uint32_t more = atk_keys_record_flags(other, own.key_id);
        atk_keys_record_set_flags(keys, i, unite_flags(own.flags, more, is_named));
    }
    for (uint32_t i = 0; i < atk_keys_record_count(other); i++) {
        const struct atk_keys_entry entry = atk_keys_record_entry(other, i);
        if (entry.flags == 0 || atk_keys_record_flags(keys, entry.key_id) != 0) continue;
        if (!atk_keys_record_add(keys, &entry)) return false;
    }
    return raise_retired(keys, retired_up_to(other));
}

bool atk_keys_record_merge(struct atk_keys_record *keys, const struct atk_keys_record *other) {
    return take_over(keys, other, false);
}

bool atk_keys_record_carry(struct atk_keys_record *keys, const struct atk_keys_record *other) {
    return take_over(keys, other, true);
}

/* As atk_parts_examine(), but for the part that is known. */
static int examine_keys_parts(struct atk_reader *r) {
    struct atk_part part = { 0, 0, NULL };
    int rc = 0;
    while (r->left > 0) {
        if (!atk_part_get(r, part.type, &part)) return APITOKEN_E_DAMAGED;
        const bool is_known = part.type == PART_RETIRED_UP_TO && part.len == PART_RETIRED_UP_TO_LEN;
        if (part.type < ATK_PART_IGNORABLE && !is_known) rc = APITOKEN_E_NEWER;
    }
    return rc;
}

int atk_keys_decode(const void *bytes, size_t len, struct atk_keys_record *keys) {
    struct atk_reader r = atk_reader_of(bytes, len);
    uint32_t key_id;
    int rc = len > ATK_KEYS_RECORD_MAX ? APITOKEN_E_DAMAGED
                                       : atk_record_get_head(&r, ATK_TYPE_KEYS, &key_id);
    if (rc < 0) return rc;
    const size_t count = (size_t)atk_get_uint(&r, 2), size = (size_t)atk_get_uint(&r, 2);
    if (count < 1 || count > ATK_KEYS_LISTED_MAX || size < ATK_KEYS_ENTRY)
        return APITOKEN_E_DAMAGED;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *entry = atk_get_view(&r, size);
        if (!entry) return APITOKEN_E_DAMAGED;
        if (atk_le_at(entry + KEYS_FLAGS_AT, 4) > ATK_KEY_RETIRING) rc = APITOKEN_E_NEWER;
    }
    int parts = examine_keys_parts(&r);
    if (parts == APITOKEN_E_DAMAGED) return parts;
    keys->len = len;
    memcpy(keys->bytes, bytes, len);
    return parts < 0 ? parts : rc;
}

/* ---- state ----------------------------------------------------------------------------------- */

static void put_audit_head(struct atk_writer *w, const struct atk_audit_head *head) {
    atk_put_uint(w, head->number, 8);
    atk_put_bytes(w, head->tag, sizeof head->tag);
}

static void get_audit_head(struct atk_reader *r, struct atk_audit_head *head) {
    head->number = atk_get_uint(r, 8);
    atk_get_bytes(r, head->tag, sizeof head->tag);
}

size_t atk_state_record_encode(const struct atk_state_record *state, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_STATE_MAX - ATK_TAG_LEN);
    atk_record_put_head(&w, ATK_TYPE_STATE, 0, state->key_id);
    atk_put_uint(&w, state->schema, 4);
    atk_put_uint(&w, state->limit_bytes / ATK_LIMIT_UNIT, 4);
    atk_put_uint(&w, state->transaction, 8);
    atk_put_uint(&w, state->id_floor, 8);
    atk_put_uint(&w, state->next_slot, 4);
    atk_put_uint(&w, state->free_slots, 4);
    atk_put_uint(&w, state->tokens, 8);
    atk_put_uint(&w, state->revoked, 8);
    atk_put_bytes(&w, state->environment, sizeof state->environment);
    put_audit_head(&w, &state->audit_last);
    put_audit_head(&w, &state->audit_removed);
    atk_put_uint(&w, state->audit_unrecorded, 8);
    atk_put_bytes(&w, state->parts, state->parts_len);
    return atk_record_len(&w, out);
}

static bool state_is_consistent(const struct atk_state_record *state) {
    return state->limit_bytes >= ATK_MAP_MIN && state->limit_bytes <= ATK_MAP_MAX &&
           state->revoked <= state->tokens && state->free_slots <= state->next_slot &&
           state->audit_removed.number <= state->audit_last.number;
}

int atk_state_record_decode(const void *bytes, size_t len, struct atk_state_record *state) {
    struct atk_reader r = atk_reader_of(bytes, len);
    int rc = atk_record_get_head(&r, ATK_TYPE_STATE, &state->key_id);
    if (rc < 0) return rc;
    state->schema = (uint32_t)atk_get_uint(&r, 4);
    if (state->schema != ATK_SCHEMA) return APITOKEN_E_NEWER;
    state->limit_bytes = atk_get_uint(&r, 4) * ATK_LIMIT_UNIT;
    state->transaction = atk_get_uint(&r, 8);
    state->id_floor = atk_get_uint(&r, 8);
    state->next_slot = (uint32_t)atk_get_uint(&r, 4);
    state->free_slots = (uint32_t)atk_get_uint(&r, 4);
    state->tokens = atk_get_uint(&r, 8);
    state->revoked = atk_get_uint(&r, 8);
    atk_get_bytes(&r, state->environment, sizeof state->environment);
    get_audit_head(&r, &state->audit_last);
    get_audit_head(&r, &state->audit_removed);
    state->audit_unrecorded = atk_get_uint(&r, 8);
    rc = atk_parts_get(&r, state->parts, sizeof state->parts, &state->parts_len);
    return rc == 0 && !state_is_consistent(state) ? APITOKEN_E_DAMAGED : rc;
}

uint32_t atk_state_record_schema(const void *bytes, size_t len) {
    struct atk_reader r = atk_reader_of(bytes, len);
    (void)atk_get_uint(&r, 1);
    if (atk_get_uint(&r, 1) != ATK_TYPE_STATE) return 0;
    (void)atk_get_view(&r, ATK_RECORD_HEAD - 2);
    return (uint32_t)atk_get_uint(&r, 4);
}
