/* SPDX-License-Identifier: MIT */
#include "rules/cursor.h"

#include <string.h>

#include "cases.h"
#include "samples.h"
#include "rules/crc32.h"
#include "rules/text.h"

static const char *const ids[] = { "000000000000", "zzzzzzzzzzzz", SAMPLE_ID, "0Z9zA00000a1" };

static int reads(const char *text, size_t len, const char **ret) {
    *ret = ids[0];
    int good = atk_cursor_read(text, len, ret);
    if (!good) assert_ptr_equal(*ret, ids[0]);
    return good;
}

/* Cursors outlive a process and an upgrade, so their text is frozen. */
static void test_frozen_text(void **state) {
    (void)state;
    char text[ATK_CURSOR_LEN + 1];
    atk_cursor_write(SAMPLE_ID, text);
    assert_string_equal(text, VECTOR_CURSOR);
}

static void test_round_trip(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char text[ATK_CURSOR_LEN + 1];
        const char *got;
        atk_cursor_write(ids[i], text);
        assert_int_equal(strlen(text), 16);
        assert_true(ATK_CURSOR_LEN <= APITOKEN_CURSOR_MAX);
        for (size_t at = 0; at < ATK_CURSOR_LEN; at++)
            assert_non_null(memchr(atk_base62, text[at], sizeof atk_base62));
        assert_true(reads(text, ATK_CURSOR_LEN, &got));
        assert_memory_equal(got, ids[i], APITOKEN_ID_LEN);
    }
}

static void test_every_other_length_is_refused(void **state) {
    (void)state;
    char text[200];
    const char *got;
    memset(text, '0', sizeof text);
    atk_cursor_write(SAMPLE_ID, text);
    for (size_t len = 0; len < sizeof text; len++)
        assert_int_equal(reads(text, len, &got), len == ATK_CURSOR_LEN);
}

static void test_every_changed_character_is_refused(void **state) {
    (void)state;
    for (size_t at = 0; at < ATK_CURSOR_LEN; at++) {
        for (int c = 0; c < 256; c++) {
            char text[ATK_CURSOR_LEN + 1];
            const char *got;
            atk_cursor_write(SAMPLE_ID, text);
            if (text[at] == (char)c) continue;
            text[at] = (char)c;
            assert_false(reads(text, ATK_CURSOR_LEN, &got));
        }
    }
}

/* A right checksum over what is no id, or another version. */
static void test_a_right_checksum_is_not_enough(void **state) {
    (void)state;
    char text[ATK_CURSOR_LEN + 1];
    const char *got;
    atk_cursor_write("AbCdEf01234-", text);
    assert_false(reads(text, ATK_CURSOR_LEN, &got));
    assert_false(reads("100000000000VNua", ATK_CURSOR_LEN, &got)); /* of 0.1.0 */
}

/* ---- of all owners --------------------------------------------------------------------------- */

static struct atk_row_place place_of(const char *owner, size_t owner_len, const char *id) {
    struct atk_row_place place = { .owner_len = owner_len };
    memcpy(place.owner, owner, owner_len);
    memcpy(place.id, id, sizeof place.id);
    return place;
}

static int reads_all(const char *text, size_t len) {
    struct atk_row_place place;
    return atk_cursor_read_all(text, len, &place);
}

static void test_frozen_text_of_all(void **state) {
    (void)state;
    const struct atk_row_place place = place_of(LIT(SAMPLE_OWNER), SAMPLE_ID);
    char text[ATK_ALL_CURSOR_MAX + 1];
    atk_cursor_write_all(&place, text);
    assert_string_equal(text, VECTOR_CURSOR_OF_ALL);
}

