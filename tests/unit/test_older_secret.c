/* SPDX-License-Identifier: MIT */
#include "rules/older_secret.h"

#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "samples.h"

#define COUNTED "000102030405060708090a0b0c0d0e0f1011121314151617"
#define UNTIL_HEX "006c50c4a0010000" /* of 1790000000000 */
#define UNTIL INT64_C(1790000000000)

/* Gives the two records these values of the part; NULL: none. */
static void load(struct atk_hot *hot, struct atk_row *row, const char *in_hot, const char *in_row) {
    uint8_t value[SAMPLE_BYTES_MAX];
    sample_hot_full(hot);
    sample_row_full(row);
    atk_parts_remove(atk_hot_parts(hot), ATK_PART_OLDER_SECRET);
    atk_parts_remove(atk_row_parts(row), ATK_PART_OLDER_SECRET);
    if (in_hot)
        assert_true(atk_parts_set(atk_hot_parts(hot), ATK_PART_OLDER_SECRET, value,
                                  sample_bytes(in_hot, value)));
    if (in_row)
        assert_true(atk_parts_set(atk_row_parts(row), ATK_PART_OLDER_SECRET, value,
                                  sample_bytes(in_row, value)));
}

static const char *hot_value(const struct atk_hot *hot) {
    struct atk_part part;
    static char hex[SAMPLE_BYTES_MAX];
    if (!atk_parts_find(hot->parts, hot->parts_len, ATK_PART_OLDER_SECRET, &part)) return NULL;
    for (size_t i = 0; i < part.len; i++) (void)snprintf(hex + 2 * i, 3, "%02x", part.value[i]);
    return hex;
}

static void assert_row_value(const struct atk_row *row, const char *hex) {
    struct atk_part part;
    const bool is_there = atk_parts_find(row->other, row->other_len, ATK_PART_OLDER_SECRET, &part);
    assert_int_equal(is_there, hex != NULL);
    if (hex) assert_bytes(part.value, part.len, hex);
}

static void test_its_bytes_are_frozen(void **state) {
    (void)state;
    struct atk_hot hot;
    struct atk_row row;
    struct atk_older_secret older = { .key_id = 0x01020304, .suite = 1, .until_ms = UNTIL };
    for (uint8_t i = 0; i < ATK_VERIFIER_LEN; i++) older.verifier[i] = i;
    load(&hot, &row, NULL, NULL);
    assert_true(atk_older_secret_set(&hot, &older));
    assert_string_equal(hot_value(&hot), COUNTED "04030201"
                                                 "01" UNTIL_HEX);
    assert_true(atk_older_secret_show(&row, &hot));
    assert_row_value(&row, UNTIL_HEX "00010203");
}

static void test_what_is_stored_is_read(void **state) {
    (void)state;
    struct atk_hot hot;
    struct atk_row row;
    struct atk_older_secret older;
    memset(&older, 0x55, sizeof older);
    load(&hot, &row, COUNTED "0403020101" UNTIL_HEX, UNTIL_HEX "00010203");
    assert_true(atk_older_secret_get(hot.parts, hot.parts_len, &older));
    assert_bytes(older.verifier, sizeof older.verifier, COUNTED);
    assert_int_equal(older.key_id, 0x01020304);
    assert_int_equal(older.mark, 0x03020100);
    assert_int_equal(older.suite, ATK_SUITE);
    assert_true(older.until_ms == UNTIL);
    memset(&older, 0x55, sizeof older);
    assert_true(atk_older_secret_get_shown(row.other, row.other_len, &older));
    assert_int_equal(older.mark, 0x03020100);
    assert_true(older.until_ms == UNTIL);
    load(&hot, &row, NULL, NULL);
    assert_false(atk_older_secret_get(hot.parts, hot.parts_len, &older));
    assert_false(atk_older_secret_get_shown(row.other, row.other_len, &older));
}

