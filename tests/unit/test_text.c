/* SPDX-License-Identifier: MIT */
#include "rules/text.h"

#include <stdio.h>
#include <string.h>

#include "rules/crc32.h"
#include "cases.h"
#include "samples.h"

#define CHECKED (ATK_BODY_LEN - ATK_CRC_LEN)
#define TEXT_LEN (sizeof VECTOR_TOKEN - 1)
#define PREFIX_LEN 4 /* tdh_ */

/* 1 if the text is a token with this prefix. Otherwise the output must be untouched. */
static int parses(const char *prefix_text, const char *text, size_t len) {
    struct atk_prefix prefix;
    const char *sentinel = "untouched", *id = sentinel;
    sample_prefix(&prefix, prefix_text);
    int good = parse_text(&prefix, text, len, &id);
    if (good)
        assert_ptr_equal(id, text + prefix.len + 1);
    else
        assert_ptr_equal(id, sentinel);
    return good;
}

static void recompute_checksum(char *text, size_t prefix_len) {
    atk_base62_put(text + prefix_len + CHECKED, ATK_CRC_LEN, atk_crc32(text + prefix_len, CHECKED));
}

/* ---- vectors --------------------------------------------------------------------------------- */

static void test_vectors(void **state) {
    (void)state;
    static const struct {
        const char *id, *secret, *text;
    } rows[] = {
        { "000000000000", "000000000000000000000000000000",
          "txa_100000000000000000000000000000000000000000019vprg" },
        { "zzzzzzzzzzzz", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
          "txa_1zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz1E3d3b" },
        { "0123456789AB", "CDEFGHIJKLMNOPQRSTUVWXYZabcdef",
          "txa_10123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef4eHSL7" },
    };
    for (size_t i = 0; i < 3; i++) {
        struct atk_prefix prefix;
        char text[ATK_TOKEN_LEN_MAX];
        sample_prefix(&prefix, "txa");
        assert_int_equal(atk_text_build(&prefix, rows[i].id, rows[i].secret, text),
                         strlen(rows[i].text));
        assert_memory_equal(text, rows[i].text, strlen(rows[i].text));
        assert_true(parses("txa", rows[i].text, strlen(rows[i].text)));
    }
}

/* The checksum is that of GitHub's tokens, so secret scanners can verify ours. */
static void test_vector_of_github(void **state) {
    (void)state;
    char digits[ATK_CRC_LEN];
    atk_base62_put(digits, sizeof digits, atk_crc32(LIT("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ")));
    assert_memory_equal(digits, "0mLq17", sizeof digits);
}