/* Owners of every length, of the least and the greatest bytes. */
static void test_round_trip_of_all(void **state) {
    (void)state;
    static const int fills[] = { 0x00, 0x01, 0x7F, 0x80, 0xFF, 'a' };
    for (size_t len = 1; len <= APITOKEN_OWNER_MAX; len++) {
        for (size_t i = 0; i < sizeof fills / sizeof fills[0]; i++) {
            char owner[APITOKEN_OWNER_MAX], text[ATK_ALL_CURSOR_MAX + 1];
            struct atk_row_place got;
            memset(owner, fills[i], sizeof owner);
            owner[len / 2] = (char)len;
            const struct atk_row_place place = place_of(owner, len, ids[i % 4]);
            atk_cursor_write_all(&place, text);
            assert_true(strlen(text) <= ATK_ALL_CURSOR_MAX);
            for (size_t at = 0; text[at]; at++)
                assert_non_null(memchr(atk_base62, text[at], sizeof atk_base62));
            assert_true(atk_cursor_read_all(text, strlen(text), &got));
            assert_int_equal(got.owner_len, len);
            assert_memory_equal(got.owner, owner, len);
            assert_memory_equal(got.id, place.id, sizeof got.id);
        }
    }
    assert_true(ATK_ALL_CURSOR_MAX <= APITOKEN_CURSOR_MAX);
}

static void test_every_other_length_of_all_is_refused(void **state) {
    (void)state;
    const struct atk_row_place place = place_of(LIT(SAMPLE_OWNER), SAMPLE_ID);
    char text[2 * ATK_ALL_CURSOR_MAX] = "";
    atk_cursor_write_all(&place, text);
    const size_t due = strlen(text);
    memset(text + due, '0', sizeof text - due);
    for (size_t len = 0; len <= sizeof text; len++)
        assert_int_equal(reads_all(text, len), len == due);
}

static void test_every_changed_character_of_all_is_refused(void **state) {
    (void)state;
    const struct atk_row_place place = place_of(LIT(SAMPLE_OWNER), SAMPLE_ID);
    char good[ATK_ALL_CURSOR_MAX + 1];
    atk_cursor_write_all(&place, good);
    for (size_t at = 0; good[at]; at++) {
        for (int c = 0; c < 256; c++) {
            char text[ATK_ALL_CURSOR_MAX + 1];
            memcpy(text, good, sizeof text);
            if (text[at] == (char)c) continue;
            text[at] = (char)c;
            assert_false(reads_all(text, strlen(good)));
        }
    }
}

/* A text of this form with a right checksum. */
static int reads_signed(const char *head, const char *chunks) {
    char text[ATK_ALL_CURSOR_MAX + 20];
    const size_t head_len = strlen(head), len = head_len + strlen(chunks);
    memcpy(text, head, head_len);
    memcpy(text + head_len, chunks, len - head_len);
    atk_base62_put(text + len, 3, atk_crc32(text, len) % 238328);
    return reads_all(text, len + 3);
}

#define HEAD_OF(owner_len) "a" SAMPLE_ID owner_len

static void test_a_right_checksum_of_all_is_not_enough(void **state) {
    (void)state;
    static const char of_a[] = "0000000001Z", most[] = "LygHa16AHYF"; /* 97, 2^64 - 1 */
    assert_true(reads_signed(HEAD_OF("01"), of_a));
    assert_true(reads_signed(HEAD_OF("08"), most));
    assert_false(reads_signed("b" SAMPLE_ID "01", of_a)); /* another kind */
    assert_false(reads_signed("2" SAMPLE_ID "01", of_a));
    assert_false(reads_signed("aAbCdEf01234-01", of_a)); /* no id */
    assert_false(reads_signed(HEAD_OF("00"), of_a));     /* no owner */
    assert_false(reads_signed(HEAD_OF("00"), ""));
    assert_false(reads_signed(HEAD_OF("-1"), of_a)); /* no number */
    assert_false(reads_signed(HEAD_OF("09"), of_a)); /* another length */
    assert_false(reads_signed(HEAD_OF("09"), most));
    assert_false(reads_signed(HEAD_OF("01"), "0000000001Z0000000001Z"));
    assert_false(reads_signed(HEAD_OF("01"), most));          /* what is left is not zero */
    assert_false(reads_signed(HEAD_OF("01"), "0000000008G")); /* 512 */
    assert_false(reads_signed(HEAD_OF("08"), "LygHa16AHYG")); /* 2^64 */
    assert_false(reads_signed(HEAD_OF("08"), "zzzzzzzzzzz"));
    assert_false(reads_signed(HEAD_OF("08"), "0000000001-"));
}

