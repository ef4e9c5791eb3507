/* SPDX-License-Identifier: MIT */
#include "outside/record_tag.h"

#include <string.h>

#include "cases.h"
#include "samples.h"

/* A frozen record with its key. */
struct stored {
    uint8_t db_key[SAMPLE_BYTES_MAX], bytes[SAMPLE_BYTES_MAX + 1];
    size_t key_len, len;
};

static void load(struct stored *stored, size_t i) {
    stored->key_len = sample_bytes(sample_records[i].db_key, stored->db_key);
    stored->len = sample_bytes(sample_records[i].frozen, stored->bytes);
}

/* Each test has the sample's keys to itself: some change them. */
static int setup(void **state) {
    static struct atk_keys keys;
    sample_keys(&keys);
    *state = &keys;
    return 0;
}

static int verify(const struct atk_keys *keys, const struct stored *stored) {
    return atk_record_tag_verify(keys, stored->db_key, stored->key_len, stored->bytes, stored->len);
}

static int is_key_id(size_t at) {
    return at >= ATK_RECORD_KEY_ID_AT && at < ATK_RECORD_KEY_ID_AT + 4;
}

/*
 * ... of the record. A flipped key id names a missing key, or another key, for which the tag is
 * wrong.
 */
static void test_every_flipped_bit_of_a_record_is_found(void **state) {
    const struct atk_keys *keys = *state;
    struct stored stored;
    for (size_t i = 0; i < SAMPLE_RECORDS; i++) {
        load(&stored, i);
        for (size_t bit = 0; bit < 8 * stored.len; bit++) {
            stored.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            int rc = verify(keys, &stored);
            assert_true(rc == APITOKEN_E_DAMAGED ||
                        (rc == APITOKEN_E_KEY_MISSING && is_key_id(bit / 8)));
            stored.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        assert_code(verify(keys, &stored), 0);
    }
}

static void test_every_flipped_bit_of_the_database_key_is_found(void **state) {
    const struct atk_keys *keys = *state;
    struct stored stored;
    for (size_t i = 0; i < SAMPLE_RECORDS; i++) {
        load(&stored, i);
        for (size_t bit = 0; bit < 8 * stored.key_len; bit++) {
            stored.db_key[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_code(verify(keys, &stored), APITOKEN_E_DAMAGED);
            stored.db_key[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void test_every_other_length_is_refused(void **state) {
    const struct atk_keys *keys = *state;
    struct stored stored;
    for (size_t i = 0; i < SAMPLE_RECORDS; i++) {
        memset(&stored, 0, sizeof stored);
        load(&stored, i);
        size_t due = stored.len;
        for (stored.len = 0; stored.len <= due + 32; stored.len++)
            assert_code(verify(keys, &stored), stored.len == due ? 0 : APITOKEN_E_DAMAGED);
        /* longer than any record and than the buffer for it */
        stored.len = SAMPLE_BYTES_MAX + 1;
        assert_code(verify(keys, &stored), APITOKEN_E_DAMAGED);
        stored.len = due;
        stored.key_len = 512;
        assert_code(verify(keys, &stored), APITOKEN_E_DAMAGED);
    }
}

/* The tag covers the length of the key: a byte cannot move from the key into the record. */
static void test_key_and_record_cannot_be_shifted(void **state) {
    const struct atk_keys *keys = *state;
    struct stored stored;
    load(&stored, 0);
    stored.db_key[stored.key_len++] = stored.bytes[0];
    memmove(stored.bytes, stored.bytes + 1, --stored.len);
    assert_int_not_equal(verify(keys, &stored), 0);
}

static void test_the_record_of_another_key_is_refused(void **state) {
    const struct atk_keys *keys = *state;
    struct stored stored, other;
    for (size_t i = 0; i < SAMPLE_RECORDS; i++) {
        for (size_t j = 0; j < SAMPLE_RECORDS; j++) {
            load(&stored, i);
            load(&other, j);
            memcpy(stored.db_key, other.db_key, stored.key_len = other.key_len);
            int is_same = strcmp(sample_records[i].db_key, sample_records[j].db_key) == 0;
            assert_code(verify(keys, &stored), is_same ? 0 : APITOKEN_E_DAMAGED);
        }
    }
}

static void test_a_missing_key_is_reported(void **state) {
    struct atk_keys *keys = *state;
    struct stored stored;
    keys->count = 1; /* 7 is gone */
    for (size_t i = 0; i < SAMPLE_RECORDS; i++) {
        load(&stored, i);
        assert_code(verify(keys, &stored),
                    stored.bytes[ATK_RECORD_KEY_ID_AT] == 7 ? APITOKEN_E_KEY_MISSING : 0);
    }
}

static void test_another_keyring_finds_damage(void **state) {
    struct atk_keys *keys = *state;
    struct stored stored;
    for (uint32_t i = 0; i < keys->count; i++) keys->key[i].store_tag[0] ^= 1;
    for (size_t i = 0; i < SAMPLE_RECORDS; i++) {
        load(&stored, i);
        assert_code(verify(keys, &stored), APITOKEN_E_DAMAGED);
    }
}

static void test_a_record_of_another_store_is_refused(void **state) {
    struct atk_keys *keys = *state;
    struct stored stored;
    for (size_t bit = 0; bit < 8 * ATK_STORE_ID_LEN; bit++) {
        uint8_t other[ATK_STORE_ID_LEN];
        memcpy(other, sample_store_id, sizeof other);
        other[bit / 8] ^= (uint8_t)(1u << bit % 8);
        sample_keys(keys);
        for (uint32_t i = 0; i < keys->count; i++) atk_key_bind(&keys->key[i], other);
        load(&stored, bit % SAMPLE_RECORDS);
        assert_code(verify(keys, &stored), APITOKEN_E_DAMAGED);
    }
}

/* The longest key with the longest record. */
static void test_largest_record(void **state) {
    const struct atk_keys *keys = *state;
    struct stored stored;
    memset(&stored, 0x33, sizeof stored);
    stored.key_len = ATK_ROW_KEY_MAX;
    stored.len = ATK_KEYS_RECORD_MAX;
    memcpy(stored.bytes + ATK_RECORD_KEY_ID_AT, "\x07\0\0\0", 4);
    atk_record_tag_write(keys, stored.db_key, stored.key_len, stored.bytes, stored.len);
    assert_code(verify(keys, &stored), 0);
    assert_int_equal(stored.bytes[stored.len], 0x33);
    stored.bytes[ATK_KEYS_RECORD_MAX - ATK_TAG_LEN - 1] ^= 1;
    assert_code(verify(keys, &stored), APITOKEN_E_DAMAGED);
}

/* atk_tagged_hot_verify() agrees about every flipped bit and every length. */
static void test_a_tagged_hot_record_is_verified_alike(void **state) {
    const struct atk_keys *keys = *state;
    struct stored stored;
    struct atk_tagged_hot tagged;
    char id[APITOKEN_ID_LEN];
    load(&stored, 0);
    assert_int_equal(stored.key_len, APITOKEN_ID_LEN); /* a hot record */
    memcpy(id, stored.db_key, sizeof id);
    assert_true(atk_tagged_hot_set(&tagged, id, stored.bytes, stored.len));
    const struct atk_key *due = atk_keys_find(keys, stored.bytes[ATK_RECORD_KEY_ID_AT]);
    assert_non_null(due);
    assert_ptr_equal(atk_tagged_hot_key(keys, &tagged), due);
    assert_code(atk_tagged_hot_verify(due, &tagged), 0);
    for (size_t bit = 0; bit < 8 * tagged.len; bit++) {
        tagged.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const struct atk_key *key = atk_tagged_hot_key(keys, &tagged);
        assert_true(key == due || is_key_id(bit / 8 - ATK_TAGGED_KEY_LEN));
        if (key) assert_code(atk_tagged_hot_verify(key, &tagged), APITOKEN_E_DAMAGED);
        tagged.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t len = 0; len <= ATK_HOT_MAX + 1; len++)
        assert_int_equal(atk_tagged_hot_set(&tagged, id, stored.bytes, len),
                         len >= ATK_RECORD_HEAD + ATK_TAG_LEN && len <= ATK_HOT_MAX);
}

static void test_a_record_is_moved_to_another_key(void **state) {
    struct atk_keys *keys = *state;
    struct stored stored, before;
    for (size_t i = 0; i < SAMPLE_RECORDS; i++) {
        load(&stored, i);
        before = stored;
        const uint32_t id = atk_record_key_id(stored.bytes, stored.len), other = id == 1 ? 7 : 1;
        assert_code(atk_record_tag_move(keys, stored.db_key, stored.key_len, stored.bytes,
                                        stored.len, other),
                    0);
        assert_int_equal(atk_record_key_id(stored.bytes, stored.len), other);
        assert_code(verify(keys, &stored), 0);
        assert_memory_equal(stored.bytes + 8, before.bytes + 8, stored.len - 8 - ATK_TAG_LEN);
        assert_code(
            atk_record_tag_move(keys, stored.db_key, stored.key_len, stored.bytes, stored.len, id),
            0);
        assert_memory_equal(stored.bytes, before.bytes, stored.len);
        stored.bytes[stored.len - 1] ^= 1;
        before = stored;
        assert_code(atk_record_tag_move(keys, stored.db_key, stored.key_len, stored.bytes,
                                        stored.len, other),
                    APITOKEN_E_DAMAGED);
        assert_memory_equal(stored.bytes, before.bytes, stored.len);
    }
    for (size_t len = 0; len < ATK_RECORD_HEAD + ATK_TAG_LEN; len++)
        assert_int_equal(atk_record_key_id(stored.bytes, len), 0);
}

static void test_a_retired_key_is_reported(void **state) {
    struct atk_keys *keys = *state;
    struct stored stored;
    for (size_t i = 0; i < SAMPLE_RECORDS; i++) {
        load(&stored, i);
        const uint32_t id = atk_record_key_id(stored.bytes, stored.len);
        keys->retired = keys->gone = id == 1 ? 1 : 2;
        assert_code(verify(keys, &stored), APITOKEN_E_KEY_RETIRED);
        keys->retired = 0;
        assert_code(verify(keys, &stored), APITOKEN_E_KEY_MISSING);
        keys->gone = 0;
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_every_flipped_bit_of_a_record_is_found, setup),
        cmocka_unit_test_setup(test_every_flipped_bit_of_the_database_key_is_found, setup),
        cmocka_unit_test_setup(test_every_other_length_is_refused, setup),
        cmocka_unit_test_setup(test_key_and_record_cannot_be_shifted, setup),
        cmocka_unit_test_setup(test_the_record_of_another_key_is_refused, setup),
        cmocka_unit_test_setup(test_a_missing_key_is_reported, setup),
        cmocka_unit_test_setup(test_another_keyring_finds_damage, setup),
        cmocka_unit_test_setup(test_a_record_of_another_store_is_refused, setup),
        cmocka_unit_test_setup(test_largest_record, setup),
        cmocka_unit_test_setup(test_a_tagged_hot_record_is_verified_alike, setup),
        cmocka_unit_test_setup(test_a_record_is_moved_to_another_key, setup),
        cmocka_unit_test_setup(test_a_retired_key_is_reported, setup),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
