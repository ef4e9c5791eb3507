/* SPDX-License-Identifier: MIT */
/* The error table as a caller sees it: names, texts, classes, the public error, versions. */
#include "api.h"

#include <string.h>

#include "cases.h"

static const struct {
    int first, last, class_of, status;
    const char *public_error;
} classes[] = {
    { 0, 0, APITOKEN_CLASS_OK, 200, "" },
    { APITOKEN_E_ARGUMENT, APITOKEN_E_ZONE, APITOKEN_CLASS_USAGE, 500, "" },
    { APITOKEN_E_MAP_SIZE, APITOKEN_E_FILTER, APITOKEN_CLASS_USAGE, 500, "" },
    { APITOKEN_E_MALFORMED, APITOKEN_E_REVOKED, APITOKEN_CLASS_DENIED, 401, "invalid_token" },
    { APITOKEN_E_NO_TOKEN, APITOKEN_E_NO_TOKEN, APITOKEN_CLASS_DENIED, 401, "" },
    { APITOKEN_E_NEWER, APITOKEN_E_WRONG_NETWORK, APITOKEN_CLASS_DENIED, 401, "invalid_token" },
    { APITOKEN_E_WRONG_INTERFACE, APITOKEN_E_WRONG_INTERFACE, APITOKEN_CLASS_DENIED, 403,
      "insufficient_scope" },
    { APITOKEN_E_HEADER, APITOKEN_E_HEADER, APITOKEN_CLASS_DENIED, 400, "invalid_request" },
    { APITOKEN_E_NOMEM, APITOKEN_E_FILE_SYSTEM, APITOKEN_CLASS_FAILED, 503, "" },
    { APITOKEN_E_KEY_RETIRED, APITOKEN_E_KEY_RETIRED, APITOKEN_CLASS_FAILED, 503, "" },
};

static void every_code_has_name_text_class_and_answer(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(classes); i++)
        for (int code = classes[i].first; code >= classes[i].last; code--) {
            assert_int_equal(strncmp(apitoken_error_name(code), "APITOKEN_", strlen("APITOKEN_")),
                             0);
            assert_string_not_equal(apitoken_error_name(code), "APITOKEN_E_?");
            assert_true(strlen(apitoken_error_text(code)) > 5);
            assert_int_equal(apitoken_error_class(code), classes[i].class_of);
            assert_int_equal(apitoken_public_status(code), classes[i].status);
            assert_string_equal(apitoken_public_error(code), classes[i].public_error);
        }
}

/* A code that is added without its range here would go unseen. */
static void a_class_ends_with_the_last_range(void **state) {
    (void)state;
    static const int last[] = { APITOKEN_E_FILTER, APITOKEN_E_HEADER, APITOKEN_E_KEY_RETIRED };
    for (size_t i = 0; i < COUNT(last); i++)
        for (int code = last[i] - 1; code > last[i] - 50; code--)
            assert_string_equal(apitoken_error_name(code), "APITOKEN_E_?");
}

static void names_belong_to_their_codes(void **state) {
    (void)state;
    assert_string_equal(apitoken_error_name(0), "APITOKEN_OK");
    assert_string_equal(apitoken_error_name(-1001), "APITOKEN_E_ARGUMENT");
    assert_string_equal(apitoken_error_name(-1029), "APITOKEN_E_COPY_REVOKED");
    assert_string_equal(apitoken_error_name(-1039), "APITOKEN_E_DATA");
    assert_string_equal(apitoken_error_name(-1046), "APITOKEN_E_POLICY_VALUE");
    assert_string_equal(apitoken_error_name(-1103), "APITOKEN_E_EXPIRED");
    assert_string_equal(apitoken_error_name(-1110), "APITOKEN_E_WRONG_INTERFACE");
    assert_string_equal(apitoken_error_name(-1233), "APITOKEN_E_MLOCK");
}

static void names_and_texts_are_all_different(void **state) {
    (void)state;
    for (int a = 0; a >= -1300; a--)
        for (int b = a - 1; b >= -1300 && strcmp(apitoken_error_name(a), "APITOKEN_E_?") != 0;
             b--) {
            assert_string_not_equal(apitoken_error_name(a), apitoken_error_name(b));
            assert_string_not_equal(apitoken_error_text(a), apitoken_error_text(b));
        }
}

/* A newer library's code is treated by its class; what is no code at all fails closed. */
static void unknown_numbers_are_classed(void **state) {
    (void)state;
    static const struct {
        int code, class_of;
    } unknown[] = {
        { -1000, APITOKEN_CLASS_USAGE },      { -1099, APITOKEN_CLASS_USAGE },
        { -1100, APITOKEN_CLASS_DENIED },     { -1199, APITOKEN_CLASS_DENIED },
        { -1299, APITOKEN_CLASS_FAILED },     { -1300, APITOKEN_CLASS_FAILED },
        { -999, APITOKEN_CLASS_FAILED },      { -1, APITOKEN_CLASS_FAILED },
        { 1, APITOKEN_CLASS_FAILED },         { INT32_MAX, APITOKEN_CLASS_FAILED },
        { INT32_MIN, APITOKEN_CLASS_FAILED },
    };
    for (size_t i = 0; i < COUNT(unknown); i++) {
        assert_string_equal(apitoken_error_name(unknown[i].code), "APITOKEN_E_?");
        assert_non_null(apitoken_error_text(unknown[i].code));
        assert_int_equal(apitoken_error_class(unknown[i].code), unknown[i].class_of);
        assert_int_not_equal(apitoken_public_status(unknown[i].code), 200);
    }
}

static void version_of_header_and_library_agree(void **state) {
    (void)state;
    assert_int_equal(apitoken_version(), APITOKEN_VERSION);
    assert_string_equal(apitoken_version_string(), APITOKEN_VERSION_STRING);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_name_text_class_and_answer),
        cmocka_unit_test(a_class_ends_with_the_last_range),
        cmocka_unit_test(names_belong_to_their_codes),
        cmocka_unit_test(names_and_texts_are_all_different),
        cmocka_unit_test(unknown_numbers_are_classed),
        cmocka_unit_test(version_of_header_and_library_agree),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
