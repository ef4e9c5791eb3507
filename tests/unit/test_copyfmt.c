/* SPDX-License-Identifier: MIT */
#include "rules/copyfmt.h"

#include <string.h>

#include "cases.h"
#include "samples.h"

#define T VECTOR_TOKEN

static const struct {
    int format;
    const char *text;
} rows[] = {
    { APITOKEN_FORMAT_PLAIN, T },
    { APITOKEN_FORMAT_BEARER, "Bearer " T },
    { APITOKEN_FORMAT_HEADER, "Authorization: Bearer " T },
    { APITOKEN_FORMAT_ENV, "API_TOKEN=" T },
    { APITOKEN_FORMAT_CURL, "header = \"Authorization: Bearer " T "\"" },
    { APITOKEN_FORMAT_MASKED, "tdh_1" SAMPLE_ID "\xE2\x80\xA6" },
};
#define ROWS (sizeof rows / sizeof rows[0])

static int write_form(int format, char *buf, size_t cap, size_t *ret_len) {
    const struct atk_text_out out = { buf, cap, ret_len };
    struct atk_prefix prefix;
    sample_prefix(&prefix, "tdh");
    if (format == APITOKEN_FORMAT_MASKED) return atk_copyfmt_write_masked(&prefix, SAMPLE_ID, &out);
    return atk_copyfmt_write(format, T, strlen(T), &out);
}

static void test_exact_bytes(void **state) {
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        char buf[APITOKEN_FORMAT_MAX];
        size_t len = 0;
        memset(buf, 'x', sizeof buf);
        assert_code(write_form(rows[i].format, buf, sizeof buf, &len), 0);
        assert_int_equal(len, strlen(rows[i].text));
        assert_string_equal(buf, rows[i].text);
        for (size_t at = len + 1; at < sizeof buf; at++) assert_int_equal(buf[at], 'x');
    }
}

static void test_every_small_buffer_is_left_alone(void **state) {
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        size_t due = strlen(rows[i].text);
        for (size_t cap = 0; cap <= due; cap++) {
            char buf[APITOKEN_FORMAT_MAX];
            size_t len = 0;
            memset(buf, 'x', sizeof buf);
            assert_code(write_form(rows[i].format, buf, cap, &len), APITOKEN_E_BUFFER);
            assert_int_equal(len, due);
            for (size_t at = 0; at < sizeof buf; at++) assert_int_equal(buf[at], 'x');
        }
    }
}

static void test_a_buffer_that_fits_exactly(void **state) {
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        char buf[APITOKEN_FORMAT_MAX];
        size_t due = strlen(rows[i].text), len = 0;
        memset(buf, 'x', sizeof buf);
        assert_code(write_form(rows[i].format, buf, due + 1, &len), 0);
        assert_int_equal(len, due);
        assert_string_equal(buf, rows[i].text);
        assert_int_equal(buf[due + 1], 'x');
    }
}

static void test_asking_for_the_length(void **state) {
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        size_t len = 0;
        assert_code(write_form(rows[i].format, NULL, 0, &len), APITOKEN_E_BUFFER);
        assert_int_equal(len, strlen(rows[i].text));
    }
}

static void test_the_longest_token_fits_the_public_limit(void **state) {
    (void)state;
    char token[APITOKEN_TOKEN_MAX], buf[APITOKEN_FORMAT_MAX];
    size_t len;
    const struct atk_text_out out = { buf, sizeof buf, &len };
    memset(token, 't', sizeof token);
    for (size_t i = 0; i + 1 < ROWS; i++)
        assert_code(atk_copyfmt_write(rows[i].format, token, sizeof token, &out), 0);
}

static void test_masked_with_the_longest_prefix(void **state) {
    (void)state;
    struct atk_prefix prefix;
    char buf[APITOKEN_FORMAT_MAX];
    size_t len;
    const struct atk_text_out out = { buf, sizeof buf, &len };
    sample_prefix(&prefix, "abcdefghij");
    assert_code(atk_copyfmt_write_masked(&prefix, SAMPLE_ID, &out), 0);
    assert_string_equal(buf, "abcdefghij_1" SAMPLE_ID "\xE2\x80\xA6");
}

static void test_known_formats(void **state) {
    (void)state;
    for (int format = -3; format <= 10; format++)
        assert_int_equal(atk_copyfmt_is_known(format), format >= 1 && format <= 6);
    assert_false(atk_copyfmt_is_known(INT32_MIN) || atk_copyfmt_is_known(INT32_MAX));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact_bytes),
        cmocka_unit_test(test_every_small_buffer_is_left_alone),
        cmocka_unit_test(test_a_buffer_that_fits_exactly),
        cmocka_unit_test(test_asking_for_the_length),
        cmocka_unit_test(test_the_longest_token_fits_the_public_limit),
        cmocka_unit_test(test_masked_with_the_longest_prefix),
        cmocka_unit_test(test_known_formats),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
