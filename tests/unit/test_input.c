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
    { atk_input_actor, 0, APITOKEN_ACTOR_MAX, APITOKEN_E_ACTOR, APITOKEN_FIELD_ACTOR },
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

static void test_reason_codes(void **state) {
    (void)state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    for (uint32_t code = 0; code <= APITOKEN_REASON_ADMINISTRATOR; code++)
        assert_code(atk_input_reason_code(code, NULL), 0);
    assert_code(atk_input_reason_code(5, &err), APITOKEN_E_REASON_CODE);
    assert_int_equal(err.field, APITOKEN_FIELD_REASON);
    assert_code(atk_input_reason_code(UINT32_MAX, NULL), APITOKEN_E_REASON_CODE);
    assert_code(atk_input_reason_code(256, NULL), APITOKEN_E_REASON_CODE); /* no 0 in one byte */
}

/* Any bytes, but not more than a token has room for. */
static void test_data_of_a_token(void **state) {
    (void)state;
    static const char data[APITOKEN_DATA_MAX + 1];
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_code(atk_input_data(NULL, 0, NULL), 0);
    assert_code(atk_input_data(data, 1, NULL), 0);
    assert_code(atk_input_data(data, APITOKEN_DATA_MAX, NULL), 0);
    assert_code(atk_input_data(data, APITOKEN_DATA_MAX + 1, &err), APITOKEN_E_DATA);
    assert_int_equal(err.field, APITOKEN_FIELD_DATA);
    assert_int_equal(err.offset, APITOKEN_DATA_MAX + 1);
    assert_string_equal(err.text, "the data has 129 bytes; at most 128 are allowed");
    assert_code(atk_input_data(NULL, 1, &err), APITOKEN_E_ARGUMENT);
    assert_int_equal(err.field, APITOKEN_FIELD_DATA);
}

static void test_nothing_with_a_length(void **state) {
    (void)state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_code(atk_input_present(NULL, 0, APITOKEN_FIELD_PEER, NULL), 0);
    assert_code(atk_input_present("", 4, APITOKEN_FIELD_PEER, NULL), 0);
    assert_code(atk_input_present(NULL, 4, APITOKEN_FIELD_PEER, &err), APITOKEN_E_ARGUMENT);
    assert_int_equal(err.field, APITOKEN_FIELD_PEER);
}

/* Each member of a request is checked by the rule of its own. */
static void test_requests_for_a_token(void **state) {
    (void)state;
    static const char data[1];
    static const apitoken_create_opts good = APITOKEN_CREATE_OPTS_INIT;
    for (int i = 0; i <= 6; i++) {
        static const int due[] = { 0,
                                   APITOKEN_E_OWNER,
                                   APITOKEN_E_NAME,
                                   APITOKEN_E_DESCRIPTION,
                                   APITOKEN_E_ACTOR,
                                   APITOKEN_E_DATA,
                                   APITOKEN_E_EXPIRY };
        apitoken_create_opts opts = good;
        struct atk_token_request request = { LIT("alice"), LIT("CI"), &opts };
        opts.description = opts.actor = "x";
        opts.description_len = opts.actor_len = 1;
        opts.data = data;
        opts.data_len = 1;
        if (i == 1) request.owner_len = 0;
        if (i == 2) request.name_len = 0;
        if (i == 3) opts.description = "\n";
        if (i == 4) opts.actor = "\n";
        if (i == 5) opts.data_len = APITOKEN_DATA_MAX + 1;
        if (i == 6) opts.expiry_day = 20261231;
        assert_code(atk_input_token_request(&request, NULL), due[i]);
    }
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
        cmocka_unit_test(test_reason_codes),
        cmocka_unit_test(test_data_of_a_token),
        cmocka_unit_test(test_nothing_with_a_length),
        cmocka_unit_test(test_requests_for_a_token),
        cmocka_unit_test(test_path),
        cmocka_unit_test(test_reserved_fields),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
