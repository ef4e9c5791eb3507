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
    assert_code(atk_hot_decode(bytes, sample_bytes(VECTOR_HOT_REVOKED, bytes), &hot), 0);
    assert_int_equal(hot.key_id, 7);
    assert_int_equal(hot.flags, ATK_FLAG_REVOKED | ATK_FLAG_FINAL);
    assert_false(hot.is_newer);
    assert_true(hot.end_ms == FIXTURE_NOW);
    assert_true(hot.slot == ATK_SLOT_NONE);
    assert_int_equal(hot.revision, 2);
    assert_int_equal(hot.owner_len, 2);
    assert_memory_equal(hot.owner, "\xC3\xBC", 2);
    assert_int_equal(hot.verifier[23], 23);
    assert_int_equal(hot.parts_len, 0);
    assert_code(atk_hot_decode(bytes, sample_bytes(VECTOR_HOT, bytes), &hot), 0);
    assert_int_equal(hot.flags, 0);
    assert_int_equal(sample_bytes(VECTOR_HOT, bytes), 72 + 1); /* for an owner of 17 bytes */
}

static void test_fields_of_a_row(void **state) {
    (void)state;
    struct atk_row row;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    assert_code(atk_row_decode(bytes, sample_bytes(VECTOR_ROW_REVOKED, bytes), &row), 0);
    assert_int_equal(row.flags, ATK_FLAG_REVOKED | ATK_FLAG_FINAL);
    assert_false(row.is_newer);
    assert_true(row.revoked_ms == INT64_C(1750000000000) &&
                row.undo_until_ms == INT64_C(1750003600000) &&
                row.created_ms == INT64_C(1700000000000));
    assert_int_equal(row.expiry_kind, APITOKEN_EXPIRY_INSTANT);
    assert_int_equal(row.reason_code, APITOKEN_REASON_OWNER_GONE);
    assert_int_equal(row.revision, 2);
    assert_int_equal(row.mark, 0x03020100);
    assert_memory_equal(row.reason, "lost", row.reason_len);
    assert_memory_equal(row.description, "old laptop", row.description_len);
    assert_code(atk_row_decode(bytes, sample_bytes(VECTOR_ROW_DAY, bytes), &row), 0);
    assert_int_equal(row.day, 20261231);
    assert_int_equal(row.sealed_key_id, 1);
    assert_memory_equal(row.zone, "Europe/Berlin", row.zone_len);
    assert_bytes(row.sealed, row.sealed_len, VECTOR_SEALED);
    assert_int_equal(row.other_len, 0);
    assert_code(atk_row_decode(bytes, sample_bytes(VECTOR_ROW_NEVER, bytes), &row), 0);
    assert_int_equal(row.expiry_kind, APITOKEN_EXPIRY_NEVER);
    assert_int_equal(row.reason_code, 0);
    assert_true(row.undo_until_ms == 0);
}

static void test_a_view_of_a_row_shows_the_same(void **state) {
    (void)state;
    struct atk_row row;
    struct atk_row_view stored, made;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    size_t len = sample_bytes(VECTOR_ROW_DAY, bytes);
    assert_code(atk_row_parse_view(bytes, len, &stored), 0);
    assert_code(atk_row_decode(bytes, len, &row), 0);
    made = atk_row_view_of(&row);
    assert_int_equal(made.day, stored.day);
    assert_int_equal(made.mark, stored.mark);
    assert_int_equal(made.slot, stored.slot);
    assert_int_equal(made.revision, stored.revision);
    assert_int_equal(made.sealed_key_id, stored.sealed_key_id);
    assert_memory_equal(made.zone, stored.zone, stored.zone_len);
    assert_memory_equal(made.sealed, stored.sealed, stored.sealed_len);
}

static void test_key_of_a_row(void **state) {
    (void)state;
    uint8_t key[ATK_ROW_KEY_MAX];
    char owner[APITOKEN_OWNER_MAX];
    memset(owner, 'o', sizeof owner);
    size_t len = atk_row_key(SAMPLE_OWNER, strlen(SAMPLE_OWNER), SAMPLE_ID, key);
    assert_bytes(key, len, VECTOR_ROW_KEY);
    assert_int_equal(atk_row_key(owner, sizeof owner, SAMPLE_ID, key), ATK_ROW_KEY_MAX);
    assert_true(ATK_ROW_KEY_MAX <= 511); /* LMDB's longest key */
}

static void test_mark_of_a_verifier(void **state) {
    (void)state;
    static const uint8_t verifier[ATK_VERIFIER_LEN] = { 1, 2, 3, 0x84, 5 };
    assert_int_equal(atk_mark_of(verifier), 0x84030201);
}

static void test_the_revision_stops_at_its_end(void **state) {
    (void)state;
    assert_int_equal(atk_revision_after(1), 2);
    assert_int_equal(atk_revision_after(UINT32_MAX - 1), UINT32_MAX);
    assert_int_equal(atk_revision_after(UINT32_MAX), UINT32_MAX);
}

/* ---- parts ----------------------------------------------------------------------------------- */

/* Puts a part before the tag of a record; returns the new length. */
static size_t add_part(uint8_t *bytes, size_t len, unsigned type, size_t value_len) {
    uint8_t *at = bytes + len - ATK_TAG_LEN;
    memset(at, 0, 3 + value_len + ATK_TAG_LEN);
    at[0] = (uint8_t)type;
    at[1] = (uint8_t)value_len;
    at[2] = (uint8_t)(value_len >> 8);
    return len + 3 + value_len;
}

/* What the codec says about a record that is not one of a token. */
static int decode_named(const char *name, const uint8_t *bytes, size_t len) {
    static union {
        struct atk_config config;
        struct atk_keys_record keys;
        struct atk_state_record state;
        struct atk_policy_record policy;
        struct atk_owner_record owner;
        struct atk_audit audit;
        struct atk_slots slots;
    } is;
    if (strncmp(name, "slots", 5) == 0) return atk_slots_decode(bytes, len, &is.slots);
    if (strncmp(name, "policy", 6) == 0) return atk_policy_record_decode(bytes, len, &is.policy);
    if (strncmp(name, "owner", 5) == 0) return atk_owner_record_parse(bytes, len, &is.owner);
    if (strncmp(name, "audit", 5) == 0) return atk_audit_parse(bytes, len, &is.audit);
    if (strcmp(name, "config") == 0) return atk_config_decode(bytes, len, &is.config);
    if (strcmp(name, "keys") == 0) return atk_keys_decode(bytes, len, &is.keys);
    return atk_state_record_decode(bytes, len, &is.state);
}

