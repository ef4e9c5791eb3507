/* SPDX-License-Identifier: MIT */
#include "objects/input.h"

#include <string.h>

#include "cases.h"
#include "samples.h"

typedef int (*check_fn)(const char *text, size_t len, apitoken_error *err);

static const struct {
    check_fn check;
    size_t min, max;
    int code;
    uint32_t field;
} rows[] = {
    { atk_input_owner, 1, APITOKEN_OWNER_MAX, APITOKEN_E_OWNER, APITOKEN_FIELD_OWNER },
    { atk_input_new_owner, 1, APITOKEN_OWNER_MAX, APITOKEN_E_OWNER, APITOKEN_FIELD_OWNER },
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
        assert_code(check(i, LIT("ab\xC0\xAF"), 2), rows[i].code);
        assert_code(check(i, NULL, 3, 0), APITOKEN_E_ARGUMENT);
        if (rows[i].check == atk_input_owner) continue;
        assert_code(check(i, LIT("ab\ncd"), 2), rows[i].code);
        assert_code(check(i, LIT("ab\0"), 2), rows[i].code);
        assert_code(check(i, LIT("abc\xE2\x80\xAE"), 3), rows[i].code);
        assert_code(check(i, LIT(" "), 0), rows[i].code);
    }
}

/* Owners that another version stored can still be looked up. */
static void test_an_owner_of_a_look_up_is_utf8_alone(void **state) {
    (void)state;
    static const char *const owners[] = {
        " ", "a\n", "a\xE2\x80\x8B", "\xE3\x85\xA4", "\xCC\x81", "\xEF\xB7\x90", "\xEE\x80\x80"
    };
    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++) {
        assert_code(atk_input_owner(owners[i], strlen(owners[i]), NULL), 0);
        assert_code(atk_input_new_owner(owners[i], strlen(owners[i]), NULL), APITOKEN_E_OWNER);
    }
    assert_code(atk_input_owner(LIT("a\0"), NULL), 0);
    assert_code(atk_input_owner(LIT("\xED\xA0\x80"), NULL), APITOKEN_E_OWNER);
}

#define assert_detail(call, due_code, due_text)    \
    do {                                           \
        apitoken_error err = APITOKEN_ERROR_INIT;  \
        assert_code((call), (due_code));           \
        assert_string_equal(err.text, (due_text)); \
    } while (0)

/* The text says which argument is wrong, and names invisible characters. */
static void test_details_tell_what_is_wrong(void **state) {
    (void)state;
    char text[129];
    memset(text, 'a', sizeof text);
    assert_detail(atk_input_owner(text, 129, &err), APITOKEN_E_OWNER,
                  "the owner has 129 bytes; at most 128 are allowed");
    assert_detail(atk_input_name(text, 0, &err), APITOKEN_E_NAME, "the name is empty");
    assert_detail(atk_input_description(LIT("ab\n"), &err), APITOKEN_E_DESCRIPTION,
                  "the description: U+000A is not allowed here, at byte 2");
    assert_detail(atk_input_name(LIT("abc\xE2\x80\x8B"), &err), APITOKEN_E_NAME,
                  "the name: U+200B is not allowed here, at byte 3");
    assert_detail(atk_input_name(LIT("\xF3\xA0\x80\x81"), &err), APITOKEN_E_NAME,
                  "the name: U+E0001 is not allowed here, at byte 0");
    assert_detail(atk_input_name(LIT("caf\xE9"), &err), APITOKEN_E_NAME,
                  "the name is not UTF-8 at byte 3");
    assert_detail(atk_input_owner(LIT("caf\xE9"), &err), APITOKEN_E_OWNER,
                  "the owner is not UTF-8 at byte 3");
    assert_detail(atk_input_name(LIT(" a"), &err), APITOKEN_E_NAME, "the name begins with a space");
    assert_detail(atk_input_new_owner(LIT("a "), &err), APITOKEN_E_OWNER,
                  "the owner ends with a space");
    assert_detail(atk_input_reason(LIT("\xCC\x81"), &err), APITOKEN_E_REASON,
                  "the reason begins with U+0301, a combining mark");
    assert_detail(atk_input_name(LIT("a\xCC\x80\xCC\x81\xCC\x80\xCC\x81\xCC\x82"), &err),
                  APITOKEN_E_NAME,
                  "the name has more than 4 combining marks in a row: U+0302 at byte 9");
    assert_detail(atk_input_reason(NULL, 1, &err), APITOKEN_E_ARGUMENT,
                  "the reason is NULL, but its length is not 0");
}

static void test_faults_without_an_offset(void **state) {
    (void)state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_code(atk_input_id(NULL, 1, &err), APITOKEN_E_ARGUMENT);
    assert_int_equal(err.field, APITOKEN_FIELD_ID);
    assert_code(atk_input_reserved(1, &err), APITOKEN_E_ABI);
    assert_int_equal(err.field, APITOKEN_FIELD_OPTS);
    assert_int_equal(err.offset, 0);
    assert_code(atk_input_reason(NULL, 1, &err), APITOKEN_E_ARGUMENT);
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

static void test_path(void **state) {
    (void)state;
    static char longest[ATK_PATH_MAX + 2];
    assert_code(atk_input_path(NULL, NULL), APITOKEN_E_PATH);
    assert_code(atk_input_path("", NULL), APITOKEN_E_PATH);
    assert_code(atk_input_path("postgres://host/db", NULL), APITOKEN_E_PATH);
    assert_code(atk_input_path("a", NULL), 0);
    assert_code(atk_input_path("C:/a:b", NULL), 0);
    memset(longest, 'p', ATK_PATH_MAX);
    assert_code(atk_input_path(longest, NULL), 0);
    longest[ATK_PATH_MAX] = 'p';
    assert_code(atk_input_path(longest, NULL), APITOKEN_E_PATH);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_faults_have_their_place),
        cmocka_unit_test(test_an_owner_of_a_look_up_is_utf8_alone),
        cmocka_unit_test(test_details_tell_what_is_wrong),
        cmocka_unit_test(test_faults_without_an_offset),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_path),
        cmocka_unit_test(test_reserved_fields),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
