/* SPDX-License-Identifier: MIT */
#include "rules/names.h"

#include <string.h>

#include "samples.h"

/*
 * UTF-8 of a code point by the table of RFC 3629, surrogates included: what is refused must be
 * well-formed otherwise.
 */
static size_t encode(uint32_t code, char out[4]) {
    size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned head[5] = { 0, 0, 0xC0, 0xE0, 0xF0 };
    for (size_t i = len; i-- > 1; code >>= 6) out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(head[len] | code);
    return len;
}

/* -1 if clean, else where the fault is. */
static long fault_of(const char *text, size_t len, size_t min, size_t max) {
    size_t at = 9999;
    return atk_text_is_clean(text, len, min, max, &at) ? -1 : (long)at;
}

static int is_clean_between_letters(uint32_t code) {
    char text[6] = "a";
    size_t len = encode(code, text + 1);
    text[1 + len] = 'b';
    long fault = fault_of(text, len + 2, 1, 100);
    assert_true(fault == -1 || fault == 1);
    return fault == -1;
}

static void test_every_edge_of_every_forbidden_range(void **state) {
    (void)state;
    static const struct {
        uint32_t first, last;
    } forbidden[] = {
        { 0x0000, 0x001F }, { 0x007F, 0x009F }, { 0x061C, 0x061C },   { 0x200B, 0x200F },
        { 0x2028, 0x202E }, { 0x2060, 0x2064 }, { 0x2066, 0x2069 },   { 0xD800, 0xDFFF },
        { 0xFEFF, 0xFEFF }, { 0xFFF9, 0xFFFB }, { 0xE0000, 0xE0FFF },
    };
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++) {
        assert_false(is_clean_between_letters(forbidden[i].first));
        assert_false(is_clean_between_letters(forbidden[i].last));
        assert_false(is_clean_between_letters((forbidden[i].first + forbidden[i].last) / 2));
        assert_true(forbidden[i].first == 0 || is_clean_between_letters(forbidden[i].first - 1));
        assert_true(is_clean_between_letters(forbidden[i].last + 1));
    }
}

