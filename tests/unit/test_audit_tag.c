/* SPDX-License-Identifier: MIT */
#include "outside/audit_tag.h"

#include <string.h>

#include "cases.h"
#include "samples_audit.h"

/* The frozen chain: a token is created and updated, then the policy is set. */
#define CHAIN 0
#define LINKS 3
static const char *const frozen[LINKS] = { VECTOR_AUDIT_CREATED, VECTOR_AUDIT_UPDATED,
                                           VECTOR_AUDIT_POLICY_SET };

struct chain {
    struct atk_keys keys;
    struct atk_audit_head head; /* where the next record belongs */
    struct sample_audit link[LINKS];
};

static void load(struct chain *c) {
    memset(&c->head, 0, sizeof c->head);
    sample_keys(&c->keys);
    for (size_t i = 0; i < LINKS; i++) sample_audit(&c->link[i], frozen[i]);
}

static int verify(struct chain *c, size_t i) {
    return atk_audit_tag_verify(&c->keys, sample_store_id, CHAIN, &c->head, i + 1,
                                &c->link[i].audit);
}

/* How many records fit, one after the other. */
static size_t count_good(struct chain *c) {
    size_t good = 0;
    memset(&c->head, 0, sizeof c->head);
    while (good < LINKS && verify(c, good) == 0) good++;
    return good;
}

/* ---- writing and reading --------------------------------------------------------------------- */

static void test_frozen_chain_is_written(void **state) {
    (void)state;
    struct chain c;
    load(&c);
    for (size_t i = 0; i < LINKS; i++) {
        struct atk_audit made = c.link[i].audit;
        memset(made.digest, 0, sizeof made.digest);
        memset(made.tag, 0, sizeof made.tag);
        assert_code(atk_audit_tag_write(&c.keys, sample_store_id, CHAIN, &c.head, &made), 0);
        assert_memory_equal(made.digest, c.link[i].audit.digest, ATK_AUDIT_DIGEST_LEN);
        assert_memory_equal(made.tag, c.link[i].audit.tag, ATK_CHAIN_TAG_LEN);
        assert_int_equal(c.head.number, i + 1);
        assert_memory_equal(c.head.tag, made.tag, ATK_CHAIN_TAG_LEN);
    }
}

static void test_frozen_chain_is_verified(void **state) {
    (void)state;
    struct chain c;
    load(&c);
    assert_int_equal(count_good(&c), LINKS);
    assert_int_equal(c.head.number, LINKS);
    assert_memory_equal(c.head.tag, c.link[LINKS - 1].audit.tag, ATK_CHAIN_TAG_LEN);
}

/* Of another chain, far from its beginning; verb, field and part are not known. */
static void test_frozen_record_of_another_chain(void **state) {
    (void)state;
    struct chain c;
    struct sample_audit sample;
    const uint64_t number = UINT64_C(0x1112131415161718);
    load(&c);
    sample_audit(&sample, VECTOR_AUDIT_ELSEWHERE);
    c.head.number = number - 1;
    for (uint8_t i = 0; i < sizeof c.head.tag; i++) c.head.tag[i] = i;
    const struct atk_audit_head before = c.head;
    for (unsigned bit = 0; bit < 64; bit++) {
        const uint64_t chain = UINT64_C(0x0102030405060708) ^ UINT64_C(1) << bit;
        assert_code(
            atk_audit_tag_verify(&c.keys, sample_store_id, chain, &c.head, number, &sample.audit),
            APITOKEN_E_DAMAGED);
        assert_memory_equal(&c.head, &before, sizeof before);
    }
    assert_code(atk_audit_tag_verify(&c.keys, sample_store_id, UINT64_C(0x0102030405060708),
                                     &c.head, number, &sample.audit),
                0);
    assert_true(c.head.number == number);
}

/* ---- what is told ---------------------------------------------------------------------------- */

