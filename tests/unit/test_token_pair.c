/* SPDX-License-Identifier: MIT */
#include "rules/token_pair.h"

#include <string.h>

#include "cases.h"
#include "rules/older_secret.h"
#include "samples.h"

static void load(struct atk_hot *hot, struct atk_row *row) {
    sample_hot_full(hot);
    sample_row_full(row);
}

/* Each is a difference that this version can see. */
#define DISAGREE(change)                                                              \
    do {                                                                              \
        load(&hot, &row);                                                             \
        assert_true(atk_records_agree(&hot, &row));                                   \
        change;                                                                       \
        if (atk_records_agree(&hot, &row)) fail_msg("they agree after: %s", #change); \
    } while (0)

static void test_hot_record_and_row_agree(void **state) {
    (void)state;
    struct atk_hot hot;
    struct atk_row row;
    for (unsigned flag = 1; flag <= 16; flag *= 2) {
        DISAGREE(hot.flags ^= (uint8_t)flag);
        DISAGREE(row.flags ^= (uint8_t)flag);
    }
    DISAGREE(row.end_ms++);
    DISAGREE(row.slot++);
    DISAGREE(row.revision++);
    DISAGREE(row.mark ^= 1u << 31);
    DISAGREE(hot.verifier[0] ^= 1);
}

static void test_parts_that_both_have_agree(void **state) {
    (void)state;
    static const unsigned types[] = { ATK_PART_INTERFACES, ATK_PART_NETWORKS, ATK_PART_DATA };
    struct atk_hot hot;
    struct atk_row row;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        DISAGREE(atk_parts_remove(atk_hot_parts(&hot), types[i]));
        DISAGREE(atk_parts_remove(atk_row_parts(&row), types[i]));
        DISAGREE(atk_parts_set(atk_hot_parts(&hot), types[i], "other", 5));
        DISAGREE(atk_parts_set(atk_row_parts(&row), types[i], "other", 5));
    }
    DISAGREE(atk_parts_remove(atk_hot_parts(&hot), ATK_PART_OLDER_SECRET));
    DISAGREE(atk_parts_remove(atk_row_parts(&row), ATK_PART_OLDER_SECRET));
}

/* What only one of them has, and what a later version adds, is no contradiction. */
static void test_other_parts_need_not_agree(void **state) {
    (void)state;
    struct atk_hot hot;
    struct atk_row row;
    load(&hot, &row);
    hot.flags |= 32;
    row.flags |= 128;
    assert_true(atk_parts_set(atk_hot_parts(&hot), 9, "must", 4));
    assert_true(atk_parts_set(atk_hot_parts(&hot), 70, "be", 2));
    assert_true(atk_parts_set(atk_row_parts(&row), 5, "must", 4));
    assert_true(atk_parts_set(atk_row_parts(&row), 97, "be", 2));
    assert_true(atk_parts_set_ms(atk_row_parts(&row), ATK_PART_SECRET_MADE, 1));
    atk_parts_remove(atk_row_parts(&row), ATK_PART_CREATED_BY);
    assert_true(atk_records_agree(&hot, &row));
    row.key_id++;
    row.created_ms++;
    row.name[0] ^= 1;
    assert_true(atk_records_agree(&hot, &row));
}

/* ---- made to agree --------------------------------------------------------------------------- */

static void test_two_records_that_agree_get_a_revision(void **state) {
    (void)state;
    struct atk_hot hot, hot_before;
    struct atk_row row, row_before;
    load(&hot, &row);
    load(&hot_before, &row_before);
    assert_true(atk_records_unite(&hot, &row));
    assert_true(atk_records_agree(&hot, &row));
    assert_int_equal(hot.revision, 5);
    hot.revision = row.revision = 4;
    assert_memory_equal(&hot, &hot_before, sizeof hot);
    assert_memory_equal(&row, &row_before, sizeof row);
}

static void test_the_revision_is_above_that_of_both(void **state) {
    (void)state;
    static const uint32_t rows[][3] = { /* hot, row, due */
                                        { 4, 4, 5 },
                                        { 9, 4, 10 },
                                        { 4, 9, 10 },
                                        { UINT32_MAX, 4, UINT32_MAX },
                                        { 4, UINT32_MAX - 1, UINT32_MAX }
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct atk_hot hot;
        struct atk_row row;
        load(&hot, &row);
        hot.revision = rows[i][0];
        row.revision = rows[i][1];
        assert_true(atk_records_unite(&hot, &row));
        assert_true(hot.revision == rows[i][2] && row.revision == rows[i][2]);
    }
}

