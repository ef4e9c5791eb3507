/* SPDX-License-Identifier: MIT */
/* Which texts may become a password, and the form in which one is hashed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs these first */
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "accounts/password_rules.h"
#include "cases.h"

static enum password_fault check(const char *text, size_t length) {
    struct password_text plain;
    return password_check(text, length, "alice", &plain);
}

static void expect_fault(const char *text, enum password_fault due) {
    enum password_fault fault = check(text, strlen(text));
    if (fault != due) print_error("%s: %s\n", text, password_fault_code(fault));
    assert_int_equal(fault, due);
}

static void lengths(void **state) {
    char longest[PASSWORD_MAX + 2];
    (void)state;
    for (size_t i = 0; i < sizeof longest; i++) longest[i] = "hjq4vmz1pd"[(i * 7 + i / 10) % 10];
    assert_int_equal(check("", 0), PASSWORD_SHORT);
    assert_int_equal(check("hjq4vmz", 7), PASSWORD_SHORT);
    assert_int_equal(check("hjq4vmz1", 8), PASSWORD_GOOD);
    assert_int_equal(check(longest, PASSWORD_MAX), PASSWORD_GOOD);
    assert_int_equal(check(longest, PASSWORD_MAX + 1), PASSWORD_LONG);
}

/* Bytes that no JSON text can hold. */
static void not_text(void **state) {
    static const char *const texts[] = { "hjq4vmz1\xff",     "\xc3hjq4vmz1",
                                         "hjq4vmz1\xc3",     "hjq4\xed\xa0\x80vmz1",
                                         "hjq4\xc0\xafvmz1", "hjq4\xf4\x90\x80\x80vmz1",
                                         "hjq4\xe2\x82vmz1", "hjq4vmz1\x80" };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) expect_fault(texts[i], PASSWORD_TEXT);
    assert_int_equal(check("hjq4\0vmz1", 9), PASSWORD_TEXT);
    struct password_text plain;
    assert_false(password_normalize("hjq4\0vmz1", 9, &plain));
    assert_false(password_normalize("hjq4vmz1\xff", 9, &plain));
}

static void blank(void **state) {
    static const char *const texts[] = { "        ",
                                         "\t\t\t\t\t\t\t\t\t",
                                         " \t \t \t \t ",
                                         "\u00a0\u00a0\u00a0\u00a0",
                                         "\u3000\u3000\u3000",
                                         "\u2003 \u2003 \u2003",
                                         "\u200b\u200b\u200b\u200b",
                                         "\u2060\ufeff\u00ad\u200d",
                                         "\u2028\u2029\u2028\xc2\x85",
                                         "\u115f\u1160\u3164\u180e",
                                         "\x01\x01\x02\x03\x04\x05\x06\x07" };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_fault(texts[i], PASSWORD_BLANK);
    expect_fault("   h   q   ", PASSWORD_GOOD);
}

static void common(void **state) {
    static const char *const texts[] = { "password",
                                         "Password1",
                                         "P@ssw0rd!",
                                         "passw0rd123",
                                         "PASSWORD2026",
                                         "!!password!!",
                                         "12345678",
                                         "123456789",
                                         "0987654321",
                                         "11111111",
                                         "aaaaaaaaaa",
                                         "abcdefgh",
                                         "ABCDEFGH",
                                         "hgfedcba",
                                         "qwertzuiop",
                                         "qwerty123456",
                                         "asdfghjkl",
                                         "1q2w3e4r",
                                         "1qaz2wsx",
                                         "12121212",
                                         "abcabcabc",
                                         "letmein123",
                                         "Willkommen1",
                                         "Passwort!",
                                         "geheim123",
                                         "Sommer2026!",
                                         "Winter2025",
                                         "Summer2026!",
                                         "summer24!!",
                                         "iloveyou1",
                                         "admin123",
                                         "Admin12345",
                                         "adminadmin",
                                         "testtest",
                                         "changeme1!",
                                         "trustno1",
                                         "alice123",
                                         "Alice2026!",
                                         "123alice!",
                                         "Finanzamt1",
                                         "pass pass pass",
                                         "aaaabbbb",
                                         "qwer1234",
                                         "111122223333",
                                         "football99",
                                         "Sonnenschein",
                                         "pa$$w0rd",
                                         "p4ssw0rd",
                                         "correct horse battery staple" };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_fault(texts[i], PASSWORD_COMMON);
}

