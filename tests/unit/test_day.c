/* SPDX-License-Identifier: MIT */
#include "rules/day.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cases.h"
#include "samples.h"

#define SENTINEL 77

static int32_t parse(const char *text, size_t len) {
    int32_t day = SENTINEL;
    apitoken_error err = APITOKEN_ERROR_INIT;
    int rc = apitoken_day_parse(text, len, &day, &err);
    if (rc == 0) return day;
    assert_code(rc, APITOKEN_E_DAY);
    assert_int_equal(err.code, APITOKEN_E_DAY);
    assert_int_equal(err.field, APITOKEN_FIELD_EXPIRY);
    assert_int_equal(day, SENTINEL);
    return 0;
}

/* Every day from the first one on is parsed, formatted and counted, and compared with libc. */
static void test_every_day_of_1970_to_2400(void **state) {
    (void)state;
    int32_t day = ATK_DAY_MIN;
    for (int64_t number = 0; day <= 24001231; number++) {
        char text[ATK_DAY_TEXT_LEN + 1];
        time_t seconds = (time_t)(number * 86400);
        struct tm tm;
        assert_non_null(gmtime_r(&seconds, &tm));
        assert_int_equal(day, (tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday);
        assert_true(atk_day_is_valid(day));
        assert_true(atk_day_start_utc_ms(day) == (int64_t)timegm(&tm) * 1000);
        assert_code(apitoken_day_format(day, text, sizeof text, NULL), 0);
        assert_int_equal(parse(text, strlen(text)), day);
        day = atk_day_next(day);
    }
    assert_int_equal(day, 24010101);
}

/*
 * Of all numbers of eight digits in some years those are days that the system's calendar gives back
 * unchanged.
 */
static void test_only_days_of_the_calendar(void **state) {
    (void)state;
    static const int years[] = { 1970, 1999, 2000, 2024, 2025, 2100, 2400, 9999 };
    for (size_t i = 0; i < sizeof years / sizeof years[0]; i++) {
        for (int rest = 0; rest < 10000; rest++) {
            int month = rest / 100, dom = rest % 100;
            struct tm tm = { .tm_year = years[i] - 1900, .tm_mon = month - 1, .tm_mday = dom };
            (void)timegm(&tm);
            int is_due =
                tm.tm_year == years[i] - 1900 && tm.tm_mon == month - 1 && tm.tm_mday == dom;
            assert_int_equal(atk_day_is_valid(years[i] * 10000 + rest), is_due);
        }
    }
}

static void test_numbers_that_are_no_days(void **state) {
    (void)state;
    static const int32_t days[] = { 0,         1,         -1,       INT32_MIN, INT32_MAX, 19691231,
                                    99991232,  100000101, 20260230, 20261301,  20260001,  20260100,
                                    -20260101, 101,       20250229, 21000229,  20260431 };
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        char text[16] = "untouched";
        assert_false(atk_day_is_valid(days[i]));
        assert_code(apitoken_day_format(days[i], text, sizeof text, NULL), APITOKEN_E_DAY);
        assert_string_equal(text, "untouched");
    }
}

static const struct {
    const char *text;
    int32_t day;
} texts[] = {
    { "1970-01-01", 19700101 },
    { "9999-12-31", 99991231 },
    { "2024-02-29", 20240229 },
    { "2000-02-29", 20000229 },
    { "2400-02-29", 24000229 },
    { "2100-02-29", 0 },
    { "2026-02-29", 0 },
    { "2026-02-30", 0 },
    { "2026-04-31", 0 },
    { "2026-00-10", 0 },
    { "2026-13-01", 0 },
    { "2026-01-00", 0 },
    { "2026-01-32", 0 },
    { "0000-01-01", 0 },
    { "0001-01-01", 0 },
    { "1969-12-31", 0 },
    { "10000-01-01", 0 },
    { "2026-1-01", 0 },
    { "2026-01-1", 0 },
    { "26-01-01", 0 },
    { "2026-01-01 ", 0 },
    { " 2026-01-01", 0 },
    { "2026-01-01\n", 0 },
    { "2026-01-0 ", 0 },
    { " 026-01-01", 0 },
    { "+026-01-01", 0 },
    { "-026-01-01", 0 },
    { "2026/01/01", 0 },
    { "2026.01.01", 0 },
    { "20260101", 0 },
    { "2026-0101", 0 },
    { "202601-01-", 0 },
    { "2026-01-0x", 0 },
    { "2026--1-01", 0 },
    { "01-01-2026", 0 },
    { "never", 0 },
    { "", 0 },
    { "2026-01-01T", 0 },
    { "2026-W01-1", 0 },
    { "2026-001", 0 },
    { "\xD9\xA2\xD9\xA0\xD9\xA2\xD9\xA6-1", 0 },
};

static void test_texts(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int32_t day = parse(texts[i].text, strlen(texts[i].text));
        if (day != texts[i].day) fail_msg("'%s' gave %d", texts[i].text, (int)day);
    }
    assert_int_equal(parse("2026-01-0\0", 10), 0);
    assert_int_equal(parse("2026-01-01\0", 11), 0);
    /* the text has a length and needs no NUL */
    assert_int_equal(parse("2026-01-01 and more", 10), 20260101);
}

static void test_every_wrong_character_is_refused(void **state) {
    (void)state;
    for (size_t at = 0; at < ATK_DAY_TEXT_LEN; at++) {
        for (int c = 0; c < 256; c++) {
            char text[] = "2026-10-11";
            int is_digit = c >= '0' && c <= '9';
            if (at == 4 || at == 7 ? c == '-' : is_digit) continue;
            text[at] = (char)c;
            assert_int_equal(parse(text, ATK_DAY_TEXT_LEN), 0);
        }
    }
}

static void test_format_fits_exactly_or_leaves_the_buffer(void **state) {
    (void)state;
    char text[16] = "untouched";
    for (size_t cap = 0; cap <= ATK_DAY_TEXT_LEN; cap++) {
        assert_code(apitoken_day_format(20260101, text, cap, NULL), APITOKEN_E_BUFFER);
        assert_string_equal(text, "untouched");
    }
    text[11] = 'x';
    assert_code(apitoken_day_format(20260101, text, ATK_DAY_TEXT_LEN + 1, NULL), 0);
    assert_string_equal(text, "2026-01-01");
    assert_int_equal(text[11], 'x');
}

static void test_last_day_has_an_end(void **state) {
    (void)state;
    assert_int_equal(atk_day_next(ATK_DAY_MAX), 100000101);
    assert_true(atk_day_start_utc_ms(100000101) == ATK_MS_MAX + 1);
    assert_true(atk_day_start_utc_ms(ATK_DAY_MIN) == 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_day_of_1970_to_2400),
        cmocka_unit_test(test_only_days_of_the_calendar),
        cmocka_unit_test(test_numbers_that_are_no_days),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_every_wrong_character_is_refused),
        cmocka_unit_test(test_format_fits_exactly_or_leaves_the_buffer),
        cmocka_unit_test(test_last_day_has_an_end),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