static void test_ordinary_text_is_clean(void **state) {
    (void)state;
    static const char *const texts[] = {
        "x",
        " ",
        "CI",
        "M\xC3\xBCller & S\xC3\xB6hne <script>",
        "\xE6\x97\xA5\xE6\x9C\xAC",
        "\xF0\x9F\x94\x91",
        "\xC2\xA0",
        "\xC2\xAD",
        "\xE0\xA0\x80",     /* the first of three bytes */
        "\xF0\x90\x80\x80", /* and of four */
        "\xF4\x8F\xBF\xBF",
        "\xEF\xBF\xBD",
        "e\xCC\x81",
        "\"';--",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(fault_of(texts[i], strlen(texts[i]), 1, 100), -1);
}

static void test_malformed_utf8(void **state) {
    (void)state;
    static const struct {
        const char *what, *bytes;
        long fault;
    } rows[] = {
        { "overlong slash, 2 bytes", "\xC0\xAF", 0 },
        { "overlong NUL", "\xC0\x80", 0 },
        { "last overlong of 2 bytes", "\xC1\xBF", 0 },
        { "overlong slash, 3 bytes", "\xE0\x80\xAF", 0 },
        { "last overlong of 3 bytes", "\xE0\x9F\xBF", 0 },
        { "overlong slash, 4 bytes", "\xF0\x80\x80\xAF", 0 },
        { "last overlong of 4 bytes", "\xF0\x8F\xBF\xBF", 0 },
        { "first surrogate", "\xED\xA0\x80", 0 },
        { "last surrogate", "\xED\xBF\xBF", 0 },
        { "surrogate pair (CESU-8)", "\xED\xA0\xBD\xED\xB4\x91", 0 },
        { "above U+10FFFF", "\xF4\x90\x80\x80", 0 },
        { "lead byte F5", "\xF5\x80\x80\x80", 0 },
        { "5 bytes", "\xF8\x88\x80\x80\x80", 0 },
        { "6 bytes", "\xFC\x84\x80\x80\x80\x80", 0 },
        { "byte FE", "\xFE", 0 },
        { "byte FF", "\xFF", 0 },
        { "lone continuation", "\x80", 0 },
        { "continuation after a letter", "ab\xBF", 2 },
        { "cut off after 1 of 2", "a\xC3", 1 },
        { "cut off after 1 of 3", "a\xE2", 1 },
        { "cut off after 2 of 3", "a\xE2\x82", 1 },
        { "cut off after 3 of 4", "a\xF0\x9F\x94", 1 },
        { "letter where a continuation is due", "\xC3x", 0 },
        { "lead byte where a continuation is due", "\xE2\x82\xC3\xBC", 0 },
        { "Latin-1", "M\xFCller", 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        long fault = fault_of(rows[i].bytes, strlen(rows[i].bytes), 1, 100);
        if (fault != rows[i].fault) fail_msg("%s: fault at %ld", rows[i].what, fault);
    }
}

static void test_controls_have_their_offset(void **state) {
    (void)state;
    assert_int_equal(fault_of("ab\0cd", 5, 1, 100), 2);
    assert_int_equal(fault_of("ab\r\n", 4, 1, 100), 2);
    assert_int_equal(fault_of("\xC3\xBC\n", 3, 1, 100), 2);
    assert_int_equal(fault_of("abc\xE2\x80\xAE", 6, 1, 100), 3);
    assert_int_equal(fault_of("\x1B[31m", 5, 1, 100), 0);
}

static void test_limits_are_bytes(void **state) {
    (void)state;
    char text[102];
    memset(text, 'a', sizeof text);
    assert_int_equal(fault_of(text, 0, 1, 100), 0);
    assert_int_equal(fault_of(text, 1, 1, 100), -1);
    assert_int_equal(fault_of(text, 100, 1, 100), -1);
    assert_int_equal(fault_of(text, 101, 1, 100), 101);
    assert_int_equal(fault_of(text, 0, 0, 100), -1);
    assert_int_equal(fault_of(NULL, 0, 0, 100), -1);
    memcpy(text + 98, "\xE2\x82\xAC", 3); /* 99 characters in 101 bytes */
    assert_int_equal(fault_of(text, 101, 1, 100), 101);
    assert_int_equal(fault_of(text + 1, 100, 1, 100), -1);
    assert_int_equal(fault_of(text + 1, 99, 1, 100), 97); /* ends within the character */
}

static void test_zone_ids(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int is_good;
    } rows[] = {
        { "UTC", 1 },
        { "Europe/Berlin", 1 },
        { "America/Argentina/Buenos_Aires", 1 },
        { "Etc/GMT+12", 1 },
        { "Etc/GMT-14", 1 },
        { "x", 1 },
        { "AZaz09", 1 },
        { "", 0 },
        { "/", 0 },
        { "/etc/passwd", 0 },
        { "Europe/", 0 },
        { "Europe//Berlin", 0 },
        { "../etc", 0 },
        { "Europe/.", 0 },
        { "Europe Berlin", 0 },
        { "Europe\\Berlin", 0 },
        { "Z\xC3\xBCrich", 0 },
        { "Europe/Berlin\n", 0 },
        { "EST5EDT,M3", 0 },
        { ":UTC", 0 },
        { "a*", 0 },
        { "a.", 0 },
        { "a`", 0 },
        { "a@", 0 },
        { "a[", 0 },
        { "a{", 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(atk_zone_is_valid(rows[i].text, strlen(rows[i].text)), rows[i].is_good);
    assert_false(atk_zone_is_valid("U\0C", 3));
}

static void test_zone_id_limits(void **state) {
    (void)state;
    char zone[APITOKEN_ZONE_MAX + 1];
    memset(zone, 'z', sizeof zone);
    assert_true(atk_zone_is_valid(zone, APITOKEN_ZONE_MAX));
    assert_false(atk_zone_is_valid(zone, APITOKEN_ZONE_MAX + 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_edge_of_every_forbidden_range),
        cmocka_unit_test(test_ordinary_text_is_clean),
        cmocka_unit_test(test_malformed_utf8),
        cmocka_unit_test(test_controls_have_their_offset),
        cmocka_unit_test(test_limits_are_bytes),
        cmocka_unit_test(test_zone_ids),
        cmocka_unit_test(test_zone_id_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
