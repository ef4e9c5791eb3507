/* SPDX-License-Identifier: MIT */
#include "rules/cursor.h"

#include <string.h>

#include "cases.h"
#include "samples.h"
#include "rules/text.h"

static const char *const ids[] = { "000000000000", "zzzzzzzzzzzz", SAMPLE_ID, "0Z9zA00000a1" };

static int reads(const char *text, size_t len, const char **ret) {
    *ret = ids[0];
    int good = atk_cursor_read(text, len, ret);
    if (!good) assert_ptr_equal(*ret, ids[0]);
    return good;
}

/* Cursors outlive a process and an upgrade, so their text is frozen. */
static void test_frozen_text(void **state) {
    (void)state;
    char text[ATK_CURSOR_LEN + 1];
    atk_cursor_write(SAMPLE_ID, text);
    assert_string_equal(text, VECTOR_CURSOR);
}

static void test_round_trip(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char text[ATK_CURSOR_LEN + 1];
        const char *got;
        atk_cursor_write(ids[i], text);
        assert_int_equal(strlen(text), 16);
        assert_true(ATK_CURSOR_LEN <= APITOKEN_CURSOR_MAX);
        for (size_t at = 0; at < ATK_CURSOR_LEN; at++)
            assert_non_null(memchr(atk_base62, text[at], sizeof atk_base62));
        assert_true(reads(text, ATK_CURSOR_LEN, &got));
        assert_memory_equal(got, ids[i], APITOKEN_ID_LEN);
    }
}

static void test_every_other_length_is_refused(void **state) {
    (void)state;
    char text[200];
    const char *got;
    memset(text, '0', sizeof text);
    atk_cursor_write(SAMPLE_ID, text);
    for (size_t len = 0; len < sizeof text; len++)
        assert_int_equal(reads(text, len, &got), len == ATK_CURSOR_LEN);
}

static void test_every_changed_character_is_refused(void **state) {
    (void)state;
    for (size_t at = 0; at < ATK_CURSOR_LEN; at++) {
        for (int c = 0; c < 256; c++) {
            char text[ATK_CURSOR_LEN + 1];
            const char *got;
            atk_cursor_write(SAMPLE_ID, text);
            if (text[at] == (char)c) continue;
            text[at] = (char)c;
            assert_false(reads(text, ATK_CURSOR_LEN, &got));
        }
    }
}

/* A right checksum over what is no id, or another version. */
static void test_a_right_checksum_is_not_enough(void **state) {
    (void)state;
    char text[ATK_CURSOR_LEN + 1];
    const char *got;
    atk_cursor_write("AbCdEf01234-", text);
    assert_false(reads(text, ATK_CURSOR_LEN, &got));
    assert_false(reads("100000000000VNua", ATK_CURSOR_LEN, &got)); /* of 0.1.0 */
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frozen_text),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_every_other_length_is_refused),
        cmocka_unit_test(test_every_changed_character_is_refused),
        cmocka_unit_test(test_a_right_checksum_is_not_enough),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