static bool is_named(const char *name) {
    return strcmp(name, "config") == 0 || strcmp(name, "keys") == 0 ||
           strcmp(name, "policy") == 0 || strcmp(name, "state") == 0 ||
           strncmp(name, "slots", 5) == 0;
}

static void test_unknown_parts_of_every_type(void **state) {
    (void)state;
    static uint8_t bytes[SAMPLE_BYTES_MAX], again[SAMPLE_BYTES_MAX];
    for (size_t i = 0; i < SAMPLE_RECORDS; i++) {
        const struct sample_record *sample = &sample_records[i];
        for (unsigned type = 0; type < 256; type++) {
            struct atk_hot hot;
            struct atk_row row;
            size_t len = sample_bytes(sample->frozen, bytes);
            if (strstr(sample->name, "parts") || strstr(sample->name, "newer") ||
                strstr(sample->name, "sealed") || strstr(sample->name, "revoked"))
                continue;
            len = add_part(bytes, len, type, 5);
            const bool is_part = type != 0 && type != 255;
            if (is_named(sample->name)) {
                assert_code(decode_named(sample->name, bytes, len), !is_part ? APITOKEN_E_DAMAGED
                                                                    : type < 128 ? APITOKEN_E_NEWER
                                                                                 : 0);
            } else if (bytes[1] == ATK_TYPE_HOT) {
                assert_code(atk_hot_decode(bytes, len, &hot), is_part ? 0 : APITOKEN_E_DAMAGED);
                if (is_part) assert_int_equal(hot.is_newer, type < 128);
            } else if (type > ATK_PART_REVOCATION) { /* those have a meaning */
                assert_code(atk_row_decode(bytes, len, &row), is_part ? 0 : APITOKEN_E_DAMAGED);
                if (is_part) assert_int_equal(row.is_newer, type < 128);
            }
            if (!is_part || (is_named(sample->name) && type < 128)) continue;
            if (bytes[1] == ATK_TYPE_ROW && type <= ATK_PART_REVOCATION) continue;
            assert_int_equal(sample->recode(bytes, len, again), len);
            assert_memory_equal(again, bytes, UNTAGGED(len));
        }
    }
}

static void test_parts_stand_in_order(void **state) {
    (void)state;
    static const struct {
        unsigned types[3];
        int is_good;
    } rows[] = { { { 130, 131, 132 }, 1 }, { { 130, 130, 132 }, 0 }, { { 132, 131, 133 }, 0 },
                 { { 10, 130, 254 }, 1 },  { { 10, 130, 20 }, 0 },   { { 130, 10, 254 }, 0 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t sample = 0; sample < SAMPLE_RECORDS; sample++) {
            uint8_t bytes[SAMPLE_BYTES_MAX], again[SAMPLE_BYTES_MAX];
            const char *name = sample_records[sample].name;
            size_t len = sample_bytes(sample_records[sample].frozen, bytes);
            if (strcmp(name, "hot") != 0 && strcmp(name, "row, never") != 0 && !is_named(name))
                continue;
            if (strstr(name, "parts")) continue; /* they would stand before those */
            for (size_t k = 0; k < 3; k++) len = add_part(bytes, len, rows[i].types[k], k);
            const bool is_newer = rows[i].types[0] == 10;
            if (is_named(name))
                assert_code(decode_named(name, bytes, len), !rows[i].is_good ? APITOKEN_E_DAMAGED
                                                            : is_newer       ? APITOKEN_E_NEWER
                                                                             : 0);
            else
                assert_int_equal(sample_records[sample].recode(bytes, len, again),
                                 rows[i].is_good ? len : 0);
        }
    }
}

static void test_a_part_ends_with_the_record(void **state) {
    (void)state;
    for (size_t cut = 1; cut < 8; cut++) {
        uint8_t bytes[SAMPLE_BYTES_MAX] = { 0 }, again[SAMPLE_BYTES_MAX];
        for (size_t i = 0; i < SAMPLE_RECORDS; i++) {
            size_t len = sample_bytes(sample_records[i].frozen, bytes);
            len = add_part(bytes, len, 254, 5);
            if (bytes[len - 5 - 3 - ATK_TAG_LEN - 4] == 254) continue; /* has one already */
            assert_int_equal(sample_records[i].recode(bytes, len - cut, again), 0);
        }
    }
}

