/* SPDX-License-Identifier: MIT */
#include "objects/input.h"

#include <string.h>

#include "samples.h"

typedef int (*check_fn)(const char *text, size_t len, apitoken_error *err);

static const struct {
    check_fn check;
    size_t min, max;
    int code;
    uint32_t field;
} rows[] = {
    { atk_input_owner, 1, APITOKEN_OWNER_MAX, APITOKEN_E_OWNER, APITOKEN_FIELD_OWNER },
    { atk_input_name, 1, APITOKEN_NAME_MAX, APITOKEN_E_NAME, APITOKEN_FIELD_NAME },
    { atk_input_description, 0, APITOKEN_DESCRIPTION_MAX, APITOKEN_E_DESCRIPTION,
      APITOKEN_FIELD_DESCRIPTION },
    { atk_input_reason, 0, APITOKEN_REASON_MAX, APITOKEN_E_REASON, APITOKEN_FIELD_REASON },
};
#define ROWS (sizeof rows / sizeof rows[0])

/* The code, after the detail was compared. */
static int check(size_t i, const char *text, size_t len, uint32_t offset) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    int rc = rows[i].check(text, len, &err);
    assert_int_equal(err.code, rc);
    if (rc == rows[i].code) {
        assert_int_equal(err.field, rows[i].field);
        assert_int_equal(err.offset, offset);
    }
    return rc;
}

static void test_limits(void **state) {
    (void)state;
    char text[1001];
    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < ROWS; i++) {
        const int empty = rows[i].min == 0 ? 0 : rows[i].code;
        assert_code(check(i, text, 0, 0), empty);
        assert_code(check(i, NULL, 0, 0), empty);
        assert_code(check(i, text, 1, 0), 0);
        assert_code(check(i, text, rows[i].max, 0), 0);
        assert_code(check(i, text, rows[i].max + 1, (uint32_t)rows[i].max + 1), rows[i].code);
    }
}

static void test_faults_have_their_place(void **state) {
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        assert_code(check(i, LIT("ab\ncd"), 2), rows[i].code);
        assert_code(check(i, LIT("ab\0"), 2), rows[i].code);
        assert_code(check(i, LIT("\xC0\xAF"), 0), rows[i].code);
        assert_code(check(i, LIT("abc\xE2\x80\xAE"), 3), rows[i].code);
        assert_code(check(i, NULL, 3, 0), APITOKEN_E_ARGUMENT);
    }
}

/* Which text, and what is wrong with it. */
static void test_details_tell_what_is_wrong(void **state) {
    (void)state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    char text[129];
    memset(text, 'a', sizeof text);
    assert_code(atk_input_owner(text, 129, &err), APITOKEN_E_OWNER);
    assert_string_equal(err.text, "the owner has 129 bytes, at most 128 are allowed");
    assert_code(atk_input_name(text, 0, &err), APITOKEN_E_NAME);
    assert_string_equal(err.text, "the name is empty");
    assert_code(atk_input_description(LIT("ab\n"), &err), APITOKEN_E_DESCRIPTION);
    assert_string_equal(err.text, "the description has a character that is not allowed, at byte 2");
    assert_code(atk_input_name(LIT("\n"), &err), APITOKEN_E_NAME);
    assert_string_equal(err.text, "the name has a character that is not allowed, at byte 0");
    assert_code(atk_input_id(NULL, 1, &err), APITOKEN_E_ARGUMENT);
    assert_int_equal(err.field, APITOKEN_FIELD_ID);
    assert_code(atk_input_reserved(1, &err), APITOKEN_E_ABI);
    assert_int_equal(err.field, APITOKEN_FIELD_OPTS);
    assert_int_equal(err.offset, 0);
    assert_code(atk_input_reason(NULL, 1, &err), APITOKEN_E_ARGUMENT);
    assert_string_equal(err.text, "the reason is NULL with a length");
    assert_int_equal(err.field, APITOKEN_FIELD_REASON);
    assert_int_equal(err.offset, 0);
}

static void test_ids(void **state) {
    (void)state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_code(atk_input_id(LIT(SAMPLE_ID), NULL), 0);
    assert_code(atk_input_id(LIT(SAMPLE_ID "0"), &err), APITOKEN_E_ID);
    assert_true(err.field == APITOKEN_FIELD_ID && err.offset == 0);
    assert_code(atk_input_id(NULL, 12, &err), APITOKEN_E_ARGUMENT);
    assert_true(err.field == APITOKEN_FIELD_ID && err.offset == 0);
    assert_code(atk_input_id(SAMPLE_ID, 11, NULL), APITOKEN_E_ID);
    assert_code(atk_input_id("", 0, NULL), APITOKEN_E_ID);
    assert_code(atk_input_id(NULL, 0, NULL), APITOKEN_E_ID);
    assert_code(atk_input_id(NULL, 12, NULL), APITOKEN_E_ARGUMENT);
    assert_code(atk_input_id(LIT("tdh_1AbCdEf0"), NULL), APITOKEN_E_ID);
}

static void test_reserved_fields(void **state) {
    (void)state;
    assert_code(atk_input_reserved(0, NULL), 0);
    assert_code(atk_input_reserved(1, NULL), APITOKEN_E_ABI);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_faults_have_their_place),
        cmocka_unit_test(test_details_tell_what_is_wrong),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_reserved_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
