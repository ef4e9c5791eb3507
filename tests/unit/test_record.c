/* SPDX-License-Identifier: MIT */
#include "rules/record.h"

#include <stdio.h>
#include <string.h>

#include "outside/record_tag.h"
#include "cases.h"
#include "samples.h"

#define UNTAGGED(len) ((len)-ATK_TAG_LEN)

/* ---- frozen bytes ---------------------------------------------------------------------------- */

static void test_frozen_bytes_are_written(void **state) {
    (void)state;
    struct atk_keys keys;
    sample_keys(&keys);
    for (size_t i = 0; i < SAMPLE_RECORDS; i++) {
        uint8_t bytes[SAMPLE_BYTES_MAX], db_key[SAMPLE_BYTES_MAX];
        size_t key_len = sample_bytes(sample_records[i].db_key, db_key),
               len = sample_records[i].encode(bytes);
        atk_record_tag_write(&keys, db_key, key_len, bytes, len);
        assert_bytes(bytes, len, sample_records[i].frozen);
    }
}

static void test_frozen_bytes_are_read(void **state) {
    (void)state;
    struct atk_keys keys;
    sample_keys(&keys);
    for (size_t i = 0; i < SAMPLE_RECORDS; i++) {
        uint8_t bytes[SAMPLE_BYTES_MAX], db_key[SAMPLE_BYTES_MAX], again[SAMPLE_BYTES_MAX];
        size_t key_len = sample_bytes(sample_records[i].db_key, db_key),
               len = sample_bytes(sample_records[i].frozen, bytes);
        assert_code(atk_record_tag_verify(&keys, db_key, key_len, bytes, len), 0);
        assert_int_equal(sample_records[i].recode(bytes, len, again), len);
        assert_memory_equal(again, bytes, UNTAGGED(len));
    }
}

static void test_fields_of_a_hot_record(void **state) {
    (void)state;
    struct atk_hot hot;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    assert_true(atk_hot_decode(bytes, sample_bytes(VECTOR_HOT_REVOKED, bytes), &hot));
    assert_int_equal(hot.key_id, 7);
    assert_true(hot.is_revoked);
    assert_true(hot.end_ms == FIXTURE_NOW);
    assert_true(hot.sequence == (UINT64_C(1) << 40) + 1);
    assert_true(hot.slot == ATK_SLOT_NONE);
    assert_int_equal(hot.owner_len, 2);
    assert_memory_equal(hot.owner, "\xC3\xBC", 2);
    assert_int_equal(hot.verifier[31], 31);
}

static void test_fields_of_a_row(void **state) {
    (void)state;
    struct atk_row row;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    assert_true(atk_row_decode(bytes, sample_bytes(VECTOR_ROW_REVOKED, bytes), &row));
    assert_true(row.is_revoked && row.revoked_ms == INT64_C(1750000000000) &&
                row.created_ms == INT64_C(1700000000000));
    assert_int_equal(row.expiry_kind, APITOKEN_EXPIRY_INSTANT);
    assert_memory_equal(row.reason, "lost", row.reason_len);
    assert_memory_equal(row.description, "old laptop", row.description_len);
    assert_true(atk_row_decode(bytes, sample_bytes(VECTOR_ROW_DAY, bytes), &row));
    assert_int_equal(row.day, 20261231);
    assert_memory_equal(row.zone, "Europe/Berlin", row.zone_len);
    assert_bytes(row.sealed, row.sealed_len, VECTOR_SEALED);
}

static void test_key_of_a_row(void **state) {
    (void)state;
    uint8_t key[ATK_ROW_KEY_MAX];
    char owner[APITOKEN_OWNER_MAX];
    memset(owner, 'o', sizeof owner);
    size_t len = atk_row_key(SAMPLE_OWNER, strlen(SAMPLE_OWNER), 42, key);
    assert_bytes(key, len, VECTOR_ROW_KEY);
    assert_int_equal(atk_row_key(owner, sizeof owner, UINT64_MAX, key), ATK_ROW_KEY_MAX);
    assert_true(ATK_ROW_KEY_MAX <= 511); /* LMDB's longest key */
}

/* ---- what the codec alone refuses ------------------------------------------------------------ */

static void test_every_other_length_is_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < SAMPLE_RECORDS; i++) {
        uint8_t bytes[SAMPLE_BYTES_MAX] = { 0 }, again[SAMPLE_BYTES_MAX];
        size_t due = sample_bytes(sample_records[i].frozen, bytes);
        for (size_t len = 0; len <= due + 64; len++)
            assert_int_equal(sample_records[i].recode(bytes, len, again), len == due ? due : 0);
    }
}

