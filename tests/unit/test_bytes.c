/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"

#include <string.h>

#include "cases.h"
#include "samples.h"

static void test_numbers_of_every_width_are_little_endian(void **state) {
    (void)state;
    const uint64_t value = UINT64_C(0x8877665544332211);
    for (size_t width = 1; width <= 8; width++) {
        uint8_t bytes[8] = { 0 };
        struct atk_writer w = atk_writer_of(bytes, width);
        atk_put_uint(&w, value, width);
        assert_false(w.is_bad);
        assert_int_equal(w.left, 0);
        for (size_t i = 0; i < 8; i++) assert_int_equal(bytes[i], i < width ? 0x11 * (i + 1) : 0);
        struct atk_reader r = atk_reader_of(bytes, width);
        assert_true(atk_get_uint(&r, width) ==
                    (width == 8 ? value : value & ((UINT64_C(1) << 8 * width) - 1)));
        assert_false(r.is_bad);
        assert_int_equal(r.left, 0);
    }
}

static void test_signed_numbers_survive(void **state) {
    (void)state;
    static const int64_t values[] = { 0, 1, -1, INT64_MIN, INT64_MAX };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        uint8_t bytes[8];
        struct atk_writer w = atk_writer_of(bytes, sizeof bytes);
        atk_put_i64(&w, values[i]);
        struct atk_reader r = atk_reader_of(bytes, sizeof bytes);
        assert_true(atk_get_i64(&r) == values[i]);
    }
}

static void test_reading_past_the_end_gives_zeros_and_stays_bad(void **state) {
    (void)state;
    const uint8_t bytes[4] = { 1, 2, 3, 4 };
    uint8_t out[4] = { 9, 9, 9, 9 };
    struct atk_reader r = atk_reader_of(bytes, 3);
    assert_int_equal(atk_get_uint(&r, 4), 0);
    assert_true(r.is_bad);
    assert_int_equal(atk_get_uint(&r, 1), 0); /* a byte is left, but the reader has failed before */
    atk_get_bytes(&r, out, 1);
    assert_int_equal(out[0], 9);
    assert_null(atk_get_view(&r, 0));
}

static void test_reading_to_the_end_is_no_fault(void **state) {
    (void)state;
    const uint8_t bytes[4] = { 1, 2, 3, 4 };
    uint8_t out[2];
    struct atk_reader r = atk_reader_of(bytes, sizeof bytes);
    atk_get_bytes(&r, out, 2);
    assert_int_equal(out[1], 2);
    assert_ptr_equal(atk_get_view(&r, 2), bytes + 2);
    assert_non_null(atk_get_view(&r, 0));
    assert_false(r.is_bad);
    assert_int_equal(r.left, 0);
}

static void test_a_huge_length_is_an_overrun(void **state) {
    (void)state;
    uint8_t bytes[4] = { 0 };
    struct atk_reader r = atk_reader_of(bytes, sizeof bytes);
    struct atk_writer w = atk_writer_of(bytes, sizeof bytes);
    assert_null(atk_get_view(&r, SIZE_MAX));
    atk_put_bytes(&w, bytes, SIZE_MAX);
    assert_true(r.is_bad && w.is_bad);
}

static void test_writing_past_the_end_writes_nothing_and_stays_bad(void **state) {
    (void)state;
    uint8_t bytes[4] = { 9, 9, 9, 9 };
    struct atk_writer w = atk_writer_of(bytes, 3);
    atk_put_uint(&w, 0, 4);
    atk_put_uint(&w, 0, 1);
    atk_put_bytes(&w, "ab", 2);
    assert_true(w.is_bad);
    assert_bytes(bytes, sizeof bytes, "09090909");
}

static void test_nothing_may_be_copied_from_nowhere(void **state) {
    (void)state;
    uint8_t bytes[1] = { 9 };
    struct atk_reader r = atk_reader_of(NULL, 0);
    struct atk_writer w = atk_writer_of(bytes, 0);
    atk_get_bytes(&r, bytes, 0);
    atk_put_bytes(&w, NULL, 0);
    assert_false(r.is_bad || w.is_bad);
    assert_int_equal(bytes[0], 9);
}

static void test_a_short_copy_is_as_long_as_it_is_told(void **state) {
    uint8_t from[40], to[sizeof from + 2];
    (void)state;
    for (size_t i = 0; i < sizeof from; i++) from[i] = (uint8_t)(i + 1);
    for (size_t len = 0; len <= sizeof from; len++) {
        memset(to, 0xEE, sizeof to);
        atk_copy_short(to + 1, from, len);
        assert_int_equal(to[0], 0xEE);
        assert_memory_equal(to + 1, from, len);
        for (size_t at = 1 + len; at < sizeof to; at++) assert_int_equal(to[at], 0xEE);
    }
}

/* Every length, and a difference of one bit in every byte. Bytes around it do not count. */
static void test_short_data_is_the_same_or_not(void **state) {
    uint8_t one[42], other[sizeof one];
    (void)state;
    for (size_t len = 0; len <= sizeof one - 2; len++) {
        memset(one, 0x11, sizeof one);
        memset(other, 0x22, sizeof other);
        for (size_t i = 1; i <= len; i++) one[i] = other[i] = (uint8_t)(i * 7);
        assert_true(atk_is_same_short(one + 1, other + 1, len));
        for (size_t bit = 8; bit < 8 + 8 * len; bit++) {
            other[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_false(atk_is_same_short(one + 1, other + 1, len));
            other[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    assert_true(atk_is_same_short(NULL, NULL, 0));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_of_every_width_are_little_endian),
        cmocka_unit_test(test_signed_numbers_survive),
        cmocka_unit_test(test_reading_past_the_end_gives_zeros_and_stays_bad),
        cmocka_unit_test(test_reading_to_the_end_is_no_fault),
        cmocka_unit_test(test_a_huge_length_is_an_overrun),
        cmocka_unit_test(test_writing_past_the_end_writes_nothing_and_stays_bad),
        cmocka_unit_test(test_nothing_may_be_copied_from_nowhere),
        cmocka_unit_test(test_a_short_copy_is_as_long_as_it_is_told),
        cmocka_unit_test(test_short_data_is_the_same_or_not),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
