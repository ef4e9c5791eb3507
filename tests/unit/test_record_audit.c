/* SPDX-License-Identifier: MIT */
#include "rules/record_audit.h"

#include <string.h>

#include "cases.h"
#include "samples_audit.h"

/* ---- the key --------------------------------------------------------------------------------- */

static void test_keys_are_in_the_order_of_numbers(void **state) {
    (void)state;
    static const uint64_t numbers[][2] = { { 0, 1 }, { 0, 255 }, { 0, 256 }, { 0, UINT64_MAX },
                                           { 1, 0 }, { 255, 7 }, { 256, 1 }, { UINT64_MAX, 1 } };
    uint8_t before[ATK_AUDIT_KEY_LEN] = { 0 }, key[ATK_AUDIT_KEY_LEN];
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        uint64_t chain, number;
        atk_audit_key(numbers[i][0], numbers[i][1], key);
        assert_true(memcmp(before, key, sizeof key) < 0);
        memcpy(before, key, sizeof key);
        atk_audit_key_parse(key, &chain, &number);
        assert_true(chain == numbers[i][0] && number == numbers[i][1]);
    }
    atk_audit_key(UINT64_C(0x0102030405060708), UINT64_C(0x1112131415161718), key);
    assert_bytes(key, sizeof key, VECTOR_AUDIT_ELSEWHERE_KEY);
}

/* ---- the record ------------------------------------------------------------------------------ */

static void test_fields_of_an_audit_record(void **state) {
    (void)state;
    struct sample_audit sample;
    const struct atk_audit *audit = &sample.audit;
    sample_audit(&sample, VECTOR_AUDIT_UPDATED);
    assert_int_equal(audit->key_id, 7);
    assert_int_equal(audit->chain_key_id, 1);
    assert_int_equal(audit->verb, ATK_VERB_UPDATE);
    assert_int_equal(audit->flags, 0);
    assert_false(audit->is_newer);
    assert_true(audit->at_ms == INT64_C(1700000000001));
    assert_int_equal(audit->unrecorded, 3);
    assert_memory_equal(audit->id, SAMPLE_ID, APITOKEN_ID_LEN);
    assert_memory_equal(audit->digest, sample.bytes + 40, ATK_AUDIT_DIGEST_LEN);
    assert_memory_equal(audit->tag, sample.bytes + 56, ATK_CHAIN_TAG_LEN);
    assert_ptr_equal(audit->text, sample.bytes + ATK_AUDIT_FIXED + 3);
    assert_int_equal(audit->other_len, 3 + 4);
    assert_int_equal(audit->other[0], 130);
}

static void test_fields_of_a_text(void **state) {
    (void)state;
    struct sample_audit sample;
    struct atk_audit_text text;
    struct atk_audit_change change;
    sample_audit(&sample, VECTOR_AUDIT_UPDATED);
    assert_true(atk_audit_text_parse(sample.audit.text, sample.audit.text_len, &text));
    assert_int_equal(text.salt[15], 0x5F);
    assert_int_equal(text.actor_len, 9);
    assert_memory_equal(text.actor, "tool:root", 9);
    assert_int_equal(text.owner_len, strlen(SAMPLE_OWNER));
    assert_memory_equal(text.owner, SAMPLE_OWNER, text.owner_len);
    assert_int_equal(text.reason_len, 6);
    assert_memory_equal(text.reason, "n\xC3\xB6tig", 6);
    struct atk_reader r = atk_reader_of(text.changes, text.changes_len);
    assert_true(atk_audit_change_get(&r, 0, &change));
    assert_int_equal(change.field, ATK_CHANGED_DESCRIPTION);
    assert_int_equal(change.before_len, 10);
    assert_memory_equal(change.before, "old laptop", 10);
    assert_int_equal(change.after_len, 0);
    assert_true(atk_audit_change_get(&r, change.field, &change));
    assert_int_equal(change.field, ATK_CHANGED_SUSPENDED);
    assert_int_equal(change.after_len, 1);
    assert_int_equal(change.after[0], 1);
    assert_int_equal(r.left, 0);
}