/* Version, type and flags: only what this version writes. */
static void test_unknown_heads_are_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < SAMPLE_RECORDS; i++) {
        for (size_t at = 0; at < ATK_RECORD_KEY_ID_AT; at++) {
            for (unsigned value = 0; value < 256; value++) {
                uint8_t bytes[SAMPLE_BYTES_MAX], again[SAMPLE_BYTES_MAX];
                size_t len = sample_bytes(sample_records[i].frozen, bytes);
                if (bytes[at] == value) continue;
                bytes[at] = (uint8_t)value;
                int is_known_flag =
                    at == 2 && (bytes[1] == ATK_TYPE_HOT ? value <= 1
                                                         : bytes[1] == ATK_TYPE_ROW && value <= 3);
                size_t got = sample_records[i].recode(bytes, len, again);
                if (!is_known_flag && got)
                    fail_msg("%s: byte %zu of value %u is read", sample_records[i].name, at, value);
            }
        }
    }
}

/* Reserved bytes may get a meaning later: a reader that does not know it must refuse them. */
static void test_padding_is_zero(void **state) {
    (void)state;
    static const struct {
        const char *frozen;
        size_t at[4];
    } rows[] = {
        { VECTOR_HOT, { 61, 62, 63 } },
        { VECTOR_ROW_NEVER, { 55, 62, 63 } },
        { VECTOR_CONFIG, { 43 } },
        { VECTOR_STATE, { 12, 13, 14, 15 } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t k = 0; k < 4 && rows[i].at[k]; k++) {
            uint8_t bytes[SAMPLE_BYTES_MAX], again[SAMPLE_BYTES_MAX];
            size_t len = sample_bytes(rows[i].frozen, bytes), taken = 0;
            assert_int_equal(bytes[rows[i].at[k]], 0);
            bytes[rows[i].at[k]] = 1;
            for (size_t j = 0; j < SAMPLE_RECORDS; j++)
                taken += sample_records[j].recode(bytes, len, again);
            assert_int_equal(taken, 0);
        }
    }
}

/* ---- facts that contradict each other -------------------------------------------------------- */

static int hot_survives(const struct atk_hot *hot) {
    uint8_t bytes[SAMPLE_BYTES_MAX] = { 0 };
    struct atk_hot again;
    return atk_hot_decode(bytes, atk_hot_encode(hot, bytes), &again);
}

