/* SPDX-License-Identifier: MIT */
#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/option_sizes.h"
#include "cases.h"
#include "samples.h"

#define ROW(name, number) \
    { APITOKEN_##name, number, "APITOKEN_" #name }

/* Every code of the header. Frozen: rows are only added. */
static const struct {
    int code, number;
    const char *name;
} codes[] = {
    ROW(OK, 0),
    ROW(E_ARGUMENT, -1001),
    ROW(E_ABI, -1002),
    ROW(E_BUFFER, -1003),
    ROW(E_FORKED, -1004),
    ROW(E_VERIFY_ONLY, -1005),
    ROW(E_OWNER, -1006),
    ROW(E_NAME, -1007),
    ROW(E_DESCRIPTION, -1008),
    ROW(E_REASON, -1009),
    ROW(E_ID, -1010),
    ROW(E_DAY, -1011),
    ROW(E_EXPIRY, -1012),
    ROW(E_EXPIRY_PAST, -1013),
    ROW(E_CURSOR, -1014),
    ROW(E_LIMIT, -1015),
    ROW(E_FORMAT, -1016),
    ROW(E_PREFIX, -1017),
    ROW(E_COPY_POLICY, -1018),
    ROW(E_ZONE, -1019),
    ROW(E_MAP_SIZE, -1021),
    ROW(E_EXISTS, -1022),
    ROW(E_NOT_FOUND, -1023),
    ROW(E_NOT_COPYABLE, -1024),
    ROW(E_MODE, -1025),
    ROW(E_KEY_ID, -1026),
    ROW(E_KEY_LIMIT, -1027),
    ROW(E_PATH, -1028),
    ROW(E_COPY_REVOKED, -1029),
    ROW(E_ACTOR, -1030),
    ROW(E_REVISION, -1031),
    ROW(E_CHANGE_REVOKED, -1032),
    ROW(E_CHANGE_EXPIRED, -1033),
    ROW(E_ROTATING, -1034),
    ROW(E_GRACE, -1035),
    ROW(E_OWNER_BLOCKED, -1036),
    ROW(E_INTERFACES, -1037),
    ROW(E_NETWORKS, -1038),
    ROW(E_DATA, -1039),
    ROW(E_REASON_CODE, -1044),
    ROW(E_LIFETIME, -1040),
    ROW(E_LIVE_LIMIT, -1041),
    ROW(E_UNDO, -1042),
    ROW(E_ADMIN, -1043),
    ROW(E_PEER, -1045),
    ROW(E_POLICY_VALUE, -1046),
    ROW(E_KEY_USED, -1047),
    ROW(E_FILTER, -1048),
    ROW(E_MALFORMED, -1101),
    ROW(E_UNKNOWN, -1102),
    ROW(E_EXPIRED, -1103),
    ROW(E_REVOKED, -1104),
    ROW(E_NO_TOKEN, -1105),
    ROW(E_NEWER, -1106),
    ROW(E_SUSPENDED, -1107),
    ROW(E_BLOCKED, -1108),
    ROW(E_WRONG_NETWORK, -1109),
    ROW(E_WRONG_INTERFACE, -1110),
    ROW(E_HEADER, -1111),
    ROW(E_NOMEM, -1201),
    ROW(E_CLOCK, -1202),
    ROW(E_BUSY, -1203),
    ROW(E_IO, -1204),
    ROW(E_FULL, -1205),
    ROW(E_DISK_FULL, -1206),
    ROW(E_MAYBE, -1207),
    ROW(E_DAMAGED, -1208),
    ROW(E_REPLACED, -1209),
    ROW(E_ROLLED_BACK, -1210),
    ROW(E_SCHEMA, -1211),
    ROW(E_NO_STORE, -1212),
    ROW(E_UNSAFE, -1213),
    ROW(E_ACCESS, -1214),
    ROW(E_SYMLINK, -1215),
    ROW(E_READ_ONLY_FS, -1216),
    ROW(E_NETWORK_FS, -1217),
    ROW(E_FOREIGN_OPEN, -1218),
    ROW(E_PID_CLASH, -1219),
    ROW(E_READERS_FULL, -1220),
    ROW(E_IN_USE, -1221),
    ROW(E_RANDOM, -1222),
    ROW(E_KEYS_MISSING, -1223),
    ROW(E_KEYS_UNSAFE, -1224),
    ROW(E_KEYS_FOREIGN, -1225),
    ROW(E_KEYS_SHORT, -1226),
    ROW(E_KEYS_DAMAGED, -1227),
    ROW(E_KEYS_VERSION, -1228),
    ROW(E_KEYS_VERIFY, -1229),
    ROW(E_KEY_WRONG, -1230),
    ROW(E_KEY_MISSING, -1231),
    ROW(E_ZONE_FAILED, -1232),
    ROW(E_MLOCK, -1233),
    ROW(E_UNPROVEN, -1234),
    ROW(E_ZONE_DATA, -1235),
    ROW(E_FILE_SYSTEM, -1236),
    ROW(E_KEY_RETIRED, -1238),
};
#define CODES (sizeof codes / sizeof codes[0])

static int is_listed(int code) {
    for (size_t i = 0; i < CODES; i++)
        if (codes[i].code == code) return 1;
    return 0;
}

/* ---- the table ------------------------------------------------------------------------------- */

static void test_numbers_and_names_are_frozen(void **state) {
    (void)state;
    for (size_t i = 0; i < CODES; i++) {
        assert_int_equal(codes[i].code, codes[i].number);
        assert_string_equal(apitoken_error_name(codes[i].code), codes[i].name);
    }
}

static void test_every_code_has_its_own_text(void **state) {
    (void)state;
    for (size_t i = 0; i < CODES; i++) {
        const char *text = apitoken_error_text(codes[i].code);
        assert_true(strlen(text) >= 7 && strlen(text) < sizeof((apitoken_error *)0)->text);
        assert_null(strpbrk(text, "\n%"));
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(text, apitoken_error_text(codes[j].code));
    }
}

/* The library knows no code that is missing in this list, and so in the header. */
static void test_no_other_number_is_known(void **state) {
    (void)state;
    for (int code = -2000; code <= 100; code++) {
        if (is_listed(code)) continue;
        assert_string_equal(apitoken_error_name(code), "APITOKEN_E_?");
        assert_string_equal(apitoken_error_text(code), "unknown error");
    }
    assert_string_equal(apitoken_error_name(INT32_MIN), "APITOKEN_E_?");
    assert_string_equal(apitoken_error_name(INT32_MAX), "APITOKEN_E_?");
}

/* What a client is told, by class and, for a few denials, by code. */
static int due_status(int code) {
    if (code == APITOKEN_E_WRONG_INTERFACE) return 403;
    if (code == APITOKEN_E_HEADER) return 400;
    switch (-code / 100) {
    case 0: return 200;
    case 10: return 500;
    case 11: return 401;
    default: return 503;
    }
}

static const char *due_error(int code) {
    if (code == APITOKEN_E_WRONG_INTERFACE) return "insufficient_scope";
    if (code == APITOKEN_E_HEADER) return "invalid_request";
    return -code / 100 == 11 && code != APITOKEN_E_NO_TOKEN ? "invalid_token" : "";
}

static void test_class_and_status_of_every_code(void **state) {
    (void)state;
    for (size_t i = 0; i < CODES; i++) {
        assert_int_equal(apitoken_error_class(codes[i].code), -codes[i].number / 100);
        assert_int_equal(apitoken_public_status(codes[i].code), due_status(codes[i].number));
        assert_string_equal(apitoken_public_error(codes[i].code), due_error(codes[i].number));
    }
}

/*
 * Codes of later versions have the class of their hundred; what is no code at all must never look
 * good.
 */
static void test_classes_of_numbers_without_a_name(void **state) {
    (void)state;
    static const int rows[][2] = {
        { -1000, APITOKEN_CLASS_USAGE },      { -1099, APITOKEN_CLASS_USAGE },
        { -1100, APITOKEN_CLASS_DENIED },     { -1199, APITOKEN_CLASS_DENIED },
        { -1200, APITOKEN_CLASS_FAILED },     { -1299, APITOKEN_CLASS_FAILED },
        { -1300, APITOKEN_CLASS_FAILED },     { -999, APITOKEN_CLASS_FAILED },
        { -1, APITOKEN_CLASS_FAILED },        { 1, APITOKEN_CLASS_FAILED },
        { 1101, APITOKEN_CLASS_FAILED },      { INT32_MIN, APITOKEN_CLASS_FAILED },
        { INT32_MAX, APITOKEN_CLASS_FAILED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(apitoken_error_class(rows[i][0]), rows[i][1]);
        assert_int_not_equal(apitoken_public_status(rows[i][0]), 200);
    }
    assert_string_equal(apitoken_public_error(-1199), "invalid_token");
    assert_string_equal(apitoken_public_error(-1299), "");
}

/* ---- details --------------------------------------------------------------------------------- */

/* Every field differs from what any of the functions writes. */
static void spoil(apitoken_error *err) {
    memset(err, 0x55, sizeof *err);
    err->size = sizeof *err;
}

static void test_every_field_is_written(void **state) {
    (void)state;
    apitoken_error err;
    spoil(&err);
    assert_code(atk_fail(&err, APITOKEN_E_FULL, NULL), APITOKEN_E_FULL);
    assert_int_equal(err.size, sizeof err);
    assert_int_equal(err.code, APITOKEN_E_FULL);
    assert_int_equal(err.os_code, 0);
    assert_int_equal(err.field, APITOKEN_FIELD_NONE);
    assert_int_equal(err.offset, 0);
    assert_int_equal(err.item, UINT32_MAX);
    assert_string_equal(err.id, "");
    assert_string_equal(err.text, apitoken_error_text(APITOKEN_E_FULL));
}

static void test_what_each_function_adds(void **state) {
    (void)state;
    apitoken_error err;
    spoil(&err);
    assert_code(atk_fail_os(&err, APITOKEN_E_IO, EIO, "cannot %s", "read"), APITOKEN_E_IO);
    assert_int_equal(err.os_code, EIO);
    assert_string_equal(err.text, "cannot read");
    spoil(&err);
    assert_code(atk_fail_field(&err, APITOKEN_E_NAME, APITOKEN_FIELD_NAME, 17, NULL),
                APITOKEN_E_NAME);
    assert_int_equal(err.field, APITOKEN_FIELD_NAME);
    assert_int_equal(err.offset, 17);
    assert_code(atk_fail_field(&err, APITOKEN_E_NAME, APITOKEN_FIELD_NAME, SIZE_MAX, NULL),
                APITOKEN_E_NAME);
    assert_true(err.offset == UINT32_MAX);
    spoil(&err);
    assert_code(atk_fail_field(&err, APITOKEN_E_NAME, APITOKEN_FIELD_NAME, 0, "%s of %d bytes",
                               "a name", 17),
                APITOKEN_E_NAME);
    assert_string_equal(err.text, "a name of 17 bytes");
    spoil(&err);
    assert_code(atk_fail_item(&err, APITOKEN_E_KEY_ID, 7, "%s %d", "key", 17), APITOKEN_E_KEY_ID);
    assert_int_equal(err.item, 7);
    assert_string_equal(err.text, "key 17");
    atk_fail_add_id(&err, SAMPLE_ID "beyond");
    assert_string_equal(err.id, SAMPLE_ID);
    assert_int_equal(err.item, 7);
}

static void test_an_id_ends_with_its_last_letter(void **state) {
    (void)state;
    apitoken_error err;
    spoil(&err);
    atk_fail_add_id(&err, SAMPLE_ID "beyond");
    assert_string_equal(err.id, SAMPLE_ID);
}

/* A detail is passed on unchanged, and then gets the index of an item. */
static void test_a_detail_is_passed_on(void **state) {
    (void)state;
    apitoken_error err, detail = APITOKEN_ERROR_INIT;
    assert_code(atk_fail_os(&detail, APITOKEN_E_IO, EIO, "below"), APITOKEN_E_IO);
    spoil(&err);
    assert_code(atk_fail_as(&err, &detail), APITOKEN_E_IO);
    assert_memory_equal(&err, &detail, sizeof err);
    assert_code(atk_fail_add_item(&err, APITOKEN_E_IO, 9), APITOKEN_E_IO);
    assert_int_equal(err.item, 9);
    assert_string_equal(err.text, "below");
}

static void test_no_detail_is_wanted(void **state) {
    (void)state;
    assert_code(atk_fail(NULL, APITOKEN_E_FULL, NULL), APITOKEN_E_FULL);
    assert_code(atk_fail_os(NULL, APITOKEN_E_IO, EIO, NULL), APITOKEN_E_IO);
    assert_code(atk_fail_field(NULL, APITOKEN_E_NAME, APITOKEN_FIELD_NAME, 0, NULL),
                APITOKEN_E_NAME);
    assert_code(atk_fail_item(NULL, APITOKEN_E_KEY_ID, 7, NULL), APITOKEN_E_KEY_ID);
    atk_fail_add_id(NULL, SAMPLE_ID);
    const apitoken_error detail = { .size = sizeof detail, .code = APITOKEN_E_FULL };
    assert_code(atk_fail_as(NULL, &detail), APITOKEN_E_FULL);
    assert_code(atk_fail_add_item(NULL, APITOKEN_E_FULL, 9), APITOKEN_E_FULL);
}

static void test_long_texts_are_cut(void **state) {
    (void)state;
    apitoken_error err;
    char path[1000];
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    spoil(&err);
    assert_code(atk_fail(&err, APITOKEN_E_EXISTS, "%s", path), APITOKEN_E_EXISTS);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

/*
 * The header promises UTF-8: a cut must not leave half a character, and takes none that is whole.
 */
static void assert_cut_between(const char *character, size_t lead, size_t total) {
    apitoken_error err;
    char path[1000];
    const size_t len = strlen(character), cap = sizeof err.text - 1;
    memset(path, 'p', lead);
    for (size_t at = lead; at < total; at++) path[at] = character[(at - lead) % len];
    path[total] = '\0';
    spoil(&err);
    assert_code(atk_fail(&err, APITOKEN_E_EXISTS, "%s", path), APITOKEN_E_EXISTS);
    assert_int_equal(strlen(err.text), lead + (cap - lead) / len * len);
}

static void test_long_texts_are_cut_between_characters(void **state) {
    (void)state;
    /* the first and the last character of each length, by their first byte */
    static const char *const characters[] = { "p",
                                              "\xC2\xA1",
                                              "\xDF\xBF",
                                              "\xE0\xA0\x80",
                                              "\xEF\xBF\xBD",
                                              "\xF0\x9F\x94\x91",
                                              "\xF4\x8F\xBF\xBF" };
    for (size_t i = 0; i < sizeof characters / sizeof characters[0]; i++)
        for (size_t lead = 0; lead < 4; lead++)
            for (size_t beyond = 0; beyond < 5; beyond++)
                assert_cut_between(characters[i], lead, sizeof((apitoken_error *)0)->text + beyond);
}

/*
 * Nothing in it begins a character: there is no place to cut at, and so it stays as long as it can
 * be.
 */
static void test_a_long_text_without_a_character(void **state) {
    (void)state;
    apitoken_error err;
    char path[1000];
    memset(path, 0x80, sizeof path - 1);
    path[sizeof path - 1] = '\0';
    spoil(&err);
    assert_code(atk_fail(&err, APITOKEN_E_EXISTS, "%s", path), APITOKEN_E_EXISTS);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

static void test_a_detail_of_a_bad_size_is_none(void **state) {
    (void)state;
    static const uint32_t sizes[] = { 0, 1, ATK_SIZE_ERROR - 1, ATK_STRUCT_MAX + 1, UINT32_MAX };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        apitoken_error err, before;
        spoil(&err);
        err.size = sizes[i];
        before = err;
        assert_code(atk_fail(&err, APITOKEN_E_FULL, NULL), APITOKEN_E_FULL);
        atk_fail_add_id(&err, SAMPLE_ID);
        assert_memory_equal(&err, &before, sizeof err);
    }
}

/*
 * A host that was compiled against a later header has a larger struct: the part beyond today's is
 * zeroed.
 */
static void test_a_larger_detail_is_zeroed_at_its_end(void **state) {
    (void)state;
    union {
        apitoken_error err;
        uint8_t bytes[ATK_STRUCT_MAX + 1];
    } larger;
    memset(&larger, 0x55, sizeof larger);
    larger.err.size = ATK_STRUCT_MAX;
    assert_code(atk_fail(&larger.err, APITOKEN_E_FULL, NULL), APITOKEN_E_FULL);
    assert_int_equal(larger.err.size, ATK_STRUCT_MAX);
    assert_int_equal(larger.err.code, APITOKEN_E_FULL);
    for (size_t i = sizeof(apitoken_error); i < ATK_STRUCT_MAX; i++)
        assert_int_equal(larger.bytes[i], 0);
    assert_int_equal(larger.bytes[ATK_STRUCT_MAX], 0x55);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_and_names_are_frozen),
        cmocka_unit_test(test_every_code_has_its_own_text),
        cmocka_unit_test(test_no_other_number_is_known),
        cmocka_unit_test(test_class_and_status_of_every_code),
        cmocka_unit_test(test_classes_of_numbers_without_a_name),
        cmocka_unit_test(test_every_field_is_written),
        cmocka_unit_test(test_what_each_function_adds),
        cmocka_unit_test(test_an_id_ends_with_its_last_letter),
        cmocka_unit_test(test_a_detail_is_passed_on),
        cmocka_unit_test(test_no_detail_is_wanted),
        cmocka_unit_test(test_long_texts_are_cut),
        cmocka_unit_test(test_long_texts_are_cut_between_characters),
        cmocka_unit_test(test_a_long_text_without_a_character),
        cmocka_unit_test(test_a_detail_of_a_bad_size_is_none),
        cmocka_unit_test(test_a_larger_detail_is_zeroed_at_its_end),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