/* Longer, shorter or of an unknown kind: not this version's, so not damage. */
static void test_known_parts_of_another_form_are_newer(void **state) {
    (void)state;
    static const struct {
        unsigned flags, kind, type;
        size_t len;
        int64_t end_ms;
    } rows[] = {
        { 0, APITOKEN_EXPIRY_DAY, ATK_PART_DAY, 4, 1 },
        { 0, APITOKEN_EXPIRY_DAY, ATK_PART_DAY, 4 + APITOKEN_ZONE_MAX + 1, 1 },
        { ATK_FLAG_REVOKED, 3, ATK_PART_REVOCATION, 16, ATK_END_NEVER },
        { ATK_FLAG_REVOKED, 3, ATK_PART_REVOCATION, 17 + APITOKEN_REASON_MAX + 1, ATK_END_NEVER },
        { 0, 3, ATK_PART_INTERFACES, 7, ATK_END_NEVER },
        { 0, 3, ATK_PART_NETWORKS, 6, ATK_END_NEVER },
        { 0, 3, ATK_PART_OLDER_SECRET, 12 + 1, ATK_END_NEVER },
        { 0, 3, ATK_PART_SEALED, 5 + ATK_SEAL_OVERHEAD, ATK_END_NEVER },
        { 0, 3, ATK_PART_SEALED, 5 + ATK_SEALED_MAX + 1, ATK_END_NEVER },
        { 0, 3, ATK_PART_SEALED, 100, ATK_END_NEVER }, /* of suite 0 */
        { 0, 4, 128, 0, ATK_END_NEVER },
        { 0, 255, 128, 0, 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[SAMPLE_BYTES_MAX], again[SAMPLE_BYTES_MAX];
        struct atk_row row;
        size_t len = sample_bytes(VECTOR_ROW_NEVER, bytes);
        len = add_part(bytes, len, rows[i].type, rows[i].len);
        bytes[2] = (uint8_t)rows[i].flags;
        bytes[3] = (uint8_t)rows[i].kind;
        memcpy(bytes + 16, &rows[i].end_ms, 8);
        assert_code(atk_row_decode(bytes, len, &row), 0);
        assert_true(row.is_newer);
        assert_int_equal(row.sealed_len, 0);
        assert_int_equal(row.zone_len, 0);
        assert_int_equal(atk_row_encode(&row, again), len);
        assert_memory_equal(again, bytes, UNTAGGED(len));
    }
}

static void test_unknown_flags_are_newer_and_kept(void **state) {
    (void)state;
    for (unsigned flag = 1; flag < 256; flag *= 2) {
        uint8_t bytes[SAMPLE_BYTES_MAX], again[SAMPLE_BYTES_MAX];
        struct atk_hot hot;
        struct atk_row row;
        const bool is_known = flag <= ATK_FLAG_FINAL;
        if (flag == ATK_FLAG_REVOKED) continue; /* that has a part */
        size_t len = sample_bytes(VECTOR_HOT, bytes);
        bytes[2] = (uint8_t)flag;
        assert_code(atk_hot_decode(bytes, len, &hot), 0);
        assert_int_equal(hot.is_newer, !is_known);
        assert_int_equal(atk_hot_encode(&hot, again), len);
        assert_memory_equal(again, bytes, UNTAGGED(len));
        len = sample_bytes(VECTOR_ROW_DAY, bytes);
        bytes[2] = (uint8_t)flag;
        assert_code(atk_row_decode(bytes, len, &row), 0);
        assert_int_equal(row.is_newer, !is_known);
        assert_int_equal(atk_row_encode(&row, again), len);
        assert_memory_equal(again, bytes, UNTAGGED(len));
    }
}

static void test_a_row_without_room_for_its_parts(void **state) {
    (void)state;
    static uint8_t bytes[SAMPLE_BYTES_MAX];
    struct atk_row row;
    sample_row_newer(&row);
    size_t len = atk_row_encode(&row, bytes);
    const size_t spare = ATK_ROW_MAX - len;
    row.reason_len = 0;
    row.revoked_ms = 1; /* a part of 20 bytes */
    const size_t filler = spare - 20;
    row.other[row.other_len - 6] = (uint8_t)(4 + filler); /* the last one is "last" */
    row.other[row.other_len - 5] = (uint8_t)((4 + filler) >> 8);
    row.other_len = (uint16_t)(row.other_len + filler);
    assert_int_equal(atk_row_encode(&row, bytes), ATK_ROW_MAX);
    row.reason_len = 1;
    assert_int_equal(atk_row_encode(&row, bytes), 0);
}

/* ---- what the codec alone refuses ------------------------------------------------------------ */

static void test_every_other_length_is_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < SAMPLE_RECORDS; i++) {
        uint8_t bytes[SAMPLE_BYTES_MAX] = { 0 }, again[SAMPLE_BYTES_MAX];
        size_t due = sample_bytes(sample_records[i].frozen, bytes);
        const char *name = sample_records[i].name;
        /* a record that ends after one of its parts is a shorter record */
        if (strstr(name, "parts") || strstr(name, "newer") || strstr(name, "sealed")) continue;
        for (size_t len = 0; len <= due + 64; len++)
            assert_int_equal(sample_records[i].recode(bytes, len, again), len == due ? due : 0);
    }
}

/* Version and type: only what this version writes. Anything else is newer. */
static void test_unknown_heads_are_newer(void **state) {
    (void)state;
    for (size_t i = 0; i < SAMPLE_RECORDS; i++) {
        for (size_t at = 0; at < 2; at++) {
            for (unsigned value = 0; value < 256; value++) {
                uint8_t bytes[SAMPLE_BYTES_MAX];
                static union {
                    struct atk_hot hot;
                    struct atk_row row;
                } is;
                size_t len = sample_bytes(sample_records[i].frozen, bytes);
                const uint8_t type = bytes[1];
                if (bytes[at] == value) continue;
                bytes[at] = (uint8_t)value;
                int rc = type == ATK_TYPE_HOT   ? atk_hot_decode(bytes, len, &is.hot)
                         : type == ATK_TYPE_ROW ? atk_row_decode(bytes, len, &is.row)
                                                : decode_named(sample_records[i].name, bytes, len);
                assert_code(rc, APITOKEN_E_NEWER);
            }
        }
    }
}

/* The two bytes of the type of a record of the store as a whole may get a meaning later. */
static void test_own_bytes_of_named_records_are_newer(void **state) {
    (void)state;
    for (size_t i = 0; i < SAMPLE_RECORDS; i++) {
        if (!is_named(sample_records[i].name)) continue;
        for (size_t at = 2; at < 4; at++) {
            uint8_t bytes[SAMPLE_BYTES_MAX];
            size_t len = sample_bytes(sample_records[i].frozen, bytes);
            bytes[at] = 1;
            assert_code(decode_named(sample_records[i].name, bytes, len), APITOKEN_E_NEWER);
        }
    }
}

static void test_padding_is_zero(void **state) {
    (void)state;
    static const struct {
        const char *frozen;
        size_t at[4];
    } rows[] = {
        { VECTOR_ROW_NEVER, { 37 } },
        { VECTOR_CONFIG, { 43 } },
        { VECTOR_POLICY, { 20, 21, 22, 23 } },
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
    return atk_hot_decode(bytes, atk_hot_encode(hot, bytes), &again) == 0;
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
        bytes[3] = (uint8_t)len;
        assert_code(atk_hot_decode(bytes, whole, &hot),
                    len >= 1 && len <= APITOKEN_OWNER_MAX ? 0 : APITOKEN_E_DAMAGED);
    }
}

