/* SPDX-License-Identifier: MIT */
#include "rules/interfaces.h"

#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "samples.h"

#define GOOD ATK_LIST_TEXT_GOOD
#define EMPTY ATK_LIST_TEXT_EMPTY
#define MANY ATK_LIST_TEXT_MANY
#define REPEATED ATK_LIST_TEXT_REPEATED
#define LONG ATK_LIST_TEXT_LONG
#define CHARACTER ATK_LIST_TEXT_CHARACTER

#define UNTOUCHED 4711

static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:/";

struct value {
    uint8_t bytes[ATK_INTERFACES_VALUE_MAX];
    size_t len;
};

static enum atk_list_text_rule parse(const char *text, struct value *ret, size_t *ret_at) {
    ret->len = UNTOUCHED;
    *ret_at = UNTOUCHED;
    const size_t len = strlen(text);
    enum atk_list_text_rule rule =
        atk_interfaces_parse(sample_guarded(text, len), len, ret->bytes, &ret->len, ret_at);
    assert_int_equal(ret->len == UNTOUCHED, rule != GOOD);
    assert_int_equal(*ret_at == UNTOUCHED, rule == GOOD);
    return rule;
}

static struct value value_of(const char *text) {
    struct value value;
    size_t at;
    if (parse(text, &value, &at) != GOOD) fail_msg("'%s' is refused", text);
    return value;
}

static int allows(const struct value *value, const char *name) {
    return atk_interfaces_allow(value->bytes, value->len, name, strlen(name));
}

static int is_valid(const uint8_t *bytes, size_t len) {
    const uint8_t *guarded = sample_guarded(bytes, len);
    (void)atk_interfaces_allow(guarded, len, "zz", 2);
    return atk_interfaces_is_valid(guarded, len);
}

/* `count` names of 64 bytes. */
static void longest(char *text, size_t room, int count) {
    size_t len = 0;
    for (int i = 0; i < count; i++)
        len += (size_t)snprintf(text + len, room - len, "%s%02d%062d", i ? "," : "", i, 0);
    assert_true(len < room);
}

static void test_the_stored_form_is_frozen(void **state) {
    (void)state;
    struct value value = value_of("a,import/vat:2026");
    assert_bytes(value.bytes, value.len, "0201610f696d706f72742f7661743a32303236");
    value = value_of("Z");
    assert_bytes(value.bytes, value.len, "01015a");
}

static void test_the_text_comes_back_as_it_was(void **state) {
    (void)state;
    static const char *const texts[] = {
        "a", "b,a", "a,A", "a,aa,aaa", "-", ".,-,_,:,/,0", "tax-data-hub/v1:import.vat_2026",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char text[APITOKEN_INTERFACES_TEXT_MAX + 1];
        struct value value = value_of(texts[i]);
        assert_true(is_valid(value.bytes, value.len));
        assert_int_equal(atk_interfaces_format(value.bytes, value.len, text), strlen(texts[i]));
        assert_string_equal(text, texts[i]);
    }
}

static void test_the_largest_list_fits_exactly(void **state) {
    (void)state;
    char due[APITOKEN_INTERFACES_TEXT_MAX + 1], text[sizeof due + 1];
    longest(due, sizeof due, APITOKEN_INTERFACES_MAX);
    assert_int_equal(strlen(due), APITOKEN_INTERFACES_TEXT_MAX);
    struct value value = value_of(due);
    assert_int_equal(value.len, ATK_INTERFACES_VALUE_MAX);
    assert_true(is_valid(value.bytes, value.len));
    memset(text, '#', sizeof text);
    assert_int_equal(atk_interfaces_format(value.bytes, value.len, text), strlen(due));
    assert_string_equal(text, due);
    assert_int_equal(text[sizeof due], '#');
}