static void test_an_erased_record_has_no_text(void **state) {
    (void)state;
    struct sample_audit whole, erased;
    sample_audit(&whole, VECTOR_AUDIT_UPDATED);
    sample_audit(&erased, VECTOR_AUDIT_UPDATED_ERASED);
    assert_int_equal(erased.audit.text_len, 0);
    assert_memory_equal(erased.audit.digest, whole.audit.digest, ATK_AUDIT_DIGEST_LEN);
    assert_memory_equal(erased.audit.tag, whole.audit.tag, ATK_CHAIN_TAG_LEN);
    assert_int_equal(erased.audit.other_len, whole.audit.other_len);
    assert_null(memmem(erased.bytes, ATK_AUDIT_FIXED + 3 + 4 + ATK_TAG_LEN, "tool", 4));
}

/* Verb, field and part of a later version: it can be shown, and is written as it was. */
static void test_what_is_not_known_is_kept(void **state) {
    (void)state;
    struct sample_audit sample;
    struct atk_audit_text text;
    sample_audit(&sample, VECTOR_AUDIT_ELSEWHERE);
    assert_true(sample.audit.is_newer);
    assert_int_equal(sample.audit.verb, 255);
    assert_int_equal(sample.audit.other_len, 3 + 4);
    assert_true(atk_audit_text_parse(sample.audit.text, sample.audit.text_len, &text));
    assert_int_equal(text.changes[0], 255);
}

/* A record whose text has this length and which ends in these parts. */
static size_t make(uint8_t *bytes, const uint8_t *parts, size_t len) {
    uint8_t frozen[SAMPLE_BYTES_MAX];
    (void)sample_bytes(VECTOR_AUDIT_CREATED, frozen);
    memcpy(bytes, frozen, ATK_AUDIT_FIXED);
    memcpy(bytes + ATK_AUDIT_FIXED, parts, len);
    return ATK_AUDIT_FIXED + len + ATK_TAG_LEN;
}

static void test_unknown_parts_of_every_type(void **state) {
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        uint8_t bytes[ATK_AUDIT_MAX], again[ATK_AUDIT_MAX];
        struct atk_audit audit;
        const uint8_t parts[] = { (uint8_t)type, 2, 0, 'a', 'b' };
        const size_t len = make(bytes, parts, sizeof parts);
        const bool is_part = type > 1 && type != 255; /* 1 is a text, and this is none */
        assert_code(atk_audit_parse(bytes, len, &audit), is_part ? 0 : APITOKEN_E_DAMAGED);
        if (!is_part) continue;
        assert_int_equal(audit.is_newer, type < 128);
        assert_int_equal(atk_audit_encode(&audit, again), len);
        assert_memory_equal(again, bytes, len - ATK_TAG_LEN);
    }
}

static void test_parts_stand_in_order(void **state) {
    (void)state;
    uint8_t bytes[ATK_AUDIT_MAX];
    struct atk_audit audit;
    static const uint8_t good[] = { 2, 0, 0, 130, 1, 0, 'x', 131, 0, 0 },
                         twice[] = { 130, 0, 0, 130, 0, 0 }, back[] = { 130, 0, 0, 2, 0, 0 },
                         late[] = { 130, 0, 0, 1, 0, 0 }, cut[] = { 130, 2, 0, 'x' };
    assert_code(atk_audit_parse(bytes, make(bytes, good, sizeof good), &audit), 0);
    assert_code(atk_audit_parse(bytes, make(bytes, twice, sizeof twice), &audit),
                APITOKEN_E_DAMAGED);
    assert_code(atk_audit_parse(bytes, make(bytes, back, sizeof back), &audit), APITOKEN_E_DAMAGED);
    assert_code(atk_audit_parse(bytes, make(bytes, late, sizeof late), &audit), APITOKEN_E_DAMAGED);
    assert_code(atk_audit_parse(bytes, make(bytes, cut, sizeof cut), &audit), APITOKEN_E_DAMAGED);
}