/* 1 if a row is accepted with a field set to this value. */
static int row_survives(const struct atk_row *row) {
    uint8_t bytes[SAMPLE_BYTES_MAX] = { 0 };
    struct atk_row again;
    return atk_row_decode(bytes, atk_row_encode(row, bytes), &again) == 0;
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
    WITH(sample_row_day, row.flags |= ATK_FLAG_REVOKED); /* revoke drops the sealed copy */
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
         (row.expiry_kind = APITOKEN_EXPIRY_INSTANT, row.end_ms = ATK_END_NEVER, row.zone_len = 0));
    WITH(sample_row_day, row.expiry_kind = 255); /* which has no day */
    WITH(sample_row_day, row.created_ms = -1);
    WITH(sample_row_day, row.created_ms = ATK_MS_MAX + 1);
    WITH(sample_row_day, row.created_ms |= INT64_C(1) << 56); /* the last byte counts, too */
    WITH(sample_row_day, row.name_len = 0);
    WITH(sample_row_day, row.revision = 0);
    WITH(sample_row_revoked, row.revoked_ms = -1);
    WITH(sample_row_revoked, row.revoked_ms = ATK_MS_MAX + 1);
    WITH(sample_row_revoked, row.undo_until_ms = -1);
    WITH(sample_row_revoked, row.undo_until_ms = ATK_MS_MAX + 1);
    WITH(sample_row_revoked, row.flags = 0);
    WITH(sample_row_revoked, row.sealed_len = ATK_SEALED_MAX);
    WITH(sample_row_revoked, row.expiry_kind = APITOKEN_EXPIRY_NEVER);
    WITH(sample_row_revoked, row.expiry_kind = APITOKEN_EXPIRY_DAY);
}

/* The kind of an option that was not given is never stored, and nothing stands for the parts. */
static void test_a_row_without_what_its_head_says(void **state) {
    (void)state;
    static const unsigned heads[][2] = { { 2, ATK_FLAG_REVOKED }, { 3, 0 } };
    for (size_t i = 0; i < 2; i++) {
        uint8_t bytes[SAMPLE_BYTES_MAX];
        struct atk_row row;
        size_t len = sample_bytes(VECTOR_ROW_NEVER, bytes);
        bytes[heads[i][0]] = (uint8_t)heads[i][1];
        assert_code(atk_row_decode(bytes, len, &row), APITOKEN_E_DAMAGED);
    }
}

static void test_a_revision_of_zero_is_none(void **state) {
    (void)state;
    struct atk_hot hot;
    sample_hot(&hot);
    hot.revision = 0;
    assert_false(hot_survives(&hot));
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
    const size_t len = atk_row_encode(&row, bytes);
    assert_in_range(len, 1, ATK_ROW_MAX);
    assert_true(row_survives(&row));
    /* with parts of a later version as long as a record may be */
    row.other_len = (uint16_t)(ATK_ROW_MAX - len);
    memset(row.other, 0, row.other_len);
    row.other[0] = 128;
    row.other[1] = (uint8_t)(row.other_len - 3);
    row.other[2] = (uint8_t)((row.other_len - 3) >> 8);
    assert_int_equal(atk_row_encode(&row, bytes), ATK_ROW_MAX);
    assert_true(row_survives(&row));
    sample_hot(&hot);
    hot.owner_len = APITOKEN_OWNER_MAX;
    hot.parts_len = ATK_HOT_MAX - ATK_HOT_FIXED - APITOKEN_OWNER_MAX - ATK_TAG_LEN;
    memset(hot.parts, 0, hot.parts_len);
    hot.parts[0] = 128;
    hot.parts[1] = (uint8_t)(hot.parts_len - 3);
    hot.parts[2] = (uint8_t)((hot.parts_len - 3) >> 8);
    assert_int_equal(atk_hot_encode(&hot, bytes), ATK_HOT_MAX);
    assert_true(hot_survives(&hot));
    /* one byte more */
    size_t more = add_part(bytes, ATK_HOT_MAX, 254, 0);
    assert_code(atk_hot_decode(bytes, more, &hot), APITOKEN_E_DAMAGED);
}

/* A text that is too long for the struct must be refused before it is copied. */
static void test_lengths_beyond_the_limits_are_refused(void **state) {
    (void)state;
    static const struct {
        size_t at, width;
        unsigned max;
    } rows[] = { { 36, 1, APITOKEN_NAME_MAX }, { 38, 2, APITOKEN_DESCRIPTION_MAX } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static uint8_t bytes[70000];
        struct atk_row row;
        unsigned values[] = { rows[i].max + 1, rows[i].width == 1 ? 255 : 65535 };
        for (size_t k = 0; k < 2; k++) {
            memset(bytes, 0, sizeof bytes);
            size_t len = sample_bytes(VECTOR_ROW_NEVER, bytes), old = bytes[rows[i].at];
            for (size_t b = 0; b < rows[i].width; b++)
                bytes[rows[i].at + b] = (uint8_t)(values[k] >> 8 * b);
            assert_code(atk_row_decode(bytes, len - old + values[k], &row), APITOKEN_E_DAMAGED);
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
        if (atk_config_decode(bytes, len, &config) != APITOKEN_E_DAMAGED)
            fail_msg("byte %zu of value %u is read", rows[i].at, rows[i].value);
    }
}

static void test_an_unknown_copy_policy_is_newer(void **state) {
    (void)state;
    for (unsigned policy = 0; policy < 256; policy++) {
        uint8_t bytes[SAMPLE_BYTES_MAX];
        struct atk_config config;
        size_t len = sample_bytes(VECTOR_CONFIG, bytes);
        bytes[40] = (uint8_t)policy;
        assert_code(atk_config_decode(bytes, len, &config),
                    policy == 1 || policy == 2 ? 0 : APITOKEN_E_NEWER);
    }
}

static void test_the_store_id_needs_no_more(void **state) {
    (void)state;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    size_t len = sample_bytes(VECTOR_CONFIG, bytes);
    assert_memory_equal(atk_config_store_id(bytes, len), sample_store_id, ATK_STORE_ID_LEN);
    assert_non_null(atk_config_store_id(bytes, 24));
    assert_null(atk_config_store_id(bytes, 23));
}

static void test_key_counts(void **state) {
    (void)state;
    static const uint16_t counts[] = { 0, 3, 33, 257, 0x0200, UINT16_MAX };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        uint8_t bytes[SAMPLE_BYTES_MAX];
        struct atk_keys_record record;
        size_t len = sample_bytes(VECTOR_KEYS, bytes);
        memcpy(bytes + ATK_RECORD_HEAD, &counts[i], 2);
        assert_code(atk_keys_decode(bytes, len, &record), APITOKEN_E_DAMAGED);
        /* as long as a record without keys */
        assert_code(atk_keys_decode(bytes, ATK_KEYS_FIXED + ATK_TAG_LEN, &record),
                    APITOKEN_E_DAMAGED);
    }
}