static void test_ends_of_a_hot_record(void **state) {
    (void)state;
    static const struct {
        int64_t end_ms;
        int is_good;
    } rows[] = { { ATK_END_NEVER, 1 },
                 { 1, 1 },
                 { ATK_MS_MAX, 1 },
                 { 0, 0 },
                 { -1, 0 },
                 { INT64_MIN, 0 },
                 { ATK_MS_MAX + 1, 0 },
                 { ATK_END_NEVER - 1, 0 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct atk_hot hot;
        sample_hot(&hot);
        hot.end_ms = rows[i].end_ms;
        assert_int_equal(hot_survives(&hot), rows[i].is_good);
    }
}

static void test_owners_of_a_hot_record(void **state) {
    (void)state;
    for (unsigned len = 0; len <= 255; len++) {
        uint8_t bytes[SAMPLE_BYTES_MAX] = { 0 };
        struct atk_hot hot;
        sample_hot(&hot);
        hot.owner_len = 0;
        size_t whole = atk_hot_encode(&hot, bytes) + len;
        bytes[ATK_HOT_FIXED - 4] = (uint8_t)len;
        assert_int_equal(atk_hot_decode(bytes, whole, &hot), len >= 1 && len <= APITOKEN_OWNER_MAX);
    }
}

/* 1 if a row is accepted with a field set to this value. */
static int row_survives(const struct atk_row *row) {
    uint8_t bytes[SAMPLE_BYTES_MAX] = { 0 };
    struct atk_row again;
    return atk_row_decode(bytes, atk_row_encode(row, bytes), &again);
}

#define WITH(base, change)                                                    \
    do {                                                                      \
        struct atk_row row;                                                   \
        base(&row);                                                           \
        assert_true(row_survives(&row));                                      \
        change;                                                               \
        if (row_survives(&row)) fail_msg("a row is read after: %s", #change); \
    } while (0)

static void test_rows_that_contradict_themselves(void **state) {
    (void)state;
    WITH(sample_row_day, row.revoked_ms = 1);
    WITH(sample_row_day, row.reason_len = 1);
    WITH(sample_row_day, row.is_revoked = 1); /* revoke drops the sealed copy */
    WITH(sample_row_day, row.end_ms = ATK_END_NEVER);
    WITH(sample_row_day, row.end_ms = 0);
    WITH(sample_row_day, row.end_ms = ATK_MS_MAX + 1);
    WITH(sample_row_day, row.day = 0);
    WITH(sample_row_day, row.day = 20260230);
    WITH(sample_row_day, row.day = -20261231);
    WITH(sample_row_day, row.zone_len = 0);
    WITH(sample_row_day, row.expiry_kind = APITOKEN_EXPIRY_NEVER);
    WITH(sample_row_day, row.expiry_kind = APITOKEN_EXPIRY_INSTANT);
    WITH(sample_row_day, (row.expiry_kind = APITOKEN_EXPIRY_NEVER, row.end_ms = ATK_END_NEVER));
    WITH(sample_row_day,
         (row.expiry_kind = APITOKEN_EXPIRY_NEVER, row.end_ms = ATK_END_NEVER, row.day = 0));
    WITH(sample_row_day, (row.expiry_kind = APITOKEN_EXPIRY_INSTANT, row.day = 0));
    WITH(sample_row_day, (row.expiry_kind = APITOKEN_EXPIRY_INSTANT, row.end_ms = ATK_END_NEVER,
                          row.day = row.zone_len = 0));
    WITH(sample_row_day, row.expiry_kind = 3);
    WITH(sample_row_day, row.expiry_kind = 255);
    WITH(sample_row_day, row.created_ms = -1);
    WITH(sample_row_day, row.created_ms = ATK_MS_MAX + 1);
    WITH(sample_row_day, row.created_ms |= INT64_C(1) << 56); /* the last byte counts, too */
    WITH(sample_row_day, row.name_len = 0);
    WITH(sample_row_revoked, row.revoked_ms = -1);
    WITH(sample_row_revoked, row.revoked_ms = ATK_MS_MAX + 1);
    WITH(sample_row_revoked, row.is_revoked = 0);
    WITH(sample_row_revoked, row.sealed_len = ATK_SEALED_MAX);
    WITH(sample_row_revoked, row.expiry_kind = APITOKEN_EXPIRY_NEVER);
    WITH(sample_row_revoked, row.expiry_kind = APITOKEN_EXPIRY_DAY);
}

/* The flag says whether there is a sealed copy, and the length agrees. */
static void test_sealed_flag_and_length_agree(void **state) {
    (void)state;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    struct atk_row row;
    size_t len = sample_bytes(VECTOR_ROW_DAY, bytes);
    bytes[2] = 0;
    assert_false(atk_row_decode(bytes, len, &row));
    len = sample_bytes(VECTOR_ROW_NEVER, bytes);
    bytes[2] = ATK_FLAG_SEALED;
    assert_false(atk_row_decode(bytes, len, &row));
}

static void test_longest_records_fit_their_buffers(void **state) {
    (void)state;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    struct atk_row row;
    struct atk_hot hot;
    sample_row_day(&row);
    row.name_len = APITOKEN_NAME_MAX;
    row.description_len = APITOKEN_DESCRIPTION_MAX;
    row.zone_len = APITOKEN_ZONE_MAX;
    row.sealed_len = ATK_SEALED_MAX;
    assert_int_equal(atk_row_encode(&row, bytes), ATK_ROW_MAX - APITOKEN_REASON_MAX);
    assert_true(row_survives(&row));
    sample_hot(&hot);
    hot.owner_len = APITOKEN_OWNER_MAX;
    assert_int_equal(atk_hot_encode(&hot, bytes), ATK_HOT_MAX);
    assert_true(hot_survives(&hot));
}

/* A text that is too long for the struct must be refused before it is copied. */
static void test_lengths_beyond_the_limits_are_refused(void **state) {
    (void)state;
    static const struct {
        size_t at, width;
        unsigned max;
    } rows[] = {
        { 53, 1, APITOKEN_NAME_MAX },        { 54, 1, APITOKEN_ZONE_MAX },
        { 56, 2, APITOKEN_DESCRIPTION_MAX }, { 58, 2, APITOKEN_REASON_MAX },
        { 60, 2, ATK_SEALED_MAX },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static uint8_t bytes[70000];
        struct atk_row row;
        unsigned values[] = { rows[i].max + 1, rows[i].width == 1 ? 255 : 65535 };
        for (size_t k = 0; k < 2; k++) {
            memset(bytes, 0, sizeof bytes);
            size_t len = sample_bytes(VECTOR_ROW_NEVER, bytes), old = bytes[rows[i].at];
            for (size_t b = 0; b < rows[i].width; b++)
                bytes[rows[i].at + b] = (uint8_t)(values[k] >> 8 * b);
            assert_false(atk_row_decode(bytes, len - old + values[k], &row));
        }
    }
}

static void test_configurations_that_cannot_be(void **state) {
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
    } rows[] = {
        { 24 + 7, 0x80 },                           /* made before 1970 */
        { 40, 0 },        { 40, 3 },                /* copy policy */
        { 41, 1 },        { 41, 11 },   { 41, 0 },  /* length of the prefix */
        { 42, 0 },        { 42, 65 },   { 42, 12 }, /* length of the zone */
        { 44, 'T' },      { 44, '1' },              /* prefix */
        { 47, '/' },      { 47, '\0' },             /* zone */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[SAMPLE_BYTES_MAX];
        struct atk_config config;
        size_t len = sample_bytes(VECTOR_CONFIG, bytes);
        bytes[rows[i].at] = rows[i].value;
        if (atk_config_decode(bytes, len, &config))
            fail_msg("byte %zu of value %u is read", rows[i].at, rows[i].value);
    }
}

static void test_key_counts(void **state) {
    (void)state;
    static const uint32_t counts[] = { 0, 1, 3, 33, 0x02000000, UINT32_MAX };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        uint8_t bytes[SAMPLE_BYTES_MAX];
        struct atk_keys_record record;
        size_t len = sample_bytes(VECTOR_KEYS, bytes);
        memcpy(bytes + ATK_RECORD_HEAD, &counts[i], 4);
        assert_false(atk_keys_decode(bytes, len, &record));
        /* as long as a record without keys */
        assert_false(atk_keys_decode(bytes, ATK_RECORD_HEAD + 4 + ATK_TAG_LEN, &record));
    }
}