static void test_flags_are_newer_and_kept(void **state) {
    (void)state;
    for (unsigned flags = 1; flags < 256; flags++) {
        uint8_t bytes[SAMPLE_BYTES_MAX], again[ATK_AUDIT_MAX];
        struct atk_audit audit;
        const size_t len = sample_bytes(VECTOR_AUDIT_CREATED, bytes);
        bytes[3] = (uint8_t)flags;
        assert_code(atk_audit_parse(bytes, len, &audit), 0);
        assert_true(audit.is_newer);
        assert_int_equal(atk_audit_encode(&audit, again), len);
        assert_memory_equal(again, bytes, len - ATK_TAG_LEN);
    }
}

static void test_records_that_cannot_be(void **state) {
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
    } rows[] = { { 2, 0 }, { 15, 0x80 }, { 15, 0x01 } }; /* verb; time */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[SAMPLE_BYTES_MAX];
        struct atk_audit audit;
        const size_t len = sample_bytes(VECTOR_AUDIT_CREATED, bytes);
        bytes[rows[i].at] = rows[i].value;
        assert_code(atk_audit_parse(bytes, len, &audit), APITOKEN_E_DAMAGED);
    }
}

/* A record that ends before its text is one whose text was erased; any other length is damage. */
static void test_every_other_length_is_refused(void **state) {
    (void)state;
    uint8_t bytes[SAMPLE_BYTES_MAX] = { 0 };
    struct atk_audit audit;
    const size_t due = sample_bytes(VECTOR_AUDIT_CREATED, bytes);
    for (size_t len = 0; len <= due + 64; len++)
        assert_code(atk_audit_parse(bytes, len, &audit),
                    len == due || len == ATK_AUDIT_FIXED + ATK_TAG_LEN ? 0 : APITOKEN_E_DAMAGED);
}

/* ---- the text -------------------------------------------------------------------------------- */

static void test_lengths_within_a_text(void **state) {
    (void)state;
    static const struct {
        unsigned actor, owner, reason;
        bool is_good;
    } rows[] = { { 0, 0, 0, true },     { 128, 128, 1000, true }, { 129, 0, 0, false },
                 { 255, 0, 0, false },  { 0, 129, 0, false },     { 0, 0, 1001, false },
                 { 0, 0, 65535, false } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static uint8_t bytes[70000];
        struct atk_audit_text text;
        size_t len = ATK_AUDIT_TEXT_FIXED + rows[i].actor + rows[i].owner + rows[i].reason;
        memset(bytes, 0, sizeof bytes);
        bytes[16] = (uint8_t)rows[i].actor;
        bytes[17] = (uint8_t)rows[i].owner;
        bytes[18] = (uint8_t)rows[i].reason;
        bytes[19] = (uint8_t)(rows[i].reason >> 8);
        assert_int_equal(atk_audit_text_parse(bytes, len, &text), rows[i].is_good);
        assert_false(atk_audit_text_parse(bytes, len - 1, &text)); /* cut off */
    }
}

static void test_changes_stand_in_order(void **state) {
    (void)state;
    static const struct {
        uint8_t fields[3];
        bool is_good;
    } rows[] = { { { 1, 2, 255 }, true },
                 { { 1, 1, 2 }, false },
                 { { 2, 1, 3 }, false },
                 { { 0, 1, 2 }, false },
                 { { 1, 3, 2 }, false } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[ATK_AUDIT_TEXT_FIXED + 64] = { 0 };
        struct atk_audit_text text;
        uint16_t len = ATK_AUDIT_TEXT_FIXED;
        for (size_t k = 0; k < 3; k++)
            len = sample_put_change(bytes, len, rows[i].fields[k], "ab", k, "cd", 2 - k);
        assert_int_equal(atk_audit_text_parse(bytes, len, &text), rows[i].is_good);
        for (size_t cut = 1; cut < 5 + 2; cut++)
            assert_false(atk_audit_text_parse(bytes, len - cut, &text));
    }
}

