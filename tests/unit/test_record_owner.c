/* SPDX-License-Identifier: MIT */
#include "rules/record_owner.h"

#include <string.h>

#include "cases.h"
#include "samples.h"

static void test_fields_of_a_blocked_owner(void **state) {
    (void)state;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    struct atk_owner_record owner;
    assert_code(atk_owner_record_parse(bytes, sample_bytes(VECTOR_OWNER_BLOCKED, bytes), &owner),
                0);
    assert_int_equal(owner.key_id, 1);
    assert_int_equal(owner.revision, 1);
    assert_int_equal(owner.flags, ATK_OWNER_BLOCKED);
    assert_true(owner.blocked_ms == INT64_C(1750000000000));
    assert_int_equal(owner.reason_len, 18);
    assert_memory_equal(owner.reason, "unter Verdacht: \xC3\xBC", 18);
    assert_int_equal(owner.actor_len, 9);
    assert_memory_equal(owner.actor, "tool:root", 9);
    assert_int_equal(owner.other_len, 0);
}

static void test_what_may_be_ignored_is_kept(void **state) {
    (void)state;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    struct atk_owner_record owner;
    assert_code(atk_owner_record_parse(bytes, sample_bytes(VECTOR_OWNER_PARTS, bytes), &owner), 0);
    assert_true(owner.revision == UINT32_MAX);
    assert_int_equal(owner.flags, ATK_OWNER_BLOCKED | ATK_OWNER_UNBLOCKING);
    assert_int_equal(owner.reason_len, 0);
    assert_string_equal(owner.reason, "");
    assert_int_equal(owner.actor_len, 1);
    assert_int_equal(owner.other_len, 3 + 3 + 4);
    assert_int_equal(owner.other[0], 130);
}

/* The code for a record of these parts, since 1970. If it is read, it is written as it was. */
static int code_of(unsigned own, const uint8_t *parts, size_t len) {
    uint8_t bytes[ATK_OWNER_RECORD_MAX], again[ATK_OWNER_RECORD_MAX];
    struct atk_owner_record owner;
    struct atk_writer w = atk_writer_of(bytes, sizeof bytes - ATK_TAG_LEN);
    atk_record_put_head(&w, ATK_TYPE_OWNER, own, 1);
    atk_put_uint(&w, 1, 4);
    atk_record_put_zeros(&w, 4);
    atk_put_i64(&w, 0);
    atk_put_bytes(&w, parts, len);
    const size_t due = atk_record_len(&w, bytes);
    const int rc = atk_owner_record_parse(bytes, due, &owner);
    if (rc < 0) return rc;
    assert_int_equal(atk_owner_record_encode(&owner, again), due);
    assert_memory_equal(again, bytes, due - ATK_TAG_LEN);
    return 0;
}

#define CODE(due, own, ...)                                      \
    do {                                                         \
        static const uint8_t parts[] = { __VA_ARGS__ };          \
        assert_code(code_of((own), parts, sizeof parts), (due)); \
    } while (0)

static void test_parts_of_an_owner(void **state) {
    (void)state;
    CODE(0, 1, 2, 1, 0, 'x');
    CODE(0, 1, 1, 1, 0, 'r', 2, 1, 0, 'x');
    CODE(APITOKEN_E_DAMAGED, 1, 1, 1, 0, 'r');               /* nobody did it */
    CODE(APITOKEN_E_DAMAGED, 1, 2, 1, 0, 'x', 1, 1, 0, 'r'); /* not in order */
    CODE(APITOKEN_E_DAMAGED, 1, 2, 1, 0, 'x', 2, 1, 0, 'x'); /* twice */
    CODE(APITOKEN_E_DAMAGED, 1, 2, 2, 0, 'x');               /* too short */
    CODE(APITOKEN_E_DAMAGED, 1, 2, 1, 0, 'x', 200, 0, 0, 130, 0, 0);
    CODE(APITOKEN_E_NEWER, 1, 1, 0, 0, 2, 1, 0, 'x'); /* of another length */
    CODE(APITOKEN_E_NEWER, 1, 2, 0, 0);
    CODE(APITOKEN_E_NEWER, 1, 2, 1, 0, 'x', 3, 0, 0); /* must be understood */
    CODE(APITOKEN_E_NEWER, 1, 2, 1, 0, 'x', 127, 0, 0, 128, 0, 0);
    CODE(0, 1, 2, 1, 0, 'x', 128, 0, 0, 254, 1, 0, 0);
    CODE(APITOKEN_E_DAMAGED, 1, 2, 1, 0, 'x', 255, 0, 0);
    CODE(APITOKEN_E_DAMAGED, 1, 0, 0, 0, 2, 1, 0, 'x');
}

/* A flag that is not known; damage is damage all the same. */
static void test_flags_of_an_owner_are_newer(void **state) {
    (void)state;
    for (unsigned own = 0; own < 65536; own++)
        CODE(own > 3 ? APITOKEN_E_NEWER : 0, own, 2, 1, 0, 'x');
    CODE(APITOKEN_E_DAMAGED, 4, 2, 2, 0, 'x');
    CODE(APITOKEN_E_DAMAGED, 4, 1, 1, 0, 'r');
}