static void test_every_prefix_length(void **state) {
    (void)state;
    for (size_t len = ATK_PREFIX_MIN; len <= APITOKEN_PREFIX_MAX; len++) {
        struct atk_prefix prefix;
        char name[APITOKEN_PREFIX_MAX + 1] = { 0 }, text[ATK_TOKEN_LEN_MAX];
        memcpy(name, "a123456789", len);
        sample_prefix(&prefix, name);
        size_t text_len = atk_text_build(&prefix, SAMPLE_ID, SAMPLE_SECRET, text);
        assert_int_equal(text_len, len + 50);
        assert_true(parses(name, text, text_len));
    }
    assert_true(APITOKEN_PREFIX_MAX + 50 == ATK_TOKEN_LEN_MAX &&
                ATK_TOKEN_LEN_MAX <= APITOKEN_TOKEN_MAX);
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void test_every_other_length_is_refused(void **state) {
    (void)state;
    char text[201];
    memset(text, '0', sizeof text);
    memcpy(text, VECTOR_TOKEN, TEXT_LEN);
    for (size_t len = 0; len <= 200; len++)
        assert_int_equal(parses("tdh", text, len), len == TEXT_LEN);
}

static void test_stale_checksum_is_refused(void **state) {
    (void)state;
    for (size_t at = PREFIX_LEN; at < TEXT_LEN; at++) {
        for (size_t i = 0; i < sizeof atk_base62; i++) {
            char text[] = VECTOR_TOKEN;
            if (text[at] == atk_base62[i]) continue;
            text[at] = atk_base62[i];
            assert_false(parses("tdh", text, TEXT_LEN));
        }
    }
}

static void test_changed_character_with_its_checksum_is_another_token(void **state) {
    (void)state;
    for (size_t at = PREFIX_LEN; at < PREFIX_LEN + CHECKED; at++) {
        for (size_t i = 0; i < sizeof atk_base62; i++) {
            char text[] = VECTOR_TOKEN;
            if (text[at] == atk_base62[i]) continue;
            text[at] = atk_base62[i];
            recompute_checksum(text, PREFIX_LEN);
            /* but another version means another format */
            assert_int_equal(parses("tdh", text, TEXT_LEN), at != PREFIX_LEN);
            assert_memory_not_equal(text, VECTOR_TOKEN, TEXT_LEN);
        }
    }
}

static void test_two_changes_are_refused(void **state) {
    (void)state;
    for (size_t at = PREFIX_LEN; at + 1 < PREFIX_LEN + CHECKED; at++) {
        char text[] = VECTOR_TOKEN, swapped = text[at];
        text[at] = text[at + 1];
        text[at + 1] = swapped;
        assert_int_equal(parses("tdh", text, TEXT_LEN), text[at] == text[at + 1]);
    }
}

/* Every byte outside the alphabet at every place, with the right checksum where possible. */
static void test_characters_outside_the_alphabet_are_refused(void **state) {
    (void)state;
    for (size_t at = 0; at < TEXT_LEN; at++) {
        for (int c = 0; c < 256; c++) {
            char text[] = VECTOR_TOKEN;
            if (c != 0 && memchr(atk_base62, c, sizeof atk_base62)) continue;
            if (text[at] == (char)c) continue; /* the underscore */
            text[at] = (char)c;
            assert_false(parses("tdh", text, TEXT_LEN));
            if (at >= PREFIX_LEN && at < PREFIX_LEN + CHECKED) recompute_checksum(text, PREFIX_LEN);
            assert_false(parses("tdh", text, TEXT_LEN));
        }
    }
}

static void test_line_ends_blanks_and_nul_around_are_refused(void **state) {
    (void)state;
    static const char *const extras[] = { "\n", "\r", "\r\n", " ", "\t", "=", "\0" };
    for (size_t i = 0; i < sizeof extras / sizeof extras[0]; i++) {
        size_t extra = i == 6 ? 1 : strlen(extras[i]);
        char text[TEXT_LEN + 2];
        memcpy(text, VECTOR_TOKEN, TEXT_LEN);
        memcpy(text + TEXT_LEN, extras[i], extra);
        assert_false(parses("tdh", text, TEXT_LEN + extra));
        memcpy(text, extras[i], extra);
        memcpy(text + extra, VECTOR_TOKEN, TEXT_LEN);
        assert_false(parses("tdh", text, TEXT_LEN + extra));
        assert_false(parses("tdh", text, TEXT_LEN)); /* right length, shifted */
    }
}

static void test_checksum_beyond_32_bits_is_refused(void **state) {
    (void)state;
    char text[] = VECTOR_TOKEN;
    uint64_t crc = atk_crc32(text + PREFIX_LEN, CHECKED);
    for (int i = 1; i <= 12; i++) { /* 62^6 > 2^32: several texts have the same value modulo 2^32 */
        atk_base62_put(text + PREFIX_LEN + CHECKED, ATK_CRC_LEN, crc + ((uint64_t)i << 32));
        assert_false(parses("tdh", text, TEXT_LEN));
    }
}

static void test_other_prefixes_are_refused(void **state) {
    (void)state;
    static const char *const others[] = { "tdg", "tdi", "txa", "Tdh", "TDH", "tdH" };
    char text[] = VECTOR_TOKEN;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        memcpy(text, others[i], 3);
        assert_false(parses("tdh", text, TEXT_LEN));
    }
    assert_false(parses("td", VECTOR_TOKEN, TEXT_LEN));
    assert_false(parses("tdhh", VECTOR_TOKEN, TEXT_LEN));
}

/* ---- parts ----------------------------------------------------------------------------------- */