static void test_a_record_with_a_text_that_is_not_in_order(void **state) {
    (void)state;
    uint8_t bytes[SAMPLE_BYTES_MAX];
    struct atk_audit audit;
    const size_t len = sample_bytes(VECTOR_AUDIT_CREATED, bytes);
    bytes[ATK_AUDIT_FIXED + 3 + 16]++; /* length of the actor: the rest shifts */
    assert_code(atk_audit_parse(bytes, len, &audit), APITOKEN_E_DAMAGED);
}

/* ---- the longest ----------------------------------------------------------------------------- */

static size_t longest_text(uint8_t *out, size_t more) {
    static uint8_t changes[ATK_AUDIT_CHANGES_MAX + 1];
    static char text[APITOKEN_REASON_MAX];
    const struct atk_audit_text longest = { .actor_len = ATK_ACTOR_MAX,
                                            .owner_len = APITOKEN_OWNER_MAX,
                                            .reason_len = APITOKEN_REASON_MAX,
                                            .changes_len = (uint16_t)(sizeof changes - 1 + more),
                                            .salt = changes,
                                            .actor = text,
                                            .owner = text,
                                            .reason = text,
                                            .changes = changes };
    memset(text, 't', sizeof text);
    static char ids[ATK_AUDIT_CHANGES_MAX - ATK_AUDIT_CHANGE_HEAD];
    (void)sample_put_change(changes, 0, ATK_CHANGED_TOKENS, "", 0, ids, sizeof ids);
    return atk_audit_text_encode(&longest, out);
}

static void test_the_longest_record_fits(void **state) {
    (void)state;
    static uint8_t text[ATK_AUDIT_TEXT_MAX + 1], bytes[ATK_AUDIT_MAX + 1];
    static uint8_t other[ATK_AUDIT_MAX] = { 130 };
    struct atk_audit audit = { .key_id = 1, .chain_key_id = 1, .verb = 1, .text = text }, again;
    assert_int_equal(longest_text(text, 1), 0);
    audit.text_len = (uint16_t)longest_text(text, 0);
    assert_int_equal(audit.text_len, ATK_AUDIT_TEXT_MAX);
    const size_t len = atk_audit_encode(&audit, bytes);
    assert_int_equal(len, 7759);
    assert_true(len + 16 <= 2 * 4096); /* two pages of LMDB, the first with its head */
    assert_code(atk_audit_parse(bytes, len, &again), 0);
    assert_int_equal(again.text_len, ATK_AUDIT_TEXT_MAX);
    audit.other = other;
    audit.other_len = (uint16_t)(ATK_AUDIT_MAX - len);
    other[1] = (uint8_t)(audit.other_len - 3);
    other[2] = (uint8_t)((audit.other_len - 3) >> 8);
    assert_int_equal(atk_audit_encode(&audit, bytes), ATK_AUDIT_MAX);
    assert_code(atk_audit_parse(bytes, ATK_AUDIT_MAX, &again), 0);
    audit.other_len++;
    assert_int_equal(atk_audit_encode(&audit, bytes), 0);
    assert_code(atk_audit_parse(bytes, ATK_AUDIT_MAX + 1, &again), APITOKEN_E_DAMAGED);
    audit.other_len = 0;
    audit.text_len++; /* a text that this version does not know */
    assert_code(atk_audit_parse(bytes, atk_audit_encode(&audit, bytes), &again), 0);
    assert_true(again.is_newer);
    assert_int_equal(again.text_len, 0);
    assert_int_equal(again.other_len, 3 + ATK_AUDIT_TEXT_MAX + 1);
}

