/* SPDX-License-Identifier: MIT */
#include "samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/attr.h"
#include "rules/older_secret.h"
#include "samples_audit.h"

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

const void *sample_guarded(const void *bytes, size_t len) {
    static uint8_t *page;
    const size_t size = (size_t)sysconf(_SC_PAGESIZE);
    assert_true(len <= size);
    if (!page) {
        page = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_true(page != MAP_FAILED);
        assert_int_equal(mprotect(page + size, size, PROT_NONE), 0);
    }
    return memcpy(page + size - len, bytes, len);
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
                           .flags = ATK_FLAG_REVOKED | ATK_FLAG_FINAL,
                           .end_ms = FIXTURE_NOW,
                           .slot = ATK_SLOT_NONE,
                           .revision = 2,
                           .owner_len = 2,
                           .owner = "\xC3\xBC" };
    for (uint8_t i = 0; i < ATK_VERIFIER_LEN; i++) hot.verifier[i] = i;
    return atk_hot_encode(&hot, out);
}

uint16_t sample_put_part(uint8_t *parts, uint16_t len, uint8_t type, const char *value) {
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
    hot.parts_len = sample_put_part(hot.parts, hot.parts_len, 130, "");
    hot.parts_len = sample_put_part(hot.parts, hot.parts_len, 200, "of the secret");
    hot.parts_len = sample_put_part(hot.parts, hot.parts_len, 254, "x");
    return atk_hot_encode(&hot, out);
}

void sample_hot_newer(struct atk_hot *hot) {
    sample_hot(hot);
    hot->flags = 32;
    hot->is_newer = true;
    hot->revision = 3;
    hot->parts_len = sample_put_part(hot->parts, hot->parts_len, 9, "must");
    hot->parts_len = sample_put_part(hot->parts, hot->parts_len, 64, "be");
    hot->parts_len = sample_put_part(hot->parts, hot->parts_len, 132, "kept");
}

static size_t encode_hot_newer(uint8_t *out) {
    struct atk_hot hot;
    sample_hot_newer(&hot);
    return atk_hot_encode(&hot, out);
}

/* What a full token has in both of its records. */
#define GIVEN_UNTIL INT64_C(1790000000000)
static const uint8_t interfaces[] = "\2\14payroll:read\1w", data[] = { 0, 'o', 'w', 'n', 0xFF },
                     networks[] = { 4, 24, 192, 0, 2, 0, 6, 32, 0x20, 0x01, 0x0D, 0xB8,
                                    0, 0,  0,   0, 0, 0, 0, 0,  0,    0,    0,    0 };

static void put_given(struct atk_parts parts) {
    assert_true(atk_parts_set(parts, ATK_PART_DATA, data, sizeof data));
    assert_true(atk_parts_set(parts, ATK_PART_NETWORKS, networks, sizeof networks));
    assert_true(atk_parts_set(parts, ATK_PART_INTERFACES, interfaces, sizeof interfaces - 1));
}

void sample_hot_full(struct atk_hot *hot) {
    struct atk_older_secret older = { .key_id = 7, .suite = ATK_SUITE, .until_ms = GIVEN_UNTIL };
    sample_hot(hot);
    hot->flags = ATK_FLAG_SUSPENDED | ATK_FLAG_WORD;
    hot->end_ms = FIXTURE_NOW;
    hot->revision = 4;
    for (uint8_t i = 0; i < ATK_VERIFIER_LEN; i++) older.verifier[i] = i;
    assert_true(atk_older_secret_set(hot, &older));
    put_given(atk_hot_parts(hot));
}

static size_t encode_hot_full(uint8_t *out) {
    struct atk_hot hot;
    sample_hot_full(&hot);
    return atk_hot_encode(&hot, out);
}