/* The hot record is what validate goes by, so it is never the one that changes. */
static void test_the_row_takes_what_the_hot_record_has(void **state) {
    (void)state;
    struct atk_hot hot;
    struct atk_row row;
    struct atk_older_secret older = { .key_id = 1, .suite = ATK_SUITE, .until_ms = 1234 };
    load(&hot, &row);
    hot.flags = ATK_FLAG_BLOCKED | 64;
    row.flags = ATK_FLAG_SUSPENDED | ATK_FLAG_WORD | ATK_FLAG_FINAL | 128;
    hot.slot = 77;
    hot.key_id = 7;
    hot.verifier[0] ^= 0xFF;
    assert_true(atk_older_secret_set(&hot, &older));
    assert_true(atk_parts_set(atk_hot_parts(&hot), ATK_PART_INTERFACES, "\1\1x", 3));
    atk_parts_remove(atk_hot_parts(&hot), ATK_PART_NETWORKS);
    atk_parts_remove(atk_row_parts(&row), ATK_PART_DATA);
    const struct atk_hot before = hot;
    assert_true(atk_records_unite(&hot, &row));
    assert_true(atk_records_agree(&hot, &row));
    assert_int_equal(row.flags, ATK_FLAG_BLOCKED | 128); /* each keeps its own unknown flags */
    assert_int_equal(row.slot, 77);
    assert_int_equal(row.key_id, 7);
    assert_int_equal(row.mark, atk_mark_of(hot.verifier));
    assert_int_equal(hot.flags, before.flags);
    assert_int_equal(hot.parts_len, before.parts_len);
    assert_memory_equal(hot.parts, before.parts, before.parts_len);
    assert_true(atk_older_secret_get_shown(row.other, row.other_len, &older));
    assert_true(older.until_ms == 1234);
}

/* An end of the hot record alone was never typed as a day. */
static void test_an_end_that_the_row_did_not_have(void **state) {
    (void)state;
    for (int is_never = 0; is_never < 2; is_never++) {
        struct atk_hot hot;
        struct atk_row row;
        sample_hot(&hot);
        sample_row_day(&row);
        if (!is_never) hot.end_ms = row.end_ms - 1;
        assert_true(atk_records_unite(&hot, &row));
        assert_true(row.end_ms == hot.end_ms);
        assert_int_equal(row.expiry_kind,
                         is_never ? APITOKEN_EXPIRY_NEVER : APITOKEN_EXPIRY_INSTANT);
        assert_true(row.day == 0 && row.zone_len == 0);
        assert_true(atk_records_agree(&hot, &row));
    }
}

static void test_the_same_end_stays_a_day(void **state) {
    (void)state;
    struct atk_hot hot;
    struct atk_row row;
    sample_hot(&hot);
    sample_row_day(&row);
    hot.end_ms = row.end_ms;
    assert_true(atk_records_unite(&hot, &row));
    assert_int_equal(row.expiry_kind, APITOKEN_EXPIRY_DAY);
    assert_int_equal(row.day, 20261231);
    assert_memory_equal(row.zone, "Europe/Berlin", row.zone_len);
}

static void test_a_row_without_room(void **state) {
    (void)state;
    static const uint8_t filler[ATK_ROW_PARTS_MAX];
    for (int is_older = 0; is_older < 2; is_older++) {
        struct atk_hot hot;
        struct atk_row row;
        load(&hot, &row);
        atk_parts_remove(atk_row_parts(&row),
                         is_older ? ATK_PART_OLDER_SECRET : ATK_PART_INTERFACES);
        assert_true(atk_parts_set(atk_row_parts(&row), 140, filler,
                                  sizeof row.other - row.other_len - 3 - 10));
        assert_false(atk_records_unite(&hot, &row));
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hot_record_and_row_agree),
        cmocka_unit_test(test_parts_that_both_have_agree),
        cmocka_unit_test(test_other_parts_need_not_agree),
        cmocka_unit_test(test_two_records_that_agree_get_a_revision),
        cmocka_unit_test(test_the_revision_is_above_that_of_both),
        cmocka_unit_test(test_the_row_takes_what_the_hot_record_has),
        cmocka_unit_test(test_an_end_that_the_row_did_not_have),
        cmocka_unit_test(test_the_same_end_stays_a_day),
        cmocka_unit_test(test_a_row_without_room),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