static void uncommon(void **state) {
    static const char *const texts[] = { "correct horse, battery",
                                         "another password",
                                         "a good password",
                                         "hjq4vmz1",
                                         "tr0ub4dor&3",
                                         "my summer in Rome",
                                         "winterreise D911",
                                         "Malice in Wunderland",
                                         "passwordless entry",
                                         "zwölf Boxkämpfer",
                                         "пароль из трёх слов",
                                         "密码是四个很长的字",
                                         "1234 potatoes",
                                         "x1234567y89qp",
                                         "alices aunt",
                                         "qwertys are letters",
                                         "$up3r f1nd!ng",
                                         "12-11-1978-Rotkehlchen" };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) expect_fault(texts[i], PASSWORD_GOOD);
}

static void name_of_the_account(void **state) {
    struct password_text plain;
    (void)state;
    assert_int_equal(password_check("rotkehlchen7", 12, "rotkehlchen", &plain), PASSWORD_COMMON);
    assert_int_equal(password_check("Rotkehlchen7", 12, "rotkehlchen@tax.example", &plain),
                     PASSWORD_COMMON);
    assert_int_equal(password_check("rotkehlchen7", 12, "blaumeise", &plain), PASSWORD_GOOD);
    assert_int_equal(password_check("bo12bo34xq", 10, "bo", &plain), PASSWORD_GOOD);
}

/* What a user types on another keyboard is the same password. */
static void one_form(void **state) {
    static const char *const same[][2] = {
        { "zw\u00f6lf Boxk\u00e4mpfer", "zwo\u0308lf Boxka\u0308mpfer" },
        { "\u1ed7\u1ed7\u1ed7 hjq4", "o\u0302\u0303o\u0302\u0303o\u0302\u0303 hjq4" },
        { "\uac00\uac01\uac02 hjq4", "\u1100\u1161\u1100\u1161\u11a8\u1100\u1161\u11a9 hjq4" },
        { "\u00c5ngstr\u00f6m 1889", "\u212bngstro\u0308m 1889" },
        { "a\u0327\u0301 hjq4vm", "a\u0301\u0327 hjq4vm" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        struct password_text one, other;
        assert_int_equal(password_check(same[i][0], strlen(same[i][0]), "alice", &one),
                         PASSWORD_GOOD);
        assert_true(password_normalize(same[i][1], strlen(same[i][1]), &other));
        assert_int_equal(one.length, other.length);
        assert_memory_equal(one.bytes, other.bytes, one.length);
    }
    struct password_text ligature, letters; /* compatibility forms stay apart */
    assert_true(password_normalize("\ufb01nd hjq4", 10, &ligature));
    assert_true(password_normalize("find hjq4", 9, &letters));
    assert_int_not_equal(ligature.length, letters.length);
}

/* A text grows in NFC: what fits before and not after is refused, and nothing overflows. */
static void growth(void **state) {
    char text[PASSWORD_MAX];
    struct password_text plain;
    (void)state;
    for (size_t i = 0; i + 4 <= sizeof text; i += 4) memcpy(text + i, "\xf0\x9d\x85\xa0", 4);
    assert_int_equal(check(text, sizeof text), PASSWORD_LONG);
    assert_false(password_normalize(text, sizeof text, &plain));
    assert_true(password_normalize(text, 80, &plain));
    assert_int_equal(plain.length, 240);
    for (size_t i = 0; i + 3 <= sizeof text; i += 3) memcpy(text + i, "o\xcc\x88", 3);
    assert_true(password_normalize(text, 1023, &plain));
    assert_int_equal(plain.length, 341 * 2);
}

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths),  cmocka_unit_test(not_text),
        cmocka_unit_test(blank),    cmocka_unit_test(common),
        cmocka_unit_test(uncommon), cmocka_unit_test(name_of_the_account),
        cmocka_unit_test(one_form), cmocka_unit_test(growth),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