static void test_as_many_keys_as_there_may_be(void **state) {
    (void)state;
    uint8_t bytes[SAMPLE_BYTES_MAX] = { 0 };
    struct atk_keys_record record = { .key_id = 1, .count = ATK_KEYS_MAX }, again;
    for (uint32_t i = 0; i < ATK_KEYS_MAX; i++) record.entry[i].key_id = i + 1;
    assert_int_equal(atk_keys_encode(&record, bytes), ATK_KEYS_RECORD_MAX);
    assert_true(atk_keys_decode(bytes, ATK_KEYS_RECORD_MAX, &again));
    assert_memory_equal(&again, &record, sizeof record);
}

/* ---- schema ---------------------------------------------------------------------------------- */

static void test_states_of_other_schemas(void **state) {
    (void)state;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    struct atk_state_record record;
    for (unsigned schema = 0; schema < 4; schema++) {
        size_t len = sample_bytes(VECTOR_STATE, bytes);
        bytes[ATK_RECORD_HEAD] = (uint8_t)schema;
        assert_int_equal(atk_state_record_decode(bytes, len, &record), schema == ATK_SCHEMA);
        assert_int_equal(atk_state_record_schema(bytes, len), schema);
        bytes[0] = 9; /* nor does an unknown version */
        assert_int_equal(atk_state_record_schema(bytes, len), schema);
    }
}

static void test_schema_of_what_is_no_state(void **state) {
    (void)state;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    assert_int_equal(atk_state_record_schema(bytes, sample_bytes(VECTOR_CONFIG, bytes)), 0);
    size_t len = sample_bytes(VECTOR_STATE, bytes);
    for (size_t cut = 0; cut < 12; cut++) assert_int_equal(atk_state_record_schema(bytes, cut), 0);
    assert_int_equal(atk_state_record_schema(bytes, len), 1);
}

static void test_more_revoked_than_there_are(void **state) {
    (void)state;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    struct atk_state_record record;
    size_t len = sample_bytes(VECTOR_STATE, bytes);
    bytes[48] = 43;
    assert_false(atk_state_record_decode(bytes, len, &record));
    bytes[48] = 42;
    assert_true(atk_state_record_decode(bytes, len, &record));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frozen_bytes_are_written),
        cmocka_unit_test(test_frozen_bytes_are_read),
        cmocka_unit_test(test_fields_of_a_hot_record),
        cmocka_unit_test(test_fields_of_a_row),
        cmocka_unit_test(test_key_of_a_row),
        cmocka_unit_test(test_every_other_length_is_refused),
        cmocka_unit_test(test_unknown_heads_are_refused),
        cmocka_unit_test(test_padding_is_zero),
        cmocka_unit_test(test_ends_of_a_hot_record),
        cmocka_unit_test(test_owners_of_a_hot_record),
        cmocka_unit_test(test_rows_that_contradict_themselves),
        cmocka_unit_test(test_sealed_flag_and_length_agree),
        cmocka_unit_test(test_longest_records_fit_their_buffers),
        cmocka_unit_test(test_lengths_beyond_the_limits_are_refused),
        cmocka_unit_test(test_configurations_that_cannot_be),
        cmocka_unit_test(test_key_counts),
        cmocka_unit_test(test_as_many_keys_as_there_may_be),
        cmocka_unit_test(test_states_of_other_schemas),
        cmocka_unit_test(test_schema_of_what_is_no_state),
        cmocka_unit_test(test_more_revoked_than_there_are),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