/* After a change to record i that one, or else the next one, does not fit. */
#define CHANGED(i, change)                                                                       \
    do {                                                                                         \
        struct chain changed;                                                                    \
        load(&changed);                                                                          \
        struct atk_audit *audit = &changed.link[i].audit;                                        \
        change;                                                                                  \
        if (count_good(&changed) > (i)) fail_msg("record %d fits after: %s", (int)(i), #change); \
    } while (0)

static void test_every_change_is_found(void **state) {
    (void)state;
    for (size_t i = 0; i < LINKS; i++) {
        for (unsigned bit = 0; bit < 64; bit++) {
            CHANGED(i, audit->at_ms = (int64_t)((uint64_t)audit->at_ms ^ UINT64_C(1) << bit));
            CHANGED(i, audit->unrecorded ^= UINT64_C(1) << bit);
        }
        for (unsigned bit = 0; bit < 8; bit++) {
            CHANGED(i, audit->verb ^= (uint8_t)(1u << bit));
            CHANGED(i, audit->flags ^= (uint8_t)(1u << bit));
        }
        for (size_t at = 0; at < APITOKEN_ID_LEN; at++) CHANGED(i, audit->id[at] ^= 1);
        for (size_t at = 0; at < ATK_AUDIT_DIGEST_LEN; at++) CHANGED(i, audit->digest[at] ^= 1);
        for (size_t at = 0; at < ATK_CHAIN_TAG_LEN; at++) CHANGED(i, audit->tag[at] ^= 1);
    }
}

static void test_every_change_of_a_text_is_found(void **state) {
    (void)state;
    struct chain c;
    load(&c);
    for (size_t i = 0; i < LINKS; i++) {
        uint8_t *text = c.link[i].bytes + ATK_AUDIT_FIXED + ATK_PART_HEAD;
        assert_ptr_equal(text, c.link[i].audit.text);
        for (size_t bit = 0; bit < 8 * (size_t)c.link[i].audit.text_len; bit++) {
            text[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_int_equal(count_good(&c), i);
            assert_code(verify(&c, i), APITOKEN_E_DAMAGED);
            text[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        c.link[i].audit.text_len--;
        assert_int_equal(count_good(&c), i);
        c.link[i].audit.text_len++;
    }
}

static void test_a_removed_record_is_found(void **state) {
    (void)state;
    struct chain c;
    load(&c);
    assert_code(verify(&c, 1), APITOKEN_E_DAMAGED); /* without the first one */
    assert_int_equal(c.head.number, 0);
    c.head.number = 1; /* nor if its number is known */
    assert_code(verify(&c, 1), APITOKEN_E_DAMAGED);
    assert_code(verify(&c, 0), APITOKEN_E_DAMAGED); /* and none comes twice */
}

/* A number that says more or less than the place of the record. */
static void test_a_moved_record_is_found(void **state) {
    (void)state;
    struct chain c;
    load(&c);
    for (uint64_t number = 0; number < 5; number++) {
        memset(&c.head, 0, sizeof c.head);
        assert_code(atk_audit_tag_verify(&c.keys, sample_store_id, CHAIN, &c.head, number,
                                         &c.link[0].audit),
                    number == 1 ? 0 : APITOKEN_E_DAMAGED);
    }
    CHANGED(0, *audit = c.link[1].audit);
    CHANGED(1, *audit = c.link[2].audit);
    CHANGED(1, *audit = c.link[0].audit);
}

/* Each record is bound to all before it: another one in the first place shows in the second. */
static void test_a_replaced_record_is_found(void **state) {
    (void)state;
    struct chain c;
    load(&c);
    c.link[0].audit.verb = ATK_VERB_REVOKE;
    struct atk_audit_head head = { .number = 0 };
    assert_code(atk_audit_tag_write(&c.keys, sample_store_id, CHAIN, &head, &c.link[0].audit), 0);
    assert_int_equal(count_good(&c), 1);
}

static void test_the_chain_of_another_store_is_refused(void **state) {
    (void)state;
    struct chain c;
    load(&c);
    for (size_t at = 0; at < ATK_STORE_ID_LEN; at++) {
        uint8_t other[ATK_STORE_ID_LEN];
        memcpy(other, sample_store_id, sizeof other);
        other[at] ^= 1;
        assert_code(atk_audit_tag_verify(&c.keys, other, CHAIN, &c.head, 1, &c.link[0].audit),
                    APITOKEN_E_DAMAGED);
    }
}

/* ---- what may go ----------------------------------------------------------------------------- */

static void test_erased_texts_leave_the_chain_whole(void **state) {
    (void)state;
    for (unsigned erased = 0; erased < 1u << LINKS; erased++) {
        struct chain c;
        load(&c);
        for (size_t i = 0; i < LINKS; i++)
            if (erased >> i & 1) c.link[i].audit.text_len = 0;
        assert_int_equal(count_good(&c), LINKS);
    }
    struct chain c;
    load(&c);
    sample_audit(&c.link[1], VECTOR_AUDIT_UPDATED_ERASED);
    assert_int_equal(count_good(&c), LINKS);
}

/* The state keeps the place of the last record that was removed. */
static void test_a_chain_goes_on_behind_what_was_removed(void **state) {
    (void)state;
    struct chain c;
    load(&c);
    c.head.number = 2;
    memcpy(c.head.tag, c.link[1].audit.tag, sizeof c.head.tag);
    assert_code(verify(&c, 2), 0);
}

/* A record that gets its record tag under another key keeps its chain tag. */
static void test_the_key_of_the_record_tag_does_not_matter(void **state) {
    (void)state;
    struct chain c;
    load(&c);
    for (size_t i = 0; i < LINKS; i++) c.link[i].audit.key_id = 99;
    assert_int_equal(count_good(&c), LINKS);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void test_only_the_audit_subkey_counts(void **state) {
    (void)state;
    struct chain c;
    load(&c);
    memset(c.keys.key[0].tag, 0, ATK_TAG_KEY_LEN);
    memset(c.keys.key[0].store_tag, 0, ATK_TAG_KEY_LEN);
    memset(c.keys.key[0].seal, 0, ATK_KEY_LEN);
    assert_int_equal(count_good(&c), LINKS);
    for (size_t at = 0; at < ATK_KEY_LEN; at++) {
        c.keys.key[0].audit[at] ^= 1;
        assert_int_equal(count_good(&c), 0);
        c.keys.key[0].audit[at] ^= 1;
    }
    c.keys.key[1].audit[0] ^= 1;
    assert_int_equal(count_good(&c), 2);
}

static void test_a_missing_key_is_reported(void **state) {
    (void)state;
    struct chain c;
    load(&c);
    c.keys.count = 1; /* 7 is gone */
    assert_int_equal(count_good(&c), 2);
    assert_code(verify(&c, 2), APITOKEN_E_KEY_MISSING);
    assert_int_equal(c.head.number, 2);
}

/* Its audit subkeys are zeros, which everybody knows. */
static void test_a_verify_only_keyring_neither_writes_nor_verifies(void **state) {
    (void)state;
    struct chain c;
    load(&c);
    c.keys.verify_only = true;
    const struct atk_audit before = c.link[0].audit;
    assert_code(atk_audit_tag_write(&c.keys, sample_store_id, CHAIN, &c.head, &c.link[0].audit),
                APITOKEN_E_VERIFY_ONLY);
    assert_memory_equal(&c.link[0].audit, &before, sizeof before);
    assert_code(verify(&c, 0), APITOKEN_E_VERIFY_ONLY);
    assert_int_equal(c.head.number, 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frozen_chain_is_written),
        cmocka_unit_test(test_frozen_chain_is_verified),
        cmocka_unit_test(test_frozen_record_of_another_chain),
        cmocka_unit_test(test_every_change_is_found),
        cmocka_unit_test(test_every_change_of_a_text_is_found),
        cmocka_unit_test(test_a_removed_record_is_found),
        cmocka_unit_test(test_a_moved_record_is_found),
        cmocka_unit_test(test_a_replaced_record_is_found),
        cmocka_unit_test(test_the_chain_of_another_store_is_refused),
        cmocka_unit_test(test_erased_texts_leave_the_chain_whole),
        cmocka_unit_test(test_a_chain_goes_on_behind_what_was_removed),
        cmocka_unit_test(test_the_key_of_the_record_tag_does_not_matter),
        cmocka_unit_test(test_only_the_audit_subkey_counts),
        cmocka_unit_test(test_a_missing_key_is_reported),
        cmocka_unit_test(test_a_verify_only_keyring_neither_writes_nor_verifies),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
