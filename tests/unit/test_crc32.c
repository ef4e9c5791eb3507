/* SPDX-License-Identifier: MIT */
#include "rules/crc32.h"

#include <string.h>

#include "cases.h"
#include "samples.h"
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

static void test_check_value(void **state) {
    (void)state;
    assert_true(atk_crc32(LIT("123456789")) == 0xCBF43926u);
    assert_true(atk_crc32("", 0) == 0);
    assert_true(atk_crc32(LIT("The quick brown fox jumps over the lazy dog")) == 0x414FA339u);
}

/* The definition, one bit at a time: the expected result for every length and alignment. */
static uint32_t by_definition(const uint8_t *data, size_t len) {
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

static void fill(uint8_t *data, size_t len) {
    uint32_t random = 12345;
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)((random = random * 1664525 + 1013904223) >> 24);
}

static void test_every_length_and_alignment(void **state) {
    (void)state;
    uint8_t data[208];
    fill(data, sizeof data);
    for (size_t at = 0; at < 8; at++)
        for (size_t len = 0; len <= 200; len++)
            assert_true(atk_crc32(data + at, len) == by_definition(data + at, len));
}

/* Messages with a single byte that is not zero: together they use every entry of the table. */
static void test_every_byte_at_every_place_of_a_step(void **state) {
    (void)state;
    for (size_t at = 0; at < 16; at++) {
        for (unsigned value = 0; value < 256; value++) {
            uint8_t data[16] = { 0 };
            data[at] = (uint8_t)value;
            assert_true(atk_crc32(data, sizeof data) == by_definition(data, sizeof data));
        }
    }
}

#ifdef HAVE_ZLIB
static void test_same_as_zlib(void **state) {
    (void)state;
    static uint8_t data[4099];
    fill(data, sizeof data);
    for (size_t len = 0; len <= sizeof data; len += 41)
        assert_true(atk_crc32(data, len) == crc32(0, data, (uInt)len));
}
#endif

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_value),
        cmocka_unit_test(test_every_length_and_alignment),
        cmocka_unit_test(test_every_byte_at_every_place_of_a_step),
#ifdef HAVE_ZLIB
        cmocka_unit_test(test_same_as_zlib),
#endif
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