static const struct {
    const char *text;
    size_t len;
    int is_good;
} prefixes[] = {
    { "", 0, 0 },
    { "a", 1, 0 },
    { "ab", 2, 1 },
    { "a0", 2, 1 },
    { "zz9", 3, 1 },
    { "0a", 2, 0 },
    { "9z", 2, 0 },
    { "aB", 2, 0 },
    { "Ab", 2, 0 },
    { "a_", 2, 0 },
    { "a-b", 3, 0 },
    { "a b", 3, 0 },
    { "ab\n", 3, 0 },
    { "a\0b", 3, 0 },
    { "a\xC3\xBC", 3, 0 },
    { "abcdefghij", 10, 1 },
    { "abcdefghijk", 11, 0 },
    { "a`", 2, 0 },
    { "a{", 2, 0 },
    { "a/", 2, 0 },
    { "a:", 2, 0 },
};

static void test_prefix_rules(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        struct atk_prefix prefix, before;
        memset(&prefix, 0x55, sizeof prefix);
        before = prefix;
        assert_code(atk_prefix_set(&prefix, prefixes[i].text, prefixes[i].len),
                    prefixes[i].is_good ? 0 : APITOKEN_E_PREFIX);
        if (!prefixes[i].is_good) {
            assert_memory_equal(&prefix, &before, sizeof prefix);
            continue;
        }
        assert_int_equal(prefix.len, prefixes[i].len + 1);
        assert_memory_equal(prefix.text, prefixes[i].text, prefixes[i].len);
        assert_int_equal(prefix.text[prefixes[i].len], '_');
    }
}

static void test_id_rules(void **state) {
    (void)state;
    char id[] = SAMPLE_ID "x";
    for (size_t len = 0; len <= 13; len++)
        assert_int_equal(atk_id_is_valid(id, len), len == APITOKEN_ID_LEN);
    for (size_t at = 0; at < APITOKEN_ID_LEN; at++) {
        for (int c = 0; c < 256; c++) {
            char changed[] = SAMPLE_ID;
            changed[at] = (char)c;
            assert_int_equal(atk_id_is_valid(changed, APITOKEN_ID_LEN),
                             memchr(atk_base62, c, sizeof atk_base62) != NULL);
        }
    }
}

static void test_base62_numbers(void **state) {
    (void)state;
    static const uint64_t values[] = { 0,         1, 61, 62, 3843, 3844, UINT32_MAX, UINT64_MAX - 1,
                                       UINT64_MAX };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char digits[11];
        uint64_t got = 7;
        atk_base62_put(digits, sizeof digits, values[i]);
        assert_true(atk_base62_get(digits, sizeof digits, &got));
        assert_true(got == values[i]);
    }
}

static void test_base62_overflow_and_bad_digits(void **state) {
    (void)state;
    /* 62^11 - 1, 2^64, and texts with other characters */
    static const char *const bad[] = { "zzzzzzzzzzz", "LygHa16AHYG",  "0000000000-",
                                       "00000 00000", "\n0000000000", "0000000000_" };
    uint64_t got = 7;
    assert_true(atk_base62_get("LygHa16AHYF", 11, &got)); /* 2^64 - 1 */
    assert_true(got == UINT64_MAX);
    got = 7;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(atk_base62_get(bad[i], 11, &got));
    assert_int_equal(got, 7);
    assert_true(atk_base62_get("", 0, &got));
    assert_int_equal(got, 0);
}

static void test_alphabet_is_sorted_and_complete(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof atk_base62; i++) {
        uint64_t value = 99;
        assert_true(i == 0 || atk_base62[i - 1] < atk_base62[i]);
        assert_true(atk_base62_get(&atk_base62[i], 1, &value));
        assert_int_equal(value, i);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_vector_of_github),
        cmocka_unit_test(test_every_prefix_length),
        cmocka_unit_test(test_every_other_length_is_refused),
        cmocka_unit_test(test_stale_checksum_is_refused),
        cmocka_unit_test(test_changed_character_with_its_checksum_is_another_token),
        cmocka_unit_test(test_two_changes_are_refused),
        cmocka_unit_test(test_characters_outside_the_alphabet_are_refused),
        cmocka_unit_test(test_line_ends_blanks_and_nul_around_are_refused),
        cmocka_unit_test(test_checksum_beyond_32_bits_is_refused),
        cmocka_unit_test(test_other_prefixes_are_refused),
        cmocka_unit_test(test_prefix_rules),
        cmocka_unit_test(test_id_rules),
        cmocka_unit_test(test_base62_numbers),
        cmocka_unit_test(test_base62_overflow_and_bad_digits),
        cmocka_unit_test(test_alphabet_is_sorted_and_complete),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
