/* SPDX-License-Identifier: MIT */
#include "samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"

/* ---- bytes ----------------------------------------------------------------------------------- */

size_t sample_bytes(const char *hex, uint8_t out[SAMPLE_BYTES_MAX]) {
    size_t len = strlen(hex) / 2;
    assert_true(len <= SAMPLE_BYTES_MAX && strlen(hex) % 2 == 0);
    for (size_t i = 0; i < len; i++) {
        char digits[3] = { hex[2 * i], hex[2 * i + 1], '\0' }, *end;
        out[i] = (uint8_t)strtoul(digits, &end, 16);
        assert_ptr_equal(end, digits + 2);
    }
    return len;
}

void sample_assert_bytes(const void *data, size_t len, const char *hex, const char *file,
                         int line) {
    static uint8_t due[SAMPLE_BYTES_MAX];
    const uint8_t *bytes = data;
    size_t due_len = sample_bytes(hex, due);
    if (len == due_len && memcmp(bytes, due, len) == 0) return;
    print_error("%zu bytes, not %zu:\n", len, due_len);
    for (size_t i = 0; i < len; i++)
        print_error("%02x%s", bytes[i], i < due_len && bytes[i] != due[i] ? "!" : "");
    print_error("\n%s\n", hex);
    _fail(file, line);
}

/* ---- keys ------------------------------------------------------------------------------------ */

const uint8_t sample_store_id[ATK_STORE_ID_LEN] = {
    0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xAB, 0xAC, 0xAD, 0xAE, 0xAF
};

void sample_keys(struct atk_keys *keys) {
    memset(keys, 0, sizeof *keys);
    assert_code(atk_crypto_init(), 0);
    keys->count = 2;
    keys->key[0].id = 1;
    keys->active = keys->key[1].id = 7;
    for (uint8_t i = 0; i < ATK_KEY_LEN; i++) {
        keys->key[0].master[i] = i;
        keys->key[1].master[i] = (uint8_t)(ATK_KEY_LEN + i);
    }
    for (uint32_t i = 0; i < keys->count; i++) {
        atk_key_derive(&keys->key[i]);
        atk_key_begin_digest(&keys->key[i]);
        atk_key_fingerprint(&keys->key[i], 1);
        atk_key_bind(&keys->key[i], sample_store_id);
    }
}

void sample_prefix(struct atk_prefix *prefix, const char *text) {
    assert_code(atk_prefix_set(prefix, text, strlen(text)), 0);
}

/* ---- hot records ----------------------------------------------------------------------------- */

void sample_hot(struct atk_hot *hot) {
    uint8_t verifier[SAMPLE_BYTES_MAX];
    *hot = (struct atk_hot){ .key_id = 1,
                             .end_ms = ATK_END_NEVER,
                             .slot = 5,
                             .revision = 1,
                             .owner_len = strlen(SAMPLE_OWNER) };
    memcpy(hot->verifier, verifier, sample_bytes(VECTOR_VERIFIER_OF_TOKEN, verifier));
    memcpy(hot->owner, SAMPLE_OWNER, strlen(SAMPLE_OWNER));
}

static size_t encode_hot(uint8_t *out) {
    struct atk_hot hot;
    sample_hot(&hot);
    return atk_hot_encode(&hot, out);
}

static size_t encode_hot_revoked(uint8_t *out) {
    struct atk_hot hot = { .key_id = 7,
                           .flags = ATK_FLAG_REVOKED,
                           .end_ms = FIXTURE_NOW,
                           .slot = ATK_SLOT_NONE,
                           .revision = 2,
                           .owner_len = 2,
                           .owner = "\xC3\xBC" };
    for (uint8_t i = 0; i < ATK_VERIFIER_LEN; i++) hot.verifier[i] = i;
    return atk_hot_encode(&hot, out);
}

/* Puts a part behind those that are there. */
static uint16_t put_part(uint8_t *parts, uint16_t len, uint8_t type, const char *value) {
    const size_t value_len = strlen(value);
    parts[len] = type;
    parts[len + 1] = (uint8_t)value_len;
    parts[len + 2] = 0;
    memcpy(parts + len + 3, value, value_len);
    return (uint16_t)(len + 3 + value_len);
}

static size_t encode_hot_parts(uint8_t *out) {
    struct atk_hot hot;
    sample_hot(&hot);
    hot.flags = ATK_FLAG_WORD;
    hot.revision = UINT32_MAX;
    hot.parts_len = put_part(hot.parts, hot.parts_len, 130, "");
    hot.parts_len = put_part(hot.parts, hot.parts_len, 200, "of the secret");
    hot.parts_len = put_part(hot.parts, hot.parts_len, 254, "x");
    return atk_hot_encode(&hot, out);
}

