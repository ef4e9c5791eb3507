/* SPDX-License-Identifier: MIT */
#include "rules/record_policy.h"

#include <string.h>

#include "cases.h"
#include "samples.h"

static void test_fields_of_a_policy(void **state) {
    (void)state;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    struct atk_policy_record record;
    const size_t len = sample_bytes(VECTOR_POLICY_SET, bytes);
    assert_code(atk_policy_record_decode(bytes, len, &record), 0);
    assert_int_equal(record.key_id, 7);
    assert_true(record.revision == UINT32_MAX);
    assert_int_equal(record.policy.flags, ATK_POLICY_NEVER_FORBIDDEN);
    assert_int_equal(record.policy.max_live, 20);
    assert_true(record.policy.max_lifetime_ms == 365 * ATK_DAY_MS);
    assert_true(record.policy.default_expiry_ms == 90 * ATK_DAY_MS);
    assert_true(record.policy.undo_ms == 0);
    assert_true(record.policy.max_grace_ms == ATK_DAY_MS);
    assert_true(record.policy.audit_retention_ms == 0);
    assert_int_equal(record.parts_len, 3 + 4);
    assert_int_equal(len, ATK_POLICY_FIXED + 3 + 4 + ATK_TAG_LEN);
}

static void test_without_a_record_it_is_the_default(void **state) {
    (void)state;
    struct atk_policy_record record;
    const struct atk_policy policy = atk_policy_default();
    memset(&record, 0x55, sizeof record);
    atk_policy_record_init(&record);
    assert_int_equal(record.revision, 0);
    assert_int_equal(record.parts_len, 0);
    assert_memory_equal(&record.policy, &policy, sizeof policy);
}

static int code_of(const struct atk_policy_record *record) {
    uint8_t bytes[ATK_POLICY_MAX] = { 0 };
    struct atk_policy_record again;
    return atk_policy_record_decode(bytes, atk_policy_record_encode(record, bytes), &again);
}

#define CODE(change, due)                                                     \
    do {                                                                      \
        struct atk_policy_record record;                                      \
        sample_policy(&record);                                               \
        assert_code(code_of(&record), 0);                                     \
        change;                                                               \
        if (code_of(&record) != (due)) fail_msg("not so after: %s", #change); \
    } while (0)

/* A later version may allow more. */
static void test_values_outside_the_limits_are_newer(void **state) {
    (void)state;
    CODE(record.policy.flags = 2, APITOKEN_E_NEWER);
    CODE(record.policy.flags = 1u << 31, APITOKEN_E_NEWER);
    CODE(record.policy.max_lifetime_ms = 0, APITOKEN_E_NEWER);
    CODE(record.policy.max_lifetime_ms = ATK_DAY_MS, APITOKEN_E_NEWER); /* below the default */
    CODE(record.policy.default_expiry_ms = -1, APITOKEN_E_NEWER);
    CODE(record.policy.max_live = 0, APITOKEN_E_NEWER);
    CODE(record.policy.undo_ms = ATK_NO_LIMIT, APITOKEN_E_NEWER);
    CODE(record.policy.max_grace_ms = ATK_NO_LIMIT, APITOKEN_E_NEWER);
    CODE(record.policy.audit_retention_ms = 1, APITOKEN_E_NEWER);
}

static void test_a_revision_of_zero_is_none(void **state) {
    (void)state;
    CODE(record.revision = 0, APITOKEN_E_DAMAGED);
    CODE(record.revision = 1, 0);
    CODE((record.revision = 0, record.policy.flags = 2), APITOKEN_E_DAMAGED);
}

static void test_reserved_bytes_are_zero(void **state) {
    (void)state;
    for (size_t at = 20; at < 24; at++) {
        uint8_t bytes[SAMPLE_BYTES_MAX];
        struct atk_policy_record record;
        const size_t len = sample_bytes(VECTOR_POLICY, bytes);
        bytes[at] = 1;
        assert_code(atk_policy_record_decode(bytes, len, &record), APITOKEN_E_DAMAGED);
    }
}

/* What may be ignored stays; the rest is damage, also beside a value that is newer. */
static void test_parts_of_a_policy(void **state) {
    (void)state;
    CODE(record.parts[0] = 9, APITOKEN_E_NEWER);
    CODE(record.parts[0] = 0, APITOKEN_E_DAMAGED);
    CODE(record.parts[0] = 255, APITOKEN_E_DAMAGED);
    CODE(record.parts[1] = 5, APITOKEN_E_DAMAGED);
    CODE((record.parts[1] = 5, record.policy.flags = 2), APITOKEN_E_DAMAGED);
}

static void test_the_longest_policy(void **state) {
    (void)state;
    uint8_t bytes[ATK_POLICY_MAX + 1];
    struct atk_policy_record record, again;
    sample_policy(&record);
    record.parts_len = ATK_POLICY_PARTS_MAX;
    memset(record.parts, 0, sizeof record.parts);
    record.parts[0] = 128;
    record.parts[1] = (uint8_t)(ATK_POLICY_PARTS_MAX - 3);
    record.parts[2] = (uint8_t)((ATK_POLICY_PARTS_MAX - 3) >> 8);
    assert_int_equal(atk_policy_record_encode(&record, bytes), ATK_POLICY_MAX);
    assert_code(atk_policy_record_decode(bytes, ATK_POLICY_MAX, &again), 0);
    assert_memory_equal(again.parts, record.parts, ATK_POLICY_PARTS_MAX);
    bytes[ATK_POLICY_FIXED + 1]++; /* one byte more */
    assert_code(atk_policy_record_decode(bytes, ATK_POLICY_MAX + 1, &again), APITOKEN_E_DAMAGED);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_of_a_policy),
        cmocka_unit_test(test_without_a_record_it_is_the_default),
        cmocka_unit_test(test_values_outside_the_limits_are_newer),
        cmocka_unit_test(test_a_revision_of_zero_is_none),
        cmocka_unit_test(test_reserved_bytes_are_zero),
        cmocka_unit_test(test_parts_of_a_policy),
        cmocka_unit_test(test_the_longest_policy),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
