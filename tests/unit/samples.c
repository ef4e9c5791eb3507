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
                             .sequence = 42,
                             .slot = 5,
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
                           .is_revoked = 1,
                           .end_ms = FIXTURE_NOW,
                           .sequence = (UINT64_C(1) << 40) + 1,
                           .slot = ATK_SLOT_NONE,
                           .owner_len = 2,
                           .owner = "\xC3\xBC" };
    for (uint8_t i = 0; i < ATK_DIGEST_LEN; i++) hot.verifier[i] = i;
    return atk_hot_encode(&hot, out);
}

static size_t recode_hot(const uint8_t *bytes, size_t len, uint8_t *out) {
    struct atk_hot hot;
    return atk_hot_decode(bytes, len, &hot) ? atk_hot_encode(&hot, out) : 0;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void base_row(struct atk_row *row, const char *name) {
    *row = (struct atk_row){
        .key_id = 1, .created_ms = INT64_C(1700000000000), .end_ms = ATK_END_NEVER, .slot = 5
    };
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
    row.expiry_kind = APITOKEN_EXPIRY_INSTANT;
    return atk_row_encode(&row, out);
}

void sample_row_revoked(struct atk_row *row) {
    static const char description[] = "old laptop", reason[] = "lost";
    base_row(row, "Pr\xC3\xBC"
                  "fung");
    row->key_id = 7;
    row->is_revoked = 1;
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

static size_t recode_row(const uint8_t *bytes, size_t len, uint8_t *out) {
    struct atk_row row;
    return atk_row_decode(bytes, len, &row) ? atk_row_encode(&row, out) : 0;
}

/* ---- the named records ----------------------------------------------------------------------- */

void sample_config(struct atk_config *config) {
    *config = (struct atk_config){ .key_id = 1,
                                   .created_ms = INT64_C(1700000000000),
                                   .map_bytes = UINT64_C(1) << 30,
                                   .copy_policy = APITOKEN_COPY_ALWAYS,
                                   .zone_len = 13,
                                   .zone = "Europe/Berlin" };
    for (uint8_t i = 0; i < sizeof config->store_id; i++) config->store_id[i] = (uint8_t)(0xA0 + i);
    sample_prefix(&config->prefix, "tdh");
}

static size_t encode_config(uint8_t *out) {
    struct atk_config config;
    sample_config(&config);
    return atk_config_encode(&config, out);
}

static size_t recode_config(const uint8_t *bytes, size_t len, uint8_t *out) {
    struct atk_config config;
    return atk_config_decode(bytes, len, &config) ? atk_config_encode(&config, out) : 0;
}

static size_t encode_keys(uint8_t *out) {
    struct atk_keys keys;
    struct atk_keys_record record = { .key_id = 1, .count = 2 };
    sample_keys(&keys);
    for (uint32_t i = 0; i < record.count; i++) {
        record.entry[i].key_id = keys.key[i].id;
        record.entry[i].prints = keys.key[i].prints;
    }
    return atk_keys_encode(&record, out);
}

static size_t recode_keys(const uint8_t *bytes, size_t len, uint8_t *out) {
    struct atk_keys_record record;
    return atk_keys_decode(bytes, len, &record) ? atk_keys_encode(&record, out) : 0;
}

static size_t encode_state(uint8_t *out) {
    struct atk_state_record state = { .key_id = 7,
                                      .schema = ATK_SCHEMA,
                                      .transaction = 9,
                                      .next_sequence = 43,
                                      .next_slot = 6,
                                      .tokens = 42,
                                      .revoked = 3 };
    return atk_state_record_encode(&state, out);
}

static size_t recode_state(const uint8_t *bytes, size_t len, uint8_t *out) {
    struct atk_state_record state;
    return atk_state_record_decode(bytes, len, &state) ? atk_state_record_encode(&state, out) : 0;
}

#define ID_HEX "416243644566303132333435"
#define CONFIG_HEX "21636f6e666967" /* !config */
#define KEYS_HEX "216b657973"       /* !keys */
#define STATE_HEX "217374617465"    /* !state */

const struct sample_record sample_records[SAMPLE_RECORDS] = {
    { "hot", VECTOR_HOT, ID_HEX, encode_hot, recode_hot },
    { "hot, revoked", VECTOR_HOT_REVOKED, ID_HEX, encode_hot_revoked, recode_hot },
    { "row, never", VECTOR_ROW_NEVER, VECTOR_ROW_KEY, encode_row_never, recode_row },
    { "row, day and sealed", VECTOR_ROW_DAY, VECTOR_ROW_KEY, encode_row_day, recode_row },
    { "row, instant", VECTOR_ROW_INSTANT, VECTOR_ROW_KEY, encode_row_instant, recode_row },
    { "row, revoked", VECTOR_ROW_REVOKED, VECTOR_ROW_KEY, encode_row_revoked, recode_row },
    { "config", VECTOR_CONFIG, CONFIG_HEX, encode_config, recode_config },
    { "keys", VECTOR_KEYS, KEYS_HEX, encode_keys, recode_keys },
    { "state", VECTOR_STATE, STATE_HEX, encode_state, recode_state },
};