static void test_flags_of_a_listed_key(void **state) {
    (void)state;
    for (size_t bit = 0; bit < 32; bit++) {
        uint8_t bytes[SAMPLE_BYTES_MAX];
        struct atk_keys_record record;
        size_t len = sample_bytes(VECTOR_KEYS, bytes);
        bytes[ATK_KEYS_FIXED + 4 + bit / 8] = (uint8_t)(1u << bit % 8);
        assert_code(atk_keys_decode(bytes, len, &record), bit < 2 ? 0 : APITOKEN_E_NEWER);
        if (bit >= 2) continue;
        assert_int_equal(atk_keys_record_entry(&record, 0).flags, 1u << bit);
        assert_int_equal(atk_keys_record_flags(&record, 1), 1u << bit);
        assert_int_equal(atk_keys_record_flags(&record, 7), 0);
        assert_int_equal(atk_keys_record_flags(&record, 2), 0); /* not listed */
        atk_keys_record_set_flags(&record, 0, 0);
        assert_bytes(record.bytes, record.len, VECTOR_KEYS);
    }
    uint8_t bytes[SAMPLE_BYTES_MAX];
    struct atk_keys_record record;
    size_t len = sample_bytes(VECTOR_KEYS, bytes);
    bytes[ATK_KEYS_FIXED + 4] = ATK_KEY_RETIRED | ATK_KEY_RETIRING; /* not both */
    assert_code(atk_keys_decode(bytes, len, &record), APITOKEN_E_NEWER);
}

/* Keys 2, 4, 6 ... as many as there may be. */
static void fill_keys(struct atk_keys_record *record) {
    struct atk_keys_entry entry = { .key_id = 2 };
    atk_keys_record_init(record);
    for (; atk_keys_record_count(record) < ATK_KEYS_LISTED_MAX; entry.key_id += 2) {
        memset(&entry.prints, (int)entry.key_id & 0xFF, sizeof entry.prints);
        assert_true(atk_keys_record_add(record, &entry));
    }
}

static void assert_decodes(const struct atk_keys_record *record) {
    static struct atk_keys_record again;
    assert_code(atk_keys_decode(record->bytes, record->len, &again), 0);
    assert_int_equal(again.len, record->len);
}

static void test_a_retired_key_makes_room(void **state) {
    (void)state;
    static struct atk_keys_record record;
    struct atk_keys_entry entry = { .key_id = 601, .flags = ATK_KEY_RETIRING };
    fill_keys(&record);
    const size_t len = record.len;
    atk_keys_record_set_flags(&record, 5, ATK_KEY_RETIRING); /* that is not enough */
    assert_false(atk_keys_record_add(&record, &entry));
    assert_int_equal(record.len, len);
    atk_keys_record_set_flags(&record, 9, ATK_KEY_RETIRED); /* 20 */
    atk_keys_record_set_flags(&record, 4, ATK_KEY_RETIRED); /* 10 */
    assert_true(atk_keys_record_add(&record, &entry));
    assert_int_equal(atk_keys_record_count(&record), ATK_KEYS_LISTED_MAX);
    assert_int_equal(record.len, len + 3 + 4); /* the part */
    assert_decodes(&record);
    assert_int_equal(atk_keys_record_find(&record, 10), ATK_KEYS_LISTED_MAX);
    for (uint32_t id = 1; id < 700; id++) {
        const bool is_listed = atk_keys_record_find(&record, id) < atk_keys_record_count(&record);
        uint32_t due = id == 20 || (!is_listed && id <= 10) ? ATK_KEY_RETIRED : 0;
        if (id == 12 || id == 601) due = ATK_KEY_RETIRING;
        assert_int_equal(atk_keys_record_flags(&record, id), due);
    }
    entry.key_id = 602;
    assert_true(atk_keys_record_add(&record, &entry));
    assert_int_equal(record.len, len + 3 + 4);
    assert_int_equal(atk_keys_record_flags(&record, 20), ATK_KEY_RETIRED);
    assert_int_equal(atk_keys_record_flags(&record, 19), ATK_KEY_RETIRED);
    assert_int_equal(atk_keys_record_flags(&record, 21), 0);
    assert_decodes(&record);
    entry.key_id = 603;
    assert_false(atk_keys_record_add(&record, &entry));
}

/* The floor only rises: a key of a lower id that is retired later leaves it where it is. */
static void test_the_floor_of_retired_keys_only_rises(void **state) {
    (void)state;
    static struct atk_keys_record record;
    struct atk_keys_entry entry = { .key_id = 601 };
    fill_keys(&record);
    atk_keys_record_set_flags(&record, 9, ATK_KEY_RETIRED); /* 20 */
    assert_true(atk_keys_record_add(&record, &entry));
    atk_keys_record_set_flags(&record, 4, ATK_KEY_RETIRED); /* 10 */
    entry.key_id = 602;
    assert_true(atk_keys_record_add(&record, &entry));
    assert_int_equal(atk_keys_record_flags(&record, 10), ATK_KEY_RETIRED);
    assert_int_equal(atk_keys_record_flags(&record, 20), ATK_KEY_RETIRED);
    assert_decodes(&record);
}

