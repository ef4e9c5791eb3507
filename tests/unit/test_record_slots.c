/* SPDX-License-Identifier: MIT */
#include "rules/record_slots.h"

#include <string.h>

#include "cases.h"
#include "samples.h"

static void test_which_slots_are_free(void **state) {
    (void)state;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    struct atk_slots slots;
    assert_code(atk_slots_decode(bytes, sample_bytes(VECTOR_SLOTS_PARTS, bytes), &slots), 0);
    slots.first = ATK_SLOTS_A_RECORD;
    assert_int_equal(slots.key_id, 7);
    assert_int_equal(atk_slots_count(&slots), 3);
    assert_int_equal(atk_slots_lowest(&slots), 8193);
    for (uint32_t slot = 8192; slot < 16384; slot++)
        assert_int_equal(atk_slots_has(&slots, slot),
                         slot == 8193 || slot == 8200 || slot == 16383);
    assert_int_equal(slots.parts_len, 3 + 4);
}

static void test_they_are_taken_from_the_lowest_on(void **state) {
    (void)state;
    struct atk_slots slots = { .first = 3 * ATK_SLOTS_A_RECORD };
    memset(slots.bits, 0xFF, sizeof slots.bits);
    for (uint32_t i = 0; i < ATK_SLOTS_A_RECORD; i++) {
        assert_int_equal(atk_slots_count(&slots), ATK_SLOTS_A_RECORD - i);
        assert_int_equal(atk_slots_lowest(&slots), slots.first + i);
        atk_slots_set(&slots, slots.first + i, false);
    }
    assert_int_equal(atk_slots_count(&slots), 0);
    atk_slots_set(&slots, slots.first + 100, true);
    atk_slots_set(&slots, slots.first + 100, true); /* it is so already */
    assert_int_equal(atk_slots_count(&slots), 1);
    assert_int_equal(atk_slots_lowest(&slots), slots.first + 100);
}

static void test_the_piece_of_a_slot(void **state) {
    (void)state;
    static const uint32_t rows[][2] = {
        { 0, 0 }, { 8191, 0 }, { 8192, 8192 }, { UINT32_MAX - 1, UINT32_MAX - 8191 }
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(atk_slots_first_of(rows[i][0]), rows[i][1]);
}

static void test_a_record_without_a_free_slot_is_damage(void **state) {
    (void)state;
    uint8_t bytes[ATK_SLOTS_MAX];
    struct atk_slots slots = { .key_id = 1 }, again;
    assert_code(atk_slots_decode(bytes, atk_slots_encode(&slots, bytes), &again),
                APITOKEN_E_DAMAGED);
    atk_slots_set(&slots, 8191, true);
    assert_code(atk_slots_decode(bytes, atk_slots_encode(&slots, bytes), &again), 0);
}

static void test_a_part_that_must_be_understood_is_newer(void **state) {
    (void)state;
    uint8_t bytes[ATK_SLOTS_MAX];
    struct atk_slots slots = { .key_id = 1 }, again;
    atk_slots_set(&slots, 0, true);
    slots.parts_len = sample_put_part(slots.parts, 0, 9, "must");
    assert_code(atk_slots_decode(bytes, atk_slots_encode(&slots, bytes), &again), APITOKEN_E_NEWER);
}

/* As many as a record has room for, and one byte more. */
static void test_parts_up_to_the_end(void **state) {
    (void)state;
    uint8_t bytes[ATK_SLOTS_MAX + 1] = { 0 };
    struct atk_slots slots = { .key_id = 1 }, again;
    atk_slots_set(&slots, 0, true);
    slots.parts_len = ATK_SLOTS_PARTS_MAX;
    memset(slots.parts, 0, sizeof slots.parts);
    slots.parts[0] = 200;
    slots.parts[1] = (uint8_t)(ATK_SLOTS_PARTS_MAX - ATK_PART_HEAD);
    slots.parts[2] = (uint8_t)((ATK_SLOTS_PARTS_MAX - ATK_PART_HEAD) >> 8);
    assert_int_equal(atk_slots_encode(&slots, bytes), ATK_SLOTS_MAX);
    assert_code(atk_slots_decode(bytes, ATK_SLOTS_MAX, &again), 0);
    assert_int_equal(again.parts_len, ATK_SLOTS_PARTS_MAX);
    assert_code(atk_slots_decode(bytes, ATK_SLOTS_MAX + 1, &again), APITOKEN_E_DAMAGED);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_slots_are_free),
        cmocka_unit_test(test_they_are_taken_from_the_lowest_on),
        cmocka_unit_test(test_the_piece_of_a_slot),
        cmocka_unit_test(test_a_record_without_a_free_slot_is_damage),
        cmocka_unit_test(test_a_part_that_must_be_understood_is_newer),
        cmocka_unit_test(test_parts_up_to_the_end),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
