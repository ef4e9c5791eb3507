/* SPDX-License-Identifier: MIT */
#include "rules/utf8.h"

#include <string.h>

#include "cases.h"
#include "samples.h"

/* The `len` bytes that hold `code`, overlong or a surrogate or not (the table of RFC 3629). */
static void encode(uint32_t code, size_t len, char out[4]) {
    static const unsigned head[5] = { 0, 0, 0xC0, 0xE0, 0xF0 };
    for (size_t i = len; i-- > 1; code >>= 6) out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(head[len] | code);
}

/* Every code in every length that has room for it. */
static void test_every_code_has_one_form(void **state) {
    (void)state;
    static const uint32_t room[5] = { 0, 0x80, 0x800, 0x10000, 0x200000 };
    for (size_t len = 1; len <= 4; len++)
        for (uint32_t code = 0; code < room[len]; code++) {
            const int is_good = code >= (len > 1 ? room[len - 1] : 0) && code <= 0x10FFFF &&
                                (code < 0xD800 || code > 0xDFFF);
            char bytes[4];
            uint32_t found = 0xABCDEF;
            encode(code, len, bytes);
            size_t width = atk_utf8_decode((const unsigned char *)bytes, len, &found);
            if (width != (is_good ? len : 0) || found != (is_good ? code : 0xABCDEF))
                fail_msg("U+%04X in %zu bytes: %zu, U+%04X", (unsigned)code, len, width,
                         (unsigned)found);
        }
}

static void test_faults(void **state) {
    (void)state;
    static const struct {
        const char *what, *bytes;
        long fault;
    } rows[] = {
        { "ASCII", "abc", -1 },
        { "all lengths", "a\xC3\xBC\xE2\x82\xAC\xF0\x9F\x94\x91", -1 },
        { "invisible, but well-formed", "\xE2\x80\x8B\x01 ", -1 },
        { "overlong slash, 2 bytes", "\xC0\xAF", 0 },
        { "overlong NUL", "\xC0\x80", 0 },
        { "overlong slash, 3 bytes", "\xE0\x80\xAF", 0 },
        { "overlong slash, 4 bytes", "\xF0\x80\x80\xAF", 0 },
        { "surrogate pair (CESU-8)", "\xED\xA0\xBD\xED\xB4\x91", 0 },
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
        { "lead byte where the last continuation is due", "\xF0\x9F\x94\xC3\xBC", 0 },
        { "Latin-1", "M\xFCller", 1 },
        { "after the letters of all lengths", "a\xC3\xBC\xE2\x82\xAC\xF0\x9F\x94\x91\xFF", 10 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t at = 9999;
        bool is_good = atk_utf8_is_valid(rows[i].bytes, strlen(rows[i].bytes), &at);
        if (is_good != (rows[i].fault < 0) || (!is_good && at != (size_t)rows[i].fault))
            fail_msg("%s: fault at %zu", rows[i].what, at);
    }
}

static void test_ends(void **state) {
    (void)state;
    size_t at = 9999;
    assert_true(atk_utf8_is_valid(NULL, 0, &at));
    assert_true(atk_utf8_is_valid("a\0b", 3, &at));
    assert_false(atk_utf8_is_valid("ab\xE2\x82\xAC", 4, &at));
    assert_int_equal(at, 2);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_has_one_form),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_ends),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
