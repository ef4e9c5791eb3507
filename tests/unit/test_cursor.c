/* SPDX-License-Identifier: MIT */
#include "rules/cursor.h"

#include <string.h>

#include "cases.h"
#include "samples.h"
#include "rules/text.h"

static const uint64_t sequences[] = {
    0, 1, 61, 62, 42, UINT32_MAX, UINT64_C(1) << 40, UINT64_MAX - 1, UINT64_MAX
};
#define SEQUENCES (sizeof sequences / sizeof sequences[0])

static int reads(const char *text, size_t len, uint64_t *ret) {
    *ret = 77;
    int good = atk_cursor_read(text, len, ret);
    if (!good) assert_int_equal(*ret, 77);
    return good;
}

/* Cursors outlive a process and an upgrade, so their text is frozen. */
static void test_frozen_texts(void **state) {
    (void)state;
    char text[ATK_CURSOR_LEN + 1];
    atk_cursor_write(0, text);
    assert_string_equal(text, "100000000000VNua");
    atk_cursor_write(UINT64_MAX, text);
    assert_string_equal(text, "1LygHa16AHYFLekW");
}

static void test_round_trip(void **state) {
    (void)state;
    for (size_t i = 0; i < SEQUENCES; i++) {
        char text[ATK_CURSOR_LEN + 1];
        uint64_t got;
        atk_cursor_write(sequences[i], text);
        assert_int_equal(strlen(text), ATK_CURSOR_LEN);
        assert_true(ATK_CURSOR_LEN <= APITOKEN_CURSOR_MAX);
        for (size_t at = 0; at < ATK_CURSOR_LEN; at++)
            assert_non_null(memchr(atk_base62, text[at], sizeof atk_base62));
        assert_true(reads(text, ATK_CURSOR_LEN, &got));
        assert_true(got == sequences[i]);
    }
}

static void test_every_other_length_is_refused(void **state) {
    (void)state;
    char text[200];
    uint64_t got;
    memset(text, '0', sizeof text);
    atk_cursor_write(42, text);
    for (size_t len = 0; len < sizeof text; len++)
        assert_int_equal(reads(text, len, &got), len == ATK_CURSOR_LEN);
}

static void test_every_changed_character_is_refused(void **state) {
    (void)state;
    for (size_t at = 0; at < ATK_CURSOR_LEN; at++) {
        for (int c = 0; c < 256; c++) {
            char text[ATK_CURSOR_LEN + 1];
            uint64_t got;
            atk_cursor_write(42, text);
            if (text[at] == (char)c) continue;
            text[at] = (char)c;
            assert_false(reads(text, ATK_CURSOR_LEN, &got));
        }
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frozen_texts),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_every_other_length_is_refused),
        cmocka_unit_test(test_every_changed_character_is_refused),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