/* Its end lies in the years that are supported, like that of a token, but it has one. */
static void test_forms_that_are_known(void **state) {
    (void)state;
    static const struct {
        int64_t until_ms;
        bool is_known;
    } rows[] = { { 1, 1 },
                 { ATK_MS_MAX, 1 },
                 { 0, 0 },
                 { -1, 0 },
                 { INT64_C(1) << 56 | 1, 0 },
                 { ATK_MS_MAX + 1, 0 },
                 { ATK_END_NEVER, 0 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t in_hot[ATK_OLDER_SECRET_LEN + 1] = { [ATK_VERIFIER_LEN + 4] = ATK_SUITE };
        uint8_t in_row[ATK_OLDER_SECRET_SHOWN_LEN + 1] = { 0 };
        memcpy(in_hot + ATK_VERIFIER_LEN + 5, &rows[i].until_ms, 8);
        memcpy(in_row, &rows[i].until_ms, 8);
        for (size_t len = 0; len <= sizeof in_hot; len++)
            assert_int_equal(atk_older_secret_is_known(in_hot, len, true),
                             rows[i].is_known && len == ATK_OLDER_SECRET_LEN);
        for (size_t len = 0; len <= sizeof in_row; len++)
            assert_int_equal(atk_older_secret_is_known(in_row, len, false),
                             rows[i].is_known && len == ATK_OLDER_SECRET_SHOWN_LEN);
        for (unsigned suite = 0; suite < 256; suite++) {
            in_hot[ATK_VERIFIER_LEN + 4] = (uint8_t)suite;
            assert_int_equal(atk_older_secret_is_known(in_hot, ATK_OLDER_SECRET_LEN, true),
                             rows[i].is_known && suite == 1);
        }
    }
}

/* What stands for another form: one byte longer. */
#define KNOWN COUNTED "0700000001" UNTIL_HEX
#define NEWER KNOWN "00"
#define SHOWN UNTIL_HEX "00010203"
#define SHOWN_NEWER SHOWN "00"

static void test_a_form_of_a_newer_version_is_not_read(void **state) {
    (void)state;
    struct atk_hot hot;
    struct atk_row row;
    struct atk_older_secret older;
    load(&hot, &row, NEWER, SHOWN_NEWER);
    assert_false(atk_older_secret_get(hot.parts, hot.parts_len, &older));
    assert_false(atk_older_secret_get_shown(row.other, row.other_len, &older));
    load(&hot, &row, COUNTED "0700000002" UNTIL_HEX, SHOWN);
    assert_false(atk_older_secret_get(hot.parts, hot.parts_len, &older));
}

static const struct {
    const char *in_hot, *in_row;
    bool agree;
    const char *shown; /* what the row has after it was made to show that of the hot record */
} pairs[] = {
    { NULL, NULL, 1, NULL },
    { KNOWN, SHOWN, 1, SHOWN },
    { KNOWN, NULL, 0, SHOWN },
    { NULL, SHOWN, 0, NULL },
    { NULL, SHOWN_NEWER, 0, NULL },
    { KNOWN, UNTIL_HEX "00010204", 0, SHOWN },
    { KNOWN, "016c50c4a001000000010203", 0, SHOWN },
    /* of a newer version: kept as it is, and never called wrong */
    { NEWER, SHOWN_NEWER, 1, SHOWN_NEWER },
    { KNOWN, SHOWN_NEWER, 1, SHOWN_NEWER },
    { NEWER, SHOWN, 1, SHOWN },
    { NEWER, NULL, 0, NULL },
};

static void test_a_row_agrees_with_what_the_hot_record_has(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct atk_hot hot;
        struct atk_row row;
        load(&hot, &row, pairs[i].in_hot, pairs[i].in_row);
        if (atk_older_secret_agrees(&hot, &row) != pairs[i].agree) fail_msg("pair %zu", i);
    }
}

static void test_a_row_shows_what_the_hot_record_has(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct atk_hot hot;
        struct atk_row row;
        load(&hot, &row, pairs[i].in_hot, pairs[i].in_row);
        assert_true(atk_older_secret_show(&row, &hot));
        assert_row_value(&row, pairs[i].shown);
    }
}

static void test_records_without_room(void **state) {
    (void)state;
    static uint8_t filler[ATK_ROW_PARTS_MAX];
    struct atk_hot hot;
    struct atk_row row;
    struct atk_older_secret older = { .suite = ATK_SUITE, .until_ms = UNTIL };
    load(&hot, &row, KNOWN, NULL);
    assert_true(
        atk_parts_set(atk_row_parts(&row), 140, filler, sizeof row.other - row.other_len - 3 - 14));
    assert_false(atk_older_secret_show(&row, &hot));
    load(&hot, &row, NULL, NULL);
    assert_true(
        atk_parts_set(atk_hot_parts(&hot), 140, filler, sizeof hot.parts - hot.parts_len - 3 - 39));
    assert_false(atk_older_secret_set(&hot, &older));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_its_bytes_are_frozen),
        cmocka_unit_test(test_what_is_stored_is_read),
        cmocka_unit_test(test_forms_that_are_known),
        cmocka_unit_test(test_a_form_of_a_newer_version_is_not_read),
        cmocka_unit_test(test_a_row_agrees_with_what_the_hot_record_has),
        cmocka_unit_test(test_a_row_shows_what_the_hot_record_has),
        cmocka_unit_test(test_records_without_room),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