/* Keys come in the order in which they were first used. */
static void test_the_lowest_id_goes_wherever_it_stands(void **state) {
    (void)state;
    static struct atk_keys_record record;
    struct atk_keys_entry entry = { .key_id = 600 };
    atk_keys_record_init(&record);
    for (; atk_keys_record_count(&record) < ATK_KEYS_LISTED_MAX; entry.key_id -= 2)
        assert_true(atk_keys_record_add(&record, &entry));
    atk_keys_record_set_flags(&record, 5, ATK_KEY_RETIRED);  /* 590 */
    atk_keys_record_set_flags(&record, 50, ATK_KEY_RETIRED); /* 500 */
    atk_keys_record_set_flags(&record, 20, ATK_KEY_RETIRED); /* 560 */
    entry.key_id = 601;
    assert_true(atk_keys_record_add(&record, &entry));
    assert_int_equal(atk_keys_record_find(&record, 500), ATK_KEYS_LISTED_MAX);
    assert_int_equal(atk_keys_record_flags(&record, 501), 0);
    assert_int_equal(atk_keys_record_flags(&record, 590), ATK_KEY_RETIRED);
    assert_decodes(&record);
}

/* What a later version put behind the entries leaves no room for the part. */
static void test_a_retired_key_makes_no_room_if_its_part_takes_that(void **state) {
    (void)state;
    static struct atk_keys_record record;
    struct atk_keys_entry entry = { .key_id = 601 };
    fill_keys(&record);
    record.len = add_part(record.bytes, record.len, 200, ATK_KEYS_RECORD_MAX - record.len - 3);
    assert_decodes(&record);
    atk_keys_record_set_flags(&record, 4, ATK_KEY_RETIRED);
    assert_false(atk_keys_record_add(&record, &entry));
}

/* The part in another form, and beside one that may be ignored. */
static void test_the_part_of_a_list_of_keys(void **state) {
    (void)state;
    for (uint8_t part_len = 0; part_len < 8; part_len++) {
        uint8_t bytes[SAMPLE_BYTES_MAX];
        struct atk_keys_record record;
        size_t len = sample_bytes(VECTOR_KEYS, bytes);
        len = add_part(bytes, len, 1, part_len);
        len = add_part(bytes, len, 200, 3);
        assert_code(atk_keys_decode(bytes, len, &record), part_len == 4 ? 0 : APITOKEN_E_NEWER);
        bytes[len - 8 - 1 - 5] = 1; /* a length that does not fit */
        assert_code(atk_keys_decode(bytes, len - 1, &record), APITOKEN_E_DAMAGED);
    }
}

static void test_as_many_keys_as_there_may_be(void **state) {
    (void)state;
    static struct atk_keys_record record, again;
    struct atk_keys_entry entry = { 0 };
    atk_keys_record_init(&record);
    for (entry.key_id = 1; entry.key_id <= ATK_KEYS_LISTED_MAX; entry.key_id++)
        assert_true(atk_keys_record_add(&record, &entry));
    assert_false(atk_keys_record_add(&record, &entry));
    assert_int_equal(atk_keys_record_count(&record), ATK_KEYS_LISTED_MAX);
    assert_code(atk_keys_decode(record.bytes, record.len, &again), 0);
    assert_int_equal(atk_keys_record_entry(&again, 255).key_id, 256);
}

/* Longer entries and parts: a key that is added leaves all of that as it was. */
static void test_a_key_is_added_to_a_newer_list(void **state) {
    (void)state;
    uint8_t bytes[SAMPLE_BYTES_MAX], *at = bytes + ATK_KEYS_FIXED;
    struct atk_keys_record record;
    struct atk_keys_entry entry = { .key_id = 9 };
    memset(&entry.prints, 0x77, sizeof entry.prints);
    size_t len = sample_bytes(VECTOR_KEYS, bytes);
    memmove(at + 2 * 60, at + 2 * 56, ATK_TAG_LEN);
    memmove(at + 60, at + 56, 56);
    memset(at + 56, 0x11, 4);
    memset(at + 60 + 56, 0x22, 4);
    bytes[10] = 60;
    len = add_part(bytes, len + 8, 200, 3);
    assert_code(atk_keys_decode(bytes, len, &record), 0);
    assert_int_equal(atk_keys_record_entry(&record, 1).key_id, 7);
    assert_true(atk_keys_record_add(&record, &entry));
    assert_int_equal(atk_keys_record_count(&record), 3);
    assert_int_equal(record.len, len + 60);
    assert_memory_equal(record.bytes + ATK_KEYS_FIXED, at, 2 * 60);
    assert_memory_equal(record.bytes + ATK_KEYS_FIXED + 3 * 60, at + 2 * 60, 6);
    const struct atk_keys_entry got = atk_keys_record_entry(&record, 2);
    assert_int_equal(got.key_id, 9);
    assert_memory_equal(&got.prints, &entry.prints, sizeof entry.prints);
    assert_code(atk_keys_decode(record.bytes, record.len, &record), 0);
}

static void test_a_list_of_keys_has_an_end(void **state) {
    (void)state;
    static struct atk_keys_record record;
    static const uint8_t long_record[ATK_KEYS_RECORD_MAX + 1];
    struct atk_keys_entry entry = { .key_id = 1 };
    assert_code(atk_keys_decode(long_record, sizeof long_record, &record), APITOKEN_E_DAMAGED);
    atk_keys_record_init(&record);
    record.bytes[10] = 128; /* length of an entry of a later version */
    while (atk_keys_record_add(&record, &entry)) entry.key_id++;
    assert_int_equal(atk_keys_record_count(&record),
                     (ATK_KEYS_RECORD_MAX - ATK_KEYS_FIXED - ATK_TAG_LEN) / 128);
    assert_true(record.len <= sizeof record.bytes);
}

static void test_parts_of_a_configuration_have_an_end(void **state) {
    (void)state;
    static uint8_t bytes[ATK_CONFIG_MAX + SAMPLE_BYTES_MAX];
    struct atk_config config;
    (void)sample_bytes(VECTOR_CONFIG, bytes);
    assert_code(atk_config_decode(bytes, sizeof bytes, &config), APITOKEN_E_DAMAGED);
}