static void test_the_ids_of_a_step_fit(void **state) {
    (void)state;
    static char ids[ATK_AUDIT_TOKENS_MAX * APITOKEN_ID_LEN];
    uint8_t changes[ATK_AUDIT_CHANGES_MAX];
    assert_int_equal(ATK_AUDIT_TOKENS_MAX, 500);
    assert_true(sample_put_change(changes, 0, ATK_CHANGED_TOKENS, "", 0, ids, sizeof ids) <=
                sizeof changes);
}

static void test_numbers_are_frozen(void **state) {
    (void)state;
    static const unsigned verbs[] = {
        ATK_VERB_CREATE,          ATK_VERB_UPDATE, ATK_VERB_ROTATE,     ATK_VERB_REVOKE,
        ATK_VERB_UNREVOKE,        ATK_VERB_BLOCK,  ATK_VERB_UNBLOCK,    ATK_VERB_POLICY,
        ATK_VERB_PURGE,           ATK_VERB_ERASE,  ATK_VERB_RESTORE,    ATK_VERB_SALVAGE,
        ATK_VERB_ACCEPT_ROLLBACK, ATK_VERB_GROW,   ATK_VERB_RETIRE_KEY, ATK_VERB_ADD_KEY,
        ATK_VERB_COMPACT
    };
    static const unsigned fields[] = { ATK_CHANGED_NAME,      ATK_CHANGED_DESCRIPTION,
                                       ATK_CHANGED_EXPIRY,    ATK_CHANGED_INTERFACES,
                                       ATK_CHANGED_NETWORKS,  ATK_CHANGED_DATA,
                                       ATK_CHANGED_SUSPENDED, ATK_CHANGED_SECRET,
                                       ATK_CHANGED_OLDER_END, ATK_CHANGED_REASON_CODE,
                                       ATK_CHANGED_FINAL };
    static const unsigned policies[] = { ATK_CHANGED_POLICY_FLAGS,   ATK_CHANGED_MAX_LIVE,
                                         ATK_CHANGED_MAX_LIFETIME,   ATK_CHANGED_DEFAULT_EXPIRY,
                                         ATK_CHANGED_UNDO,           ATK_CHANGED_MAX_GRACE,
                                         ATK_CHANGED_AUDIT_RETENTION };
    for (unsigned i = 0; i < 17; i++) assert_int_equal(verbs[i], i + 1);
    for (unsigned i = 0; i < 11; i++) assert_int_equal(fields[i], i + 1);
    for (unsigned i = 0; i < 7; i++) assert_int_equal(policies[i], i + 32);
    assert_int_equal(ATK_CHANGED_MAP_SIZE, 48);
    assert_int_equal(ATK_CHANGED_KEY, 49);
    assert_int_equal(ATK_CHANGED_TOKENS, 50);
    assert_int_equal(ATK_CHANGED_TOKEN_COUNT, 51);
    assert_int_equal(ATK_CHANGED_CARRIED_OVER, 52);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_are_in_the_order_of_numbers),
        cmocka_unit_test(test_fields_of_an_audit_record),
        cmocka_unit_test(test_fields_of_a_text),
        cmocka_unit_test(test_an_erased_record_has_no_text),
        cmocka_unit_test(test_what_is_not_known_is_kept),
        cmocka_unit_test(test_unknown_parts_of_every_type),
        cmocka_unit_test(test_parts_stand_in_order),
        cmocka_unit_test(test_flags_are_newer_and_kept),
        cmocka_unit_test(test_records_that_cannot_be),
        cmocka_unit_test(test_every_other_length_is_refused),
        cmocka_unit_test(test_lengths_within_a_text),
        cmocka_unit_test(test_changes_stand_in_order),
        cmocka_unit_test(test_a_record_with_a_text_that_is_not_in_order),
        cmocka_unit_test(test_the_longest_record_fits),
        cmocka_unit_test(test_the_ids_of_a_step_fit),
        cmocka_unit_test(test_numbers_are_frozen),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
