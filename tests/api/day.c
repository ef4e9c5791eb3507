/* SPDX-License-Identifier: MIT */
/* apitoken_day_parse(), apitoken_day_format() */
#include "api.h"

#include <string.h>

#include "cases.h"

static const struct {
    const char *text;
    int32_t day;
} good[] = {
    { "1970-01-01", 19700101 }, { "9999-12-31", 99991231 }, { "2000-02-29", 20000229 },
    { "2028-02-29", 20280229 }, { "2026-02-28", 20260228 }, { "2026-04-30", 20260430 },
    { "2026-12-31", 20261231 },
};

static void days_become_numbers_and_text_again(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        int32_t day = 0;
        char text[11];
        assert_code(apitoken_day_parse(good[i].text, strlen(good[i].text), &day, NULL), 0);
        assert_int_equal(day, good[i].day);
        assert_code(apitoken_day_format(day, text, sizeof text, NULL), 0);
        assert_string_equal(text, good[i].text);
    }
}

static const char *const bad[] = {
    "",
    "2026",
    "2026-02-30",
    "2026-02-29",
    "2100-02-29",
    "2026-04-31",
    "2026-13-01",
    "2026-00-01",
    "2026-01-00",
    "2026-01-32",
    "0000-01-01",
    "1969-12-31",
    "10000-01-01",
    "2026-1-01",
    "2026-01-1",
    "20260101",
    "2026/01/01",
    "2026-01-01 ",
    " 2026-01-01",
    "2026-01-01\n",
    "2026-01-01T",
    "+026-01-01",
    "-026-01-01",
    "2026-01- 1",
    "2o26-01-01",
    "2026-0x-01",
    "01.01.2026",
};

static void what_is_no_day_is_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        int32_t day = 4711;
        assert_code(apitoken_day_parse(bad[i], strlen(bad[i]), &day, &err), APITOKEN_E_DAY);
        assert_field(&err, APITOKEN_E_DAY, APITOKEN_FIELD_EXPIRY, 0);
        assert_int_equal(day, 4711);
    }
    int32_t day = 4711;
    assert_code(apitoken_day_parse("2026-01-0\0", 10, &day, NULL), APITOKEN_E_DAY);
    assert_int_equal(day, 4711);
}

static void numbers_that_are_no_day_have_no_text(void **state) {
    (void)state;
    static const int32_t days[] = { 0,        -1,       20260230,  20261301,  20260001,
                                    20260100, 19691231, 100000101, INT32_MAX, INT32_MIN };
    for (size_t i = 0; i < COUNT(days); i++) {
        char text[12] = "untouched";
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(apitoken_day_format(days[i], text, sizeof text, &err), APITOKEN_E_DAY);
        assert_field(&err, APITOKEN_E_DAY, APITOKEN_FIELD_EXPIRY, 0);
        assert_string_equal(text, "untouched");
    }
}

static void a_short_buffer_is_left_alone(void **state) {
    (void)state;
    for (size_t cap = 0; cap < 11; cap++) {
        char text[12] = "untouched";
        assert_code(apitoken_day_format(20261231, text, cap, NULL), APITOKEN_E_BUFFER);
        assert_string_equal(text, "untouched");
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_become_numbers_and_text_again),
        cmocka_unit_test(what_is_no_day_is_refused),
        cmocka_unit_test(numbers_that_are_no_day_have_no_text),
        cmocka_unit_test(a_short_buffer_is_left_alone),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