/* Why a later version revoked a token changes nothing about it. */
static void test_every_reason_code_is_kept(void **state) {
    (void)state;
    for (unsigned code = 0; code < 256; code++) {
        uint8_t bytes[SAMPLE_BYTES_MAX];
        struct atk_row row, again;
        sample_row_revoked(&row);
        row.reason_code = (uint8_t)code;
        assert_code(atk_row_decode(bytes, atk_row_encode(&row, bytes), &again), 0);
        assert_false(again.is_newer);
        assert_int_equal(again.reason_code, code);
    }
}

/* One that has a form of a later version stays as it is, and no second one is written. */
static void test_a_revocation_of_another_form_is_written_once(void **state) {
    (void)state;
    uint8_t bytes[SAMPLE_BYTES_MAX], again[SAMPLE_BYTES_MAX];
    static struct atk_row row;
    size_t len = add_part(bytes, sample_bytes(VECTOR_ROW_NEVER, bytes), ATK_PART_REVOCATION, 16);
    bytes[2] = ATK_FLAG_REVOKED;
    assert_code(atk_row_decode(bytes, len, &row), 0);
    assert_true(row.is_newer);
    row.revoked_ms = FIXTURE_NOW;
    assert_int_equal(atk_row_encode(&row, again), len);
    assert_memory_equal(again, bytes, UNTAGGED(len));
}

static void test_states_of_other_schemas(void **state) {
    (void)state;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    struct atk_state_record record;
    for (unsigned schema = 0; schema < 4; schema++) {
        size_t len = sample_bytes(VECTOR_STATE, bytes);
        bytes[ATK_RECORD_HEAD] = (uint8_t)schema;
        assert_code(atk_state_record_decode(bytes, len, &record),
                    schema == ATK_SCHEMA ? 0 : APITOKEN_E_NEWER);
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
    assert_int_equal(atk_state_record_schema(bytes, len), ATK_SCHEMA);
}

static void test_more_audit_records_removed_than_there_were(void **state) {
    (void)state;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    struct atk_state_record record;
    size_t len = sample_bytes(VECTOR_STATE, bytes);
    bytes[96] = 4; /* of 3 */
    assert_code(atk_state_record_decode(bytes, len, &record), APITOKEN_E_DAMAGED);
    bytes[96] = 3;
    assert_code(atk_state_record_decode(bytes, len, &record), 0);
}

static void test_fields_of_a_state(void **state) {
    (void)state;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    struct atk_state_record record;
    size_t len = sample_bytes(VECTOR_STATE, bytes);
    assert_int_equal(len, ATK_STATE_FIXED + ATK_TAG_LEN);
    assert_code(atk_state_record_decode(bytes, len, &record), 0);
    assert_int_equal(record.audit_last.number, 3);
    assert_memory_equal(record.audit_last.tag, bytes + 80, ATK_CHAIN_TAG_LEN);
    assert_int_equal(record.audit_removed.number, 1);
    assert_memory_equal(record.audit_removed.tag, bytes + 104, ATK_CHAIN_TAG_LEN);
    assert_int_equal(record.audit_unrecorded, 4);
}

static void test_more_free_slots_than_were_given_away(void **state) {
    (void)state;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    struct atk_state_record record;
    size_t len = sample_bytes(VECTOR_STATE, bytes);
    bytes[36] = 7; /* of 6 */
    assert_code(atk_state_record_decode(bytes, len, &record), APITOKEN_E_DAMAGED);
    bytes[36] = 6;
    assert_code(atk_state_record_decode(bytes, len, &record), 0);
    assert_int_equal(record.next_slot, 6);
    assert_int_equal(record.free_slots, 6);
}

static void test_more_revoked_than_there_are(void **state) {
    (void)state;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    struct atk_state_record record;
    size_t len = sample_bytes(VECTOR_STATE, bytes);
    bytes[48] = 43;
    assert_code(atk_state_record_decode(bytes, len, &record), APITOKEN_E_DAMAGED);
    bytes[48] = 42;
    assert_code(atk_state_record_decode(bytes, len, &record), 0);
}

static void test_limits_of_a_store(void **state) {
    (void)state;
    static const struct {
        uint64_t units;
        int due;
    } rows[] = { { 0, APITOKEN_E_DAMAGED },         { ATK_MAP_MIN / 4096 - 1, APITOKEN_E_DAMAGED },
                 { ATK_MAP_MIN / 4096, 0 },         { ATK_MAP_MIN / 4096 + 1, 0 },
                 { ATK_MAP_MAX / 4096, 0 },         { ATK_MAP_MAX / 4096 + 1, APITOKEN_E_DAMAGED },
                 { UINT32_MAX, APITOKEN_E_DAMAGED } };
    uint8_t bytes[SAMPLE_BYTES_MAX];
    struct atk_state_record record;
    const size_t len = sample_bytes(VECTOR_STATE, bytes);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (unsigned at = 0; at < 4; at++) bytes[12 + at] = (uint8_t)(rows[i].units >> 8 * at);
        assert_code(atk_state_record_decode(bytes, len, &record), rows[i].due);
        if (rows[i].due == 0) assert_true(record.limit_bytes == rows[i].units * 4096);
    }
}

/* ---- lists of two states of a store ---------------------------------------------------------- */

static void make_list(struct atk_keys_record *record, const uint32_t flags[4]) {
    struct atk_keys_entry entry = { .key_id = 1 };
    atk_keys_record_init(record);
    for (; entry.key_id <= 4; entry.key_id++) {
        if (flags[entry.key_id - 1] == UINT32_MAX) continue; /* not listed */
        entry.flags = flags[entry.key_id - 1];
        assert_true(atk_keys_record_add(record, &entry));
    }
}

#define NONE UINT32_MAX