/* Every byte alone, at the beginning, inside and at the end of a name. */
static void test_every_character(void **state) {
    (void)state;
    static const char *const forms[] = { "?", "?bc", "a?c", "ab?", "x,ab?,y" };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const size_t len = strlen(forms[i]), hole = strcspn(forms[i], "?");
        for (int c = 0; c < 256; c++) {
            char text[8];
            struct value value;
            size_t at = UNTOUCHED;
            if (c == ',') continue;
            memcpy(text, forms[i], len);
            text[hole] = (char)c;
            const int is_due = c != 0 && strchr(allowed, c);
            enum atk_list_text_rule rule =
                atk_interfaces_parse(text, len, value.bytes, &value.len, &at);
            assert_int_equal(rule, is_due ? GOOD : CHARACTER);
            assert_int_equal(at, is_due ? UNTOUCHED : hole);
        }
    }
}

static void test_refused_texts(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum atk_list_text_rule rule;
        size_t at;
    } cases[] = {
        { "", EMPTY, 0 },
        { ",", EMPTY, 0 },
        { ",a", EMPTY, 0 },
        { "a,", EMPTY, 2 },
        { "a,,b", EMPTY, 2 },
        { "a,b,,", EMPTY, 4 },
        { "a, b", CHARACTER, 2 },
        { "a ,b", CHARACTER, 1 },
        { " a", CHARACTER, 0 },
        { "a\n", CHARACTER, 1 },
        { "a;b", CHARACTER, 1 },
        { "a*", CHARACTER, 1 },
        { "m\xC3\xBCller", CHARACTER, 1 },
        { "a,a", REPEATED, 2 },
        { "aa,b,aa", REPEATED, 5 },
        { "a,ab,abc,ab", REPEATED, 9 },
        /* the first item that breaks a rule counts */
        { "a,a,,", REPEATED, 2 },
        { "a,?,a", CHARACTER, 2 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct value value;
        size_t at;
        enum atk_list_text_rule rule = parse(cases[i].text, &value, &at);
        if (rule != cases[i].rule || at != cases[i].at)
            fail_msg("'%s': rule %d at %zu", cases[i].text, (int)rule, at);
    }
}

static void test_a_name_has_at_most_64_bytes(void **state) {
    (void)state;
    struct value value;
    char text[2 + 70 + 1] = "x,";
    size_t at;
    memset(text + 2, 'a', 70);
    text[2 + 64] = '\0';
    assert_int_equal(value_of(text).len, 1 + 2 + 65);
    text[2 + 64] = 'a';
    text[2 + 65] = '\0';
    assert_int_equal(parse(text, &value, &at), LONG);
    assert_int_equal(at, 2);
    text[2 + 63] = ' '; /* a blank in place of a comma is what to complain about */
    assert_int_equal(parse(text, &value, &at), CHARACTER);
    assert_int_equal(at, 2 + 63);
    text[2 + 63] = 'a';
    text[2 + 64] = ' '; /* nothing behind the last byte is looked at */
    assert_int_equal(parse(text, &value, &at), LONG);
}

static void test_a_list_has_at_most_16_names(void **state) {
    (void)state;
    char text[17 * 65 + 2];
    struct value value;
    size_t at;
    longest(text, sizeof text, 17);
    assert_int_equal(parse(text, &value, &at), MANY);
    assert_int_equal(at, APITOKEN_INTERFACES_TEXT_MAX + 1);
    text[APITOKEN_INTERFACES_TEXT_MAX + 1] = '\0'; /* a comma at the end begins one more */
    assert_int_equal(parse(text, &value, &at), MANY);
    assert_int_equal(at, APITOKEN_INTERFACES_TEXT_MAX + 1);
}

static void test_the_text_needs_no_nul(void **state) {
    (void)state;
    struct value value;
    size_t at;
    assert_int_equal(atk_interfaces_parse("ab,c,d", 4, value.bytes, &value.len, &at), GOOD);
    assert_bytes(value.bytes, value.len, "020261620163");
    assert_int_equal(atk_interfaces_parse("a\0", 2, value.bytes, &value.len, &at), CHARACTER);
}

static void test_a_name_of_the_list_is_allowed_and_no_other(void **state) {
    (void)state;
    static const char *const others[] = { "",      "a",      "imp",     "imports",  "Import",
                                          "mport", "report", "import,", "import,x", "importt" };
    struct value value = value_of("import,x,export");
    assert_true(allows(&value, "import"));
    assert_true(allows(&value, "x"));
    assert_true(allows(&value, "export"));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (allows(&value, others[i])) fail_msg("'%s' is allowed", others[i]);
    assert_true(atk_interfaces_allow(value.bytes, value.len, "import and more", 6));
    assert_false(atk_interfaces_allow(value.bytes, value.len, NULL, 0));
    assert_false(atk_interfaces_allow(value.bytes, 0, "x", 1));
}