/* 128 is the longest: "24" in base62. */
static void test_no_owner_is_longer_than_the_longest(void **state) {
    (void)state;
    char chunks[17 * 11 + 1];
    memset(chunks, '0', sizeof chunks - 1);
    chunks[16 * 11] = '\0';
    assert_true(reads_signed(HEAD_OF("24"), chunks));
    chunks[16 * 11] = '0';
    chunks[17 * 11] = '\0';
    assert_false(reads_signed(HEAD_OF("25"), chunks));
}

/* A position in one kind of list says nothing in the other. */
static void test_the_two_kinds_are_told_apart(void **state) {
    (void)state;
    const struct atk_row_place place = place_of("a", 1, SAMPLE_ID);
    char of_owner[ATK_CURSOR_LEN + 1], of_all[ATK_ALL_CURSOR_MAX + 1];
    const char *got;
    atk_cursor_write(SAMPLE_ID, of_owner);
    atk_cursor_write_all(&place, of_all);
    assert_false(reads_all(of_owner, strlen(of_owner)));
    for (size_t len = 0; len <= strlen(of_all); len++) assert_false(reads(of_all, len, &got));
}

/* ---- of the audit ---------------------------------------------------------------------------- */

static const uint64_t positions[] = { 0, 1, 61, 62, UINT32_MAX, UINT64_MAX };

static void test_round_trip_of_a_position(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof positions / sizeof positions[0]; i++) {
        char text[ATK_AUDIT_CURSOR_LEN + 1];
        uint64_t got = 4711;
        atk_audit_cursor_write(positions[i], text);
        assert_int_equal(strlen(text), ATK_AUDIT_CURSOR_LEN);
        for (size_t at = 0; at < ATK_AUDIT_CURSOR_LEN; at++)
            assert_non_null(memchr(atk_base62, text[at], sizeof atk_base62));
        assert_true(atk_audit_cursor_read(text, ATK_AUDIT_CURSOR_LEN, &got));
        assert_int_equal(got, positions[i]);
    }
}

static void test_another_text_is_no_position(void **state) {
    (void)state;
    char text[ATK_AUDIT_CURSOR_LEN + 20] = "";
    uint64_t got;
    for (size_t at = 0; at < ATK_AUDIT_CURSOR_LEN; at++) {
        atk_audit_cursor_write(4711, text);
        for (int c = 0; c < 256; c++) {
            const char kept = text[at];
            if (kept == (char)c) continue;
            text[at] = (char)c;
            assert_false(atk_audit_cursor_read(text, ATK_AUDIT_CURSOR_LEN, &got));
            text[at] = kept;
        }
    }
    for (size_t len = 0; len < sizeof text; len++)
        assert_int_equal(atk_audit_cursor_read(text, len, &got), len == ATK_AUDIT_CURSOR_LEN);
    /* a list's cursor is none of the audit */
    atk_cursor_write(SAMPLE_ID, text);
    assert_false(atk_audit_cursor_read(text, ATK_CURSOR_LEN, &got));
    assert_false(atk_audit_cursor_read(text, ATK_AUDIT_CURSOR_LEN, &got));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frozen_text),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_every_other_length_is_refused),
        cmocka_unit_test(test_every_changed_character_is_refused),
        cmocka_unit_test(test_a_right_checksum_is_not_enough),
        cmocka_unit_test(test_frozen_text_of_all),
        cmocka_unit_test(test_round_trip_of_all),
        cmocka_unit_test(test_every_other_length_of_all_is_refused),
        cmocka_unit_test(test_every_changed_character_of_all_is_refused),
        cmocka_unit_test(test_a_right_checksum_of_all_is_not_enough),
        cmocka_unit_test(test_no_owner_is_longer_than_the_longest),
        cmocka_unit_test(test_the_two_kinds_are_told_apart),
        cmocka_unit_test(test_round_trip_of_a_position),
        cmocka_unit_test(test_another_text_is_no_position),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
