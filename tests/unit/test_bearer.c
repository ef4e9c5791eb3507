/* SPDX-License-Identifier: MIT */
#include "rules/bearer.h"

#include <stdlib.h>
#include <string.h>

#include "apitoken/apitoken.h"
#include "cases.h"
#include "samples.h"

/* The credentials of a value that has them, or the code. */
static int find(const char *value, size_t len, const char **ret_text, size_t *ret_len) {
    const char *const before = value + len + 1;
    *ret_text = before;
    *ret_len = 4711;
    int rc = atk_bearer_find(value, len, ret_text, ret_len);
    if (rc < 0) assert_true(*ret_text == before && *ret_len == 4711);
    return rc;
}

static void test_values_with_credentials(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        { "Bearer abc", "abc" },
        { "bearer abc", "abc" },
        { "BEARER abc", "abc" },
        { "bEaReR abc", "abc" },
        { "Bearer   abc", "abc" },
        { "  \t Bearer abc", "abc" },
        { "Bearer abc \t ", "abc" },
        { "Bearer a", "a" },
        { "Bearer abc=", "abc=" },
        { "Bearer abc==", "abc==" },
        { "Bearer azAZ09-._~+/", "azAZ09-._~+/" },
        { "Bearer Bearer", "Bearer" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *text;
        size_t len;
        assert_code(find(rows[i][0], strlen(rows[i][0]), &text, &len), 0);
        assert_int_equal(len, strlen(rows[i][1]));
        assert_memory_equal(text, rows[i][1], len);
        assert_ptr_equal(text, strstr(rows[i][0] + 7, rows[i][1])); /* a place in the value */
    }
}

static void test_values_without_credentials(void **state) {
    (void)state;
    static const char *const values[] = { "",
                                          " ",
                                          "\t \t",
                                          "Basic YTpi",
                                          "Beare",
                                          "Bearerabc",
                                          "BearerX abc",
                                          "Bear er",
                                          "Bearxr abc",
                                          "Bxarer abc",
                                          "earer a",
                                          "Bearer\nabc",
                                          "Bearer=abc",
                                          "\"Bearer\" a",
                                          "Basic Bearer abc",
                                          "[earer a",
                                          "\x02"
                                          "earer abc" };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        const char *text;
        size_t len;
        assert_code(find(values[i], strlen(values[i]), &text, &len), APITOKEN_E_NO_TOKEN);
    }
}

/* It is said to be a bearer token, but is not written as one. */
static void test_values_that_are_malformed(void **state) {
    (void)state;
    static const char *const values[] = {
        "Bearer",       "Bearer ",        " Bearer\t",    "Bearer a b",   "Bearer a,b",
        "Bearer \tabc", "Bearer\tabc",    "Bearer =",     "Bearer =a",    "Bearer a=b",
        "Bearer a\tb",  "Bearer \"abc\"", "Bearer a\xFC", "Bearer a\x7F", "Bearer a\n",
        "Bearer ab:",   "Bearer ab@",     "Bearer ab[",   "Bearer ab`",   "Bearer ab{"
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        const char *text;
        size_t len;
        if (find(values[i], strlen(values[i]), &text, &len) != APITOKEN_E_HEADER)
            fail_msg("%s", values[i]);
    }
}

/* The byte that ends a string has no meaning here. */
static void test_a_nul_is_a_character_as_any(void **state) {
    (void)state;
    const char *text;
    size_t len;
    assert_code(find(LIT("Bearer abc\0"), &text, &len), APITOKEN_E_HEADER);
    assert_code(find(LIT("Bearer a\0bc"), &text, &len), APITOKEN_E_HEADER);
    assert_code(find(LIT("Bearer \0"), &text, &len), APITOKEN_E_HEADER);
    assert_code(find(LIT("\0Bearer abc"), &text, &len), APITOKEN_E_NO_TOKEN);
    assert_code(find(LIT("Bearer\0abc"), &text, &len), APITOKEN_E_NO_TOKEN);
}

/* Every character on its own: those of RFC 6750, 2.1, and no other. */
static void test_every_character_of_credentials(void **state) {
    (void)state;
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "-._~+/";
    for (unsigned c = 0; c < 256; c++) {
        char value[] = "Bearer x.x";
        const char *text;
        size_t len;
        value[8] = (char)c;
        assert_code(find(value, strlen("Bearer x.x"), &text, &len),
                    c && strchr(allowed, (int)c) ? 0 : APITOKEN_E_HEADER);
    }
}

/* No byte behind the value counts, whatever its length. */
static void test_a_value_ends_with_its_length(void **state) {
    (void)state;
    static const char value[] = "Bearer abc";
    for (size_t len = 0; len <= strlen(value); len++) {
        char *copy = malloc(len + 1); /* for the sanitizers: the byte behind it is not ours */
        const char *text;
        size_t text_len;
        assert_non_null(copy);
        copy[0] = ' ';
        memcpy(copy + 1, value, len);
        assert_code(atk_bearer_find(copy + 1, len, &text, &text_len), len < 6 ? APITOKEN_E_NO_TOKEN
                                                                      : len < 8 ? APITOKEN_E_HEADER
                                                                                : 0);
        if (len >= 8) assert_int_equal(text_len, len - 7);
        free(copy);
    }
}

/* Nor does what lies around it. */
static void test_nothing_around_a_value_counts(void **state) {
    (void)state;
    static const char around[] = "  Bearer abc  ";
    const char *text;
    size_t len;
    for (size_t at = 0; at < strlen(around); at++)
        assert_code(find(around + at, 0, &text, &len), APITOKEN_E_NO_TOKEN);
    for (size_t end = 0; end < 8; end++)
        assert_code(find(around, end, &text, &len), APITOKEN_E_NO_TOKEN);
    assert_code(find(around + 2, 6, &text, &len), APITOKEN_E_HEADER);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_with_credentials),
        cmocka_unit_test(test_values_without_credentials),
        cmocka_unit_test(test_values_that_are_malformed),
        cmocka_unit_test(test_a_nul_is_a_character_as_any),
        cmocka_unit_test(test_every_character_of_credentials),
        cmocka_unit_test(test_a_value_ends_with_its_length),
        cmocka_unit_test(test_nothing_around_a_value_counts),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