/* What is retired in one of them is: for good in a list alone, again where records may name it. */
static void test_lists_are_merged_and_carried_over(void **state) {
    (void)state;
    static const uint32_t rows[][4] = { /* own, other, merged, carried over */
                                        { 0, 0, 0, 0 },    { 0, 1, 1, 2 },    { 0, 2, 2, 2 },
                                        { 1, 0, 1, 1 },    { 1, 2, 1, 1 },    { 2, 0, 2, 2 },
                                        { 2, 1, 1, 2 },    { NONE, 0, 0, 0 }, { NONE, 1, 1, 1 },
                                        { NONE, 2, 2, 2 }, { 2, NONE, 2, 2 }
    };
    static struct atk_keys_record own, other;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int carry = 0; carry < 2; carry++) {
            make_list(&own, (const uint32_t[]){ 0, rows[i][0], 0, NONE });
            make_list(&other, (const uint32_t[]){ 0, rows[i][1], 0, 0 });
            assert_true(carry ? atk_keys_record_carry(&own, &other)
                              : atk_keys_record_merge(&own, &other));
            assert_int_equal(atk_keys_record_flags(&own, 2), rows[i][2 + carry]);
            assert_int_equal(atk_keys_record_flags(&own, 1), 0);
            assert_int_equal(atk_keys_record_count(&own),
                             2 + (rows[i][0] != NONE || rows[i][2] != 0));
            assert_decodes(&own);
        }
}

static void test_the_floor_is_carried_over(void **state) {
    (void)state;
    static struct atk_keys_record own, other;
    struct atk_keys_entry entry = { .key_id = 601 };
    fill_keys(&other);
    atk_keys_record_set_flags(&other, 4, ATK_KEY_RETIRED); /* 10 */
    assert_true(atk_keys_record_add(&other, &entry));
    atk_keys_record_init(&own);
    entry.key_id = 10;
    assert_true(atk_keys_record_add(&own, &entry));
    assert_true(atk_keys_record_carry(&own, &other));
    assert_int_equal(atk_keys_record_flags(&own, 10), ATK_KEY_RETIRING);
    assert_int_equal(atk_keys_record_flags(&own, 9), ATK_KEY_RETIRED);
    assert_int_equal(atk_keys_record_flags(&own, 11), 0);
    assert_decodes(&own);
}

static void test_a_full_list_takes_no_more_over(void **state) {
    (void)state;
    static struct atk_keys_record own, other;
    fill_keys(&own);
    make_list(&other, (const uint32_t[]){ NONE, NONE, 1, NONE });
    assert_false(atk_keys_record_merge(&own, &other));
    own.len = add_part(own.bytes, own.len, 200, ATK_KEYS_RECORD_MAX - own.len - 3);
    fill_keys(&other);
    atk_keys_record_set_flags(&other, 4, ATK_KEY_RETIRED);
    assert_true(atk_keys_record_add(&other, &(struct atk_keys_entry){ .key_id = 601 }));
    assert_false(atk_keys_record_merge(&own, &other)); /* nor the part */
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frozen_bytes_are_written),
        cmocka_unit_test(test_frozen_bytes_are_read),
        cmocka_unit_test(test_fields_of_a_hot_record),
        cmocka_unit_test(test_fields_of_a_row),
        cmocka_unit_test(test_a_view_of_a_row_shows_the_same),
        cmocka_unit_test(test_key_of_a_row),
        cmocka_unit_test(test_mark_of_a_verifier),
        cmocka_unit_test(test_the_revision_stops_at_its_end),
        cmocka_unit_test(test_unknown_parts_of_every_type),
        cmocka_unit_test(test_parts_stand_in_order),
        cmocka_unit_test(test_a_part_ends_with_the_record),
        cmocka_unit_test(test_known_parts_of_another_form_are_newer),
        cmocka_unit_test(test_unknown_flags_are_newer_and_kept),
        cmocka_unit_test(test_a_row_without_room_for_its_parts),
        cmocka_unit_test(test_every_other_length_is_refused),
        cmocka_unit_test(test_unknown_heads_are_newer),
        cmocka_unit_test(test_own_bytes_of_named_records_are_newer),
        cmocka_unit_test(test_padding_is_zero),
        cmocka_unit_test(test_ends_of_a_hot_record),
        cmocka_unit_test(test_owners_of_a_hot_record),
        cmocka_unit_test(test_rows_that_contradict_themselves),
        cmocka_unit_test(test_a_row_without_what_its_head_says),
        cmocka_unit_test(test_a_revision_of_zero_is_none),
        cmocka_unit_test(test_longest_records_fit_their_buffers),
        cmocka_unit_test(test_lengths_beyond_the_limits_are_refused),
        cmocka_unit_test(test_configurations_that_cannot_be),
        cmocka_unit_test(test_an_unknown_copy_policy_is_newer),
        cmocka_unit_test(test_the_store_id_needs_no_more),
        cmocka_unit_test(test_key_counts),
        cmocka_unit_test(test_flags_of_a_listed_key),
        cmocka_unit_test(test_a_retired_key_makes_room),
        cmocka_unit_test(test_the_floor_of_retired_keys_only_rises),
        cmocka_unit_test(test_the_lowest_id_goes_wherever_it_stands),
        cmocka_unit_test(test_a_retired_key_makes_no_room_if_its_part_takes_that),
        cmocka_unit_test(test_the_part_of_a_list_of_keys),
        cmocka_unit_test(test_as_many_keys_as_there_may_be),
        cmocka_unit_test(test_a_key_is_added_to_a_newer_list),
        cmocka_unit_test(test_a_list_of_keys_has_an_end),
        cmocka_unit_test(test_parts_of_a_configuration_have_an_end),
        cmocka_unit_test(test_every_reason_code_is_kept),
        cmocka_unit_test(test_a_revocation_of_another_form_is_written_once),
        cmocka_unit_test(test_states_of_other_schemas),
        cmocka_unit_test(test_schema_of_what_is_no_state),
        cmocka_unit_test(test_more_free_slots_than_were_given_away),
        cmocka_unit_test(test_more_revoked_than_there_are),
        cmocka_unit_test(test_more_audit_records_removed_than_there_were),
        cmocka_unit_test(test_fields_of_a_state),
        cmocka_unit_test(test_limits_of_a_store),
        cmocka_unit_test(test_lists_are_merged_and_carried_over),
        cmocka_unit_test(test_the_floor_is_carried_over),
        cmocka_unit_test(test_a_full_list_takes_no_more_over),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