void sample_hot_newer(struct atk_hot *hot) {
    sample_hot(hot);
    hot->flags = 16;
    hot->is_newer = true;
    hot->revision = 3;
    hot->parts_len = put_part(hot->parts, hot->parts_len, 9, "must");
    hot->parts_len = put_part(hot->parts, hot->parts_len, 64, "be");
    hot->parts_len = put_part(hot->parts, hot->parts_len, 128, "kept");
}

static size_t encode_hot_newer(uint8_t *out) {
    struct atk_hot hot;
    sample_hot_newer(&hot);
    return atk_hot_encode(&hot, out);
}

static size_t recode_hot(const uint8_t *bytes, size_t len, uint8_t *out) {
    struct atk_hot hot;
    return atk_hot_decode(bytes, len, &hot) == 0 ? atk_hot_encode(&hot, out) : 0;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void base_row(struct atk_row *row, const char *name) {
    *row = (struct atk_row){
        .key_id = 1, .created_ms = INT64_C(1700000000000), .end_ms = ATK_END_NEVER, .slot = 5
    };
    struct atk_hot hot;
    sample_hot(&hot);
    row->revision = 1;
    row->mark = atk_mark_of(hot.verifier);
    memcpy(row->id, SAMPLE_ID, APITOKEN_ID_LEN);
    row->name_len = (uint8_t)strlen(name);
    memcpy(row->name, name, strlen(name));
}

static size_t encode_row_never(uint8_t *out) {
    struct atk_row row;
    base_row(&row, "CI");
    return atk_row_encode(&row, out);
}

void sample_row_day(struct atk_row *row) {
    static const char description[] = "nightly import", zone[] = "Europe/Berlin";
    uint8_t sealed[SAMPLE_BYTES_MAX];
    base_row(row, "Nightly");
    row->expiry_kind = APITOKEN_EXPIRY_DAY;
    row->day = 20261231;
    row->end_ms = INT64_C(1798758000000);
    memcpy(row->description, description, row->description_len = sizeof description - 1);
    memcpy(row->zone, zone, row->zone_len = sizeof zone - 1);
    row->sealed_key_id = 1;
    row->sealed_len = (uint16_t)sample_bytes(VECTOR_SEALED, sealed);
    memcpy(row->sealed, sealed, row->sealed_len);
}

static size_t encode_row_day(uint8_t *out) {
    struct atk_row row;
    sample_row_day(&row);
    return atk_row_encode(&row, out);
}

static size_t encode_row_instant(uint8_t *out) {
    struct atk_row row;
    base_row(&row, "x");
    row.key_id = 7;
    row.created_ms = 0;
    row.end_ms = 1;
    row.slot = ATK_SLOT_NONE;
    row.flags = ATK_FLAG_WORD;
    row.revision = UINT32_MAX;
    row.mark = 0x03020100;
    row.expiry_kind = APITOKEN_EXPIRY_INSTANT;
    return atk_row_encode(&row, out);
}

void sample_row_revoked(struct atk_row *row) {
    static const char description[] = "old laptop", reason[] = "lost";
    base_row(row, "Pr\xC3\xBC"
                  "fung");
    row->key_id = 7;
    row->flags = ATK_FLAG_REVOKED;
    row->revision = 2;
    row->mark = 0x03020100;
    row->reason_code = 3;
    row->revocation_flags = 1;
    row->revoked_ms = INT64_C(1750000000000);
    row->end_ms = FIXTURE_NOW;
    row->expiry_kind = APITOKEN_EXPIRY_INSTANT;
    memcpy(row->description, description, row->description_len = sizeof description - 1);
    memcpy(row->reason, reason, row->reason_len = sizeof reason - 1);
}

static size_t encode_row_revoked(uint8_t *out) {
    struct atk_row row;
    sample_row_revoked(&row);
    return atk_row_encode(&row, out);
}

void sample_row_newer(struct atk_row *row) {
    sample_row_day(row);
    row->flags = 128;
    row->is_newer = true;
    row->revision = 3;
    row->description_len = 0;
    row->other_len = put_part(row->other, row->other_len, 3, "between");
    row->other_len = put_part(row->other, row->other_len, 63, "");
    row->other_len = put_part(row->other, row->other_len, 65, "of the secret");
    row->other_len = put_part(row->other, row->other_len, 128, "last");
}

static size_t encode_row_newer(uint8_t *out) {
    struct atk_row row;
    sample_row_newer(&row);
    return atk_row_encode(&row, out);
}

static size_t recode_row(const uint8_t *bytes, size_t len, uint8_t *out) {
    struct atk_row row;
    return atk_row_decode(bytes, len, &row) == 0 ? atk_row_encode(&row, out) : 0;
}

/* ---- the named records ----------------------------------------------------------------------- */

void sample_config(struct atk_config *config) {
    *config = (struct atk_config){ .key_id = 1,
                                   .created_ms = INT64_C(1700000000000),
                                   .map_bytes = UINT64_C(1) << 30,
                                   .copy_policy = APITOKEN_COPY_ALWAYS,
                                   .zone_len = 13,
                                   .zone = "Europe/Berlin" };
    memcpy(config->store_id, sample_store_id, sizeof config->store_id);
    sample_prefix(&config->prefix, "tdh");
}

static size_t encode_config(uint8_t *out) {
    struct atk_config config;
    sample_config(&config);
    return atk_config_encode(&config, out);
}

static size_t recode_config(const uint8_t *bytes, size_t len, uint8_t *out) {
    struct atk_config config;
    return atk_config_decode(bytes, len, &config) == 0 ? atk_config_encode(&config, out) : 0;
}

static size_t encode_keys(uint8_t *out) {
    struct atk_keys keys;
    struct atk_keys_record record;
    sample_keys(&keys);
    atk_keys_record_init(&record);
    for (uint32_t i = 0; i < keys.count; i++) {
        const struct atk_keys_entry entry = { keys.key[i].id, keys.key[i].prints };
        assert_true(atk_keys_record_add(&record, &entry));
    }
    atk_keys_record_set_key(&record, 1);
    memcpy(out, record.bytes, record.len);
    return record.len;
}

static size_t recode_keys(const uint8_t *bytes, size_t len, uint8_t *out) {
    struct atk_keys_record record;
    if (atk_keys_decode(bytes, len, &record) < 0) return 0;
    memcpy(out, record.bytes, record.len);
    return record.len;
}

static size_t encode_state(uint8_t *out) {
    struct atk_state_record state = { .key_id = 7,
                                      .schema = ATK_SCHEMA,
                                      .transaction = 9,
                                      .id_floor = 43,
                                      .next_slot = 6,
                                      .tokens = 42,
                                      .revoked = 3 };
    for (uint8_t i = 0; i < sizeof state.environment; i++)
        state.environment[i] = (uint8_t)(0xE0 + i);
    return atk_state_record_encode(&state, out);
}

static size_t recode_state(const uint8_t *bytes, size_t len, uint8_t *out) {
    struct atk_state_record state;
    return atk_state_record_decode(bytes, len, &state) == 0 ? atk_state_record_encode(&state, out)
                                                            : 0;
}

#define ID_HEX "416243644566303132333435"
#define CONFIG_HEX "21636f6e666967" /* !config */
#define KEYS_HEX "216b657973"       /* !keys */
#define STATE_HEX "217374617465"    /* !state */

const struct sample_record sample_records[SAMPLE_RECORDS] = {
    { "hot", VECTOR_HOT, ID_HEX, encode_hot, recode_hot },
    { "hot, revoked", VECTOR_HOT_REVOKED, ID_HEX, encode_hot_revoked, recode_hot },
    { "hot, with parts", VECTOR_HOT_PARTS, ID_HEX, encode_hot_parts, recode_hot },
    { "hot, newer", VECTOR_HOT_NEWER, ID_HEX, encode_hot_newer, recode_hot },
    { "row, never", VECTOR_ROW_NEVER, VECTOR_ROW_KEY, encode_row_never, recode_row },
    { "row, day and sealed", VECTOR_ROW_DAY, VECTOR_ROW_KEY, encode_row_day, recode_row },
    { "row, instant", VECTOR_ROW_INSTANT, VECTOR_ROW_KEY, encode_row_instant, recode_row },
    { "row, revoked", VECTOR_ROW_REVOKED, VECTOR_ROW_KEY, encode_row_revoked, recode_row },
    { "row, newer", VECTOR_ROW_NEWER, VECTOR_ROW_KEY, encode_row_newer, recode_row },
    { "config", VECTOR_CONFIG, CONFIG_HEX, encode_config, recode_config },
    { "keys", VECTOR_KEYS, KEYS_HEX, encode_keys, recode_keys },
    { "state", VECTOR_STATE, STATE_HEX, encode_state, recode_state },
};