static size_t recode_hot(const uint8_t *bytes, size_t len, uint8_t *out) {
    struct atk_hot hot;
    return atk_hot_decode(bytes, len, &hot) == 0 ? atk_hot_encode(&hot, out) : 0;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void base_row(struct atk_row *row, const char *name) {
    *row = (struct atk_row){ .key_id = 1,
                             .created_ms = INT64_C(1700000000000),
                             .end_ms = ATK_END_NEVER,
                             .slot = 5,
                             .expiry_kind = APITOKEN_EXPIRY_NEVER };
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

static void put_sealed(struct atk_row *row) {
    uint8_t sealed[SAMPLE_BYTES_MAX];
    row->sealed_key_id = 1;
    row->sealed_len = (uint16_t)sample_bytes(VECTOR_SEALED, sealed);
    memcpy(row->sealed, sealed, row->sealed_len);
}

void sample_row_day(struct atk_row *row) {
    static const char description[] = "nightly import", zone[] = "Europe/Berlin";
    base_row(row, "Nightly");
    row->expiry_kind = APITOKEN_EXPIRY_DAY;
    row->day = 20261231;
    row->end_ms = INT64_C(1798758000000);
    memcpy(row->description, description, row->description_len = sizeof description - 1);
    memcpy(row->zone, zone, row->zone_len = sizeof zone - 1);
    put_sealed(row);
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
    row->flags = ATK_FLAG_REVOKED | ATK_FLAG_FINAL;
    row->revision = 2;
    row->mark = 0x03020100;
    row->reason_code = APITOKEN_REASON_OWNER_GONE;
    row->revoked_ms = INT64_C(1750000000000);
    row->undo_until_ms = INT64_C(1750003600000);
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
    row->other_len = sample_put_part(row->other, row->other_len, 5, "between");
    row->other_len = sample_put_part(row->other, row->other_len, 63, "");
    row->other_len = sample_put_part(row->other, row->other_len, 65, "of the secret");
    row->other_len = sample_put_part(row->other, row->other_len, 132, "last");
}

static size_t encode_row_newer(uint8_t *out) {
    struct atk_row row;
    sample_row_newer(&row);
    return atk_row_encode(&row, out);
}

void sample_row_full(struct atk_row *row) {
    struct atk_hot hot;
    base_row(row, "Payroll");
    sample_hot_full(&hot);
    const struct atk_parts parts = atk_row_parts(row);
    row->flags = hot.flags;
    row->end_ms = hot.end_ms;
    row->expiry_kind = APITOKEN_EXPIRY_INSTANT;
    row->revision = hot.revision;
    put_sealed(row);
    assert_true(atk_older_secret_show(row, &hot));
    put_given(parts);
    assert_true(atk_parts_set_ms(parts, ATK_PART_SECRET_MADE, INT64_C(1780000000000)));
    assert_true(atk_parts_set(parts, ATK_PART_CREATED_BY, "carol", 5));
    assert_true(atk_parts_set_ms(parts, ATK_PART_USED_BEFORE, INT64_C(1779999960000)));
}

static size_t encode_row_full(uint8_t *out) {
    struct atk_row row;
    sample_row_full(&row);
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
                                   .map_bytes = UINT64_C(1) << 34,
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
                                      .limit_bytes = UINT64_C(1) << 30,
                                      .transaction = 9,
                                      .id_floor = 43,
                                      .next_slot = 6,
                                      .free_slots = 2,
                                      .tokens = 42,
                                      .revoked = 3,
                                      .audit_last = { .number = 3 },
                                      .audit_removed = { .number = 1 },
                                      .audit_unrecorded = 4 };
    struct sample_audit last, removed;
    for (uint8_t i = 0; i < sizeof state.environment; i++)
        state.environment[i] = (uint8_t)(0xE0 + i);
    sample_audit(&last, VECTOR_AUDIT_POLICY_SET);
    memcpy(state.audit_last.tag, last.audit.tag, sizeof last.audit.tag);
    sample_audit(&removed, VECTOR_AUDIT_CREATED);
    memcpy(state.audit_removed.tag, removed.audit.tag, sizeof removed.audit.tag);
    return atk_state_record_encode(&state, out);
}

static size_t recode_state(const uint8_t *bytes, size_t len, uint8_t *out) {
    struct atk_state_record state;
    return atk_state_record_decode(bytes, len, &state) == 0 ? atk_state_record_encode(&state, out)
                                                            : 0;
}

void sample_policy(struct atk_policy_record *record) {
    *record = (struct atk_policy_record){ .key_id = 7,
                                          .revision = UINT32_MAX,
                                          .policy = { .flags = ATK_POLICY_NEVER_FORBIDDEN,
                                                      .max_live = 20,
                                                      .max_lifetime_ms = 365 * ATK_DAY_MS,
                                                      .default_expiry_ms = 90 * ATK_DAY_MS,
                                                      .undo_ms = 0,
                                                      .max_grace_ms = ATK_DAY_MS,
                                                      .audit_retention_ms = 0 } };
    record->parts_len = sample_put_part(record->parts, 0, 200, "kept");
}

static size_t encode_policy_set(uint8_t *out) {
    struct atk_policy_record record;
    sample_policy(&record);
    return atk_policy_record_encode(&record, out);
}

static size_t encode_policy(uint8_t *out) {
    struct atk_policy_record record;
    atk_policy_record_init(&record);
    record.key_id = record.revision = 1;
    return atk_policy_record_encode(&record, out);
}

static size_t recode_policy(const uint8_t *bytes, size_t len, uint8_t *out) {
    struct atk_policy_record record;
    if (atk_policy_record_decode(bytes, len, &record) < 0) return 0;
    return atk_policy_record_encode(&record, out);
}

/* ---- free slots ------------------------------------------------------------------------------ */

static size_t encode_slots(uint8_t *out) {
    struct atk_slots slots = { .key_id = 1 };
    memset(slots.bits, 0xFF, sizeof slots.bits);
    return atk_slots_encode(&slots, out);
}

static size_t encode_slots_parts(uint8_t *out) {
    struct atk_slots slots = { .key_id = 7, .first = ATK_SLOTS_A_RECORD };
    atk_slots_set(&slots, 8193, true);
    atk_slots_set(&slots, 8200, true);
    atk_slots_set(&slots, 16383, true);
    slots.parts_len = sample_put_part(slots.parts, 0, 200, "kept");
    return atk_slots_encode(&slots, out);
}

static size_t recode_slots(const uint8_t *bytes, size_t len, uint8_t *out) {
    struct atk_slots slots;
    return atk_slots_decode(bytes, len, &slots) == 0 ? atk_slots_encode(&slots, out) : 0;
}

/* ---- owners ---------------------------------------------------------------------------------- */

void sample_owner(struct atk_owner_record *owner) {
    static const char reason[] = "unter Verdacht: \xC3\xBC", actor[] = "tool:root";
    *owner = (struct atk_owner_record){ .key_id = 1,
                                        .revision = 1,
                                        .flags = ATK_OWNER_BLOCKED,
                                        .blocked_ms = INT64_C(1750000000000),
                                        .reason_len = sizeof reason - 1,
                                        .actor_len = sizeof actor - 1,
                                        .reason = reason,
                                        .actor = actor };
}

static size_t encode_owner(uint8_t *out) {
    struct atk_owner_record owner;
    sample_owner(&owner);
    return atk_owner_record_encode(&owner, out);
}

static size_t encode_owner_parts(uint8_t *out) {
    uint8_t parts[64];
    uint16_t len = sample_put_part(parts, 0, 130, "");
    struct atk_owner_record owner = { .key_id = 7,
                                      .revision = UINT32_MAX,
                                      .flags = ATK_OWNER_BLOCKED | ATK_OWNER_UNBLOCKING,
                                      .actor_len = 1,
                                      .actor = "x",
                                      .other = parts };
    owner.other_len = sample_put_part(parts, len, 254, "kept");
    return atk_owner_record_encode(&owner, out);
}

static size_t recode_owner(const uint8_t *bytes, size_t len, uint8_t *out) {
    struct atk_owner_record owner;
    if (atk_owner_record_parse(bytes, len, &owner) < 0) return 0;
    return atk_owner_record_encode(&owner, out);
}

#define ID_HEX "416243644566303132333435"
#define CONFIG_HEX "21636f6e666967" /* !config */
#define KEYS_HEX "216b657973"       /* !keys */
#define STATE_HEX "217374617465"    /* !state */
#define POLICY_HEX "21706f6c696379" /* !policy */
#define OWNER_HEX "616c696365406578616d706c652e6f7267"

const struct sample_record sample_records[SAMPLE_RECORDS] = {
    { "hot", VECTOR_HOT, ID_HEX, encode_hot, recode_hot },
    { "hot, revoked", VECTOR_HOT_REVOKED, ID_HEX, encode_hot_revoked, recode_hot },
    { "hot, with parts", VECTOR_HOT_PARTS, ID_HEX, encode_hot_parts, recode_hot },
    { "hot, newer", VECTOR_HOT_NEWER, ID_HEX, encode_hot_newer, recode_hot },
    { "hot, full of parts", VECTOR_HOT_FULL, ID_HEX, encode_hot_full, recode_hot },
    { "row, never", VECTOR_ROW_NEVER, VECTOR_ROW_KEY, encode_row_never, recode_row },
    { "row, day and sealed", VECTOR_ROW_DAY, VECTOR_ROW_KEY, encode_row_day, recode_row },
    { "row, instant", VECTOR_ROW_INSTANT, VECTOR_ROW_KEY, encode_row_instant, recode_row },
    { "row, revoked", VECTOR_ROW_REVOKED, VECTOR_ROW_KEY, encode_row_revoked, recode_row },
    { "row, newer", VECTOR_ROW_NEWER, VECTOR_ROW_KEY, encode_row_newer, recode_row },
    { "row, full of parts", VECTOR_ROW_FULL, VECTOR_ROW_KEY, encode_row_full, recode_row },
    { "config", VECTOR_CONFIG, CONFIG_HEX, encode_config, recode_config },
    { "keys", VECTOR_KEYS, KEYS_HEX, encode_keys, recode_keys },
    { "state", VECTOR_STATE, STATE_HEX, encode_state, recode_state },
    { "policy", VECTOR_POLICY, POLICY_HEX, encode_policy, recode_policy },
    { "policy, with parts", VECTOR_POLICY_SET, POLICY_HEX, encode_policy_set, recode_policy },
    { "slots, all of them free", VECTOR_SLOTS, VECTOR_SLOTS_KEY, encode_slots, recode_slots },
    { "slots, with parts", VECTOR_SLOTS_PARTS, VECTOR_SLOTS_PARTS_KEY, encode_slots_parts,
      recode_slots },
    { "owner, with known parts", VECTOR_OWNER_BLOCKED, OWNER_HEX, encode_owner, recode_owner },
    { "owner, with parts", VECTOR_OWNER_PARTS, OWNER_HEX, encode_owner_parts, recode_owner },
    { "audit, with a text in its parts", VECTOR_AUDIT_CREATED, VECTOR_AUDIT_CREATED_KEY,
      sample_encode_audit_created, sample_recode_audit },
    { "audit, with parts", VECTOR_AUDIT_UPDATED, VECTOR_AUDIT_UPDATED_KEY,
      sample_encode_audit_updated, sample_recode_audit },
    { "audit, with parts, erased", VECTOR_AUDIT_UPDATED_ERASED, VECTOR_AUDIT_UPDATED_KEY,
      sample_encode_audit_erased, sample_recode_audit },
    { "audit, with no token in its parts", VECTOR_AUDIT_POLICY_SET, VECTOR_AUDIT_POLICY_SET_KEY,
      sample_encode_audit_policy, sample_recode_audit },
    { "audit, newer", VECTOR_AUDIT_ELSEWHERE, VECTOR_AUDIT_ELSEWHERE_KEY,
      sample_encode_audit_elsewhere, sample_recode_audit },
};