static void test_a_revision_of_zero_is_none(void **state) {
    (void)state;
    uint8_t bytes[ATK_OWNER_RECORD_MAX];
    struct atk_owner_record owner;
    sample_owner(&owner);
    owner.revision = 0;
    const size_t len = atk_owner_record_encode(&owner, bytes);
    assert_code(atk_owner_record_parse(bytes, len, &owner), APITOKEN_E_DAMAGED);
}

static void test_reserved_bytes_are_zero(void **state) {
    (void)state;
    for (size_t at = 12; at < 16; at++) {
        uint8_t bytes[SAMPLE_BYTES_MAX];
        struct atk_owner_record owner;
        const size_t len = sample_bytes(VECTOR_OWNER_BLOCKED, bytes);
        bytes[at] = 1;
        assert_code(atk_owner_record_parse(bytes, len, &owner), APITOKEN_E_DAMAGED);
    }
}

static void test_times_of_a_block(void **state) {
    (void)state;
    static const struct {
        int64_t ms;
        int due;
    } rows[] = { { 0, 0 },
                 { ATK_MS_MAX, 0 },
                 { -1, APITOKEN_E_DAMAGED },
                 { ATK_MS_MAX + 1, APITOKEN_E_DAMAGED } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[ATK_OWNER_RECORD_MAX];
        struct atk_owner_record owner;
        sample_owner(&owner);
        owner.blocked_ms = rows[i].ms;
        const size_t len = atk_owner_record_encode(&owner, bytes);
        assert_code(atk_owner_record_parse(bytes, len, &owner), rows[i].due);
    }
}

static void test_every_other_length_is_refused(void **state) {
    (void)state;
    uint8_t bytes[SAMPLE_BYTES_MAX] = { 0 };
    struct atk_owner_record owner;
    const size_t due = sample_bytes(VECTOR_OWNER_BLOCKED, bytes);
    for (size_t len = 0; len <= due + 32; len++)
        assert_code(atk_owner_record_parse(bytes, len, &owner),
                    len == due ? 0 : APITOKEN_E_DAMAGED);
}

/* With the longest owner as its key LMDB keeps it in a leaf. */
static void test_the_longest_record_of_an_owner(void **state) {
    (void)state;
    uint8_t bytes[ATK_OWNER_RECORD_MAX + 1], other[ATK_OWNER_RECORD_MAX] = { 200 };
    char text[APITOKEN_REASON_MAX + 1];
    struct atk_owner_record owner, again;
    memset(text, 't', sizeof text);
    sample_owner(&owner);
    owner.reason = owner.actor = text;
    owner.reason_len = APITOKEN_REASON_MAX;
    owner.actor_len = ATK_ACTOR_MAX;
    const size_t len = atk_owner_record_encode(&owner, bytes);
    assert_int_equal(len, ATK_OWNER_FIXED + 3 + 1000 + 3 + 128 + ATK_TAG_LEN);
    assert_code(atk_owner_record_parse(bytes, len, &again), 0);
    owner.other = other;
    owner.other_len = (uint16_t)(ATK_OWNER_RECORD_MAX - len);
    other[1] = (uint8_t)(owner.other_len - 3);
    other[2] = (uint8_t)((owner.other_len - 3) >> 8);
    assert_int_equal(atk_owner_record_encode(&owner, bytes), ATK_OWNER_RECORD_MAX);
    assert_code(atk_owner_record_parse(bytes, ATK_OWNER_RECORD_MAX, &again), 0);
    assert_int_equal(again.other_len, owner.other_len);
    owner.other_len++;
    assert_int_equal(atk_owner_record_encode(&owner, bytes), 0);
    assert_code(atk_owner_record_parse(bytes, sizeof bytes, &again), APITOKEN_E_DAMAGED);
    assert_true(8 + APITOKEN_OWNER_MAX + ATK_OWNER_RECORD_MAX <= 2038);
}

/* Texts that are too long for this version. */
static void test_longer_texts_are_newer(void **state) {
    (void)state;
    uint8_t bytes[ATK_OWNER_RECORD_MAX];
    char text[APITOKEN_REASON_MAX + 1];
    struct atk_owner_record owner, again;
    memset(text, 't', sizeof text);
    sample_owner(&owner);
    owner.reason = owner.actor = text;
    owner.reason_len = APITOKEN_REASON_MAX + 1;
    size_t len = atk_owner_record_encode(&owner, bytes);
    assert_code(atk_owner_record_parse(bytes, len, &again), APITOKEN_E_NEWER);
    owner.reason_len = 0;
    owner.actor_len = ATK_ACTOR_MAX + 1;
    len = atk_owner_record_encode(&owner, bytes);
    assert_code(atk_owner_record_parse(bytes, len, &again), APITOKEN_E_NEWER);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_of_a_blocked_owner),
        cmocka_unit_test(test_what_may_be_ignored_is_kept),
        cmocka_unit_test(test_parts_of_an_owner),
        cmocka_unit_test(test_flags_of_an_owner_are_newer),
        cmocka_unit_test(test_a_revision_of_zero_is_none),
        cmocka_unit_test(test_reserved_bytes_are_zero),
        cmocka_unit_test(test_times_of_a_block),
        cmocka_unit_test(test_every_other_length_is_refused),
        cmocka_unit_test(test_the_longest_record_of_an_owner),
        cmocka_unit_test(test_longer_texts_are_newer),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