/* A caller may give a name of any length: 256 more have the same byte of length. */
static void test_a_long_name_is_not_taken_for_a_short_one(void **state) {
    (void)state;
    char name[256 + 6];
    struct value value = value_of("import");
    memset(name, 'x', sizeof name);
    memcpy(name, "import", 6);
    assert_false(atk_interfaces_allow(value.bytes, value.len, name, sizeof name));
}

static void test_damaged_values(void **state) {
    (void)state;
    static const char *const damaged[] = {
        "",             /* nothing */
        "00",           /* no name */
        "01",           /* the name is missing */
        "0100",         /* an empty one */
        "010261",       /* cut */
        "01016100",     /* more behind it */
        "020161",       /* one of two */
        "0101610162",   /* two of one */
        "02016100",     /* the second is empty */
        "0201610161",   /* the same twice */
        "01012c",       /* a comma */
        "010120",       /* a blank */
        "010100",       /* a NUL */
        "0201610262ff", /* no ASCII */
    };
    uint8_t bytes[SAMPLE_BYTES_MAX];
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++)
        if (is_valid(bytes, sample_bytes(damaged[i], bytes))) fail_msg("'%s'", damaged[i]);
    assert_true(is_valid(bytes, sample_bytes("0201610162", bytes)));
}

static void test_a_damaged_value_has_at_most_16_names_of_64(void **state) {
    (void)state;
    uint8_t bytes[2 + 66];
    memset(bytes, 'a', sizeof bytes);
    bytes[0] = 1;
    bytes[1] = 64;
    assert_true(is_valid(bytes, 2 + 64));
    bytes[1] = 65;
    assert_false(is_valid(bytes, 2 + 65));
    for (uint8_t i = 0; i < 17; i++) {
        bytes[1 + 2 * i] = 1;
        bytes[2 + 2 * i] = (uint8_t)('a' + i);
    }
    bytes[0] = 16;
    assert_true(is_valid(bytes, 1 + 2 * 16));
    bytes[0] = 17;
    assert_false(is_valid(bytes, 1 + 2 * 17));
}

static void test_every_part_of_a_value_is_damaged(void **state) {
    (void)state;
    struct value value = value_of("import,x,export");
    for (size_t len = 0; len <= value.len; len++)
        assert_int_equal(is_valid(value.bytes, len), len == value.len);
}

/* A length that reaches behind the end finds no name there, and an empty one is no interface. */
static void test_a_damaged_value_is_not_read_behind_its_end(void **state) {
    (void)state;
    static const uint8_t bytes[] = { 2, 3, 'a', 'b', 'c', 0 };
    for (size_t len = 0; len <= sizeof bytes; len++) {
        const uint8_t *guarded = sample_guarded(bytes, len);
        assert_int_equal(atk_interfaces_allow(guarded, len, "abc", 3), len >= 5);
        assert_false(atk_interfaces_allow(guarded, len, "", 0));
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_stored_form_is_frozen),
        cmocka_unit_test(test_the_text_comes_back_as_it_was),
        cmocka_unit_test(test_the_largest_list_fits_exactly),
        cmocka_unit_test(test_every_character),
        cmocka_unit_test(test_refused_texts),
        cmocka_unit_test(test_a_name_has_at_most_64_bytes),
        cmocka_unit_test(test_a_list_has_at_most_16_names),
        cmocka_unit_test(test_the_text_needs_no_nul),
        cmocka_unit_test(test_a_name_of_the_list_is_allowed_and_no_other),
        cmocka_unit_test(test_a_long_name_is_not_taken_for_a_short_one),
        cmocka_unit_test(test_damaged_values),
        cmocka_unit_test(test_a_damaged_value_has_at_most_16_names_of_64),
        cmocka_unit_test(test_every_part_of_a_value_is_damaged),
        cmocka_unit_test(test_a_damaged_value_is_not_read_behind_its_end),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
