/* SPDX-License-Identifier: MIT */
#include "outside/seal.h"

#include <string.h>

#include "cases.h"
#include "samples.h"

/* A sealed row with everything its seal is bound to. */
struct sealed {
    struct atk_keys keys;
    struct atk_hot hot;
    struct atk_row row;
    struct atk_config config;
};

static void load(struct sealed *s) {
    sample_keys(&s->keys);
    sample_hot(&s->hot);
    sample_row_day(&s->row);
    sample_config(&s->config);
}

/* Seals a text into the row, under a key of the keyring. */
static void seal(struct sealed *s, uint32_t key, const char *text) {
    const struct atk_sealed_for token = { s->row.id, s->hot.owner, s->hot.owner_len };
    s->row.sealed_key_id = s->keys.key[key].id;
    s->row.sealed_len =
        atk_seal(&token, &s->config, &s->keys.key[key], text, strlen(text), s->row.sealed);
}

static int opens(const struct sealed *s) {
    char text[ATK_TOKEN_LEN_MAX];
    size_t len = 0;
    if (!atk_seal_open(&s->row, &s->hot, &s->config, &s->keys, text, &len)) return 0;
    assert_int_equal(len, strlen(VECTOR_TOKEN));
    assert_memory_equal(text, VECTOR_TOKEN, len);
    return 1;
}

static void test_frozen_row_opens(void **state) {
    (void)state;
    struct sealed s;
    load(&s);
    assert_true(opens(&s));
    s.row.sealed_key_id = 7;
    assert_false(opens(&s));
}

#define ALTERED(change)                                             \
    do {                                                            \
        struct sealed s;                                            \
        load(&s);                                                   \
        change;                                                     \
        if (opens(&s)) fail_msg("a seal opens after: %s", #change); \
    } while (0)

static void test_a_seal_opens_in_its_own_record_alone(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof((struct atk_config *)0)->store_id; i++)
        ALTERED(s.config.store_id[i] ^= 1);
    for (size_t i = 0; i < APITOKEN_ID_LEN; i++) ALTERED(s.row.id[i] ^= 1);
    for (size_t i = 0; i < strlen(SAMPLE_OWNER); i++) ALTERED(s.hot.owner[i] ^= 1);
    ALTERED(s.hot.owner_len--);
    ALTERED(s.hot.owner[s.hot.owner_len++] = 'x');
    for (unsigned bit = 0; bit < 32; bit++) ALTERED(s.row.sealed_key_id ^= 1u << bit);
    for (unsigned bit = 0; bit < 32; bit++) ALTERED(s.hot.key_id ^= 1u << bit);
    ALTERED(s.keys.key[0].seal[0] ^= 1);
}

/*
 * The text must be the one that validate accepts, so a seal with another one inside is refused,
 * too.
 */
static void test_the_text_must_fit_the_verifier(void **state) {
    (void)state;
    for (size_t i = 0; i < ATK_VERIFIER_LEN; i++) ALTERED(s.hot.verifier[i] ^= 1);
    ALTERED(s.keys.key[0].begun[0] ^= 1);
    ALTERED(seal(&s, 0, "another text"));
}

static void test_lengths_of_a_seal(void **state) {
    (void)state;
    struct sealed s;
    load(&s);
    const uint16_t due = s.row.sealed_len;
    for (uint16_t len = 0; len <= ATK_SEALED_MAX; len++) {
        s.row.sealed_len = len;
        assert_int_equal(opens(&s), len == due);
    }
}

static void test_round_trip_under_any_key(void **state) {
    (void)state;
    struct sealed s;
    load(&s);
    s.hot.key_id = 7;
    memset(s.hot.owner, 'o', s.hot.owner_len = APITOKEN_OWNER_MAX);
    atk_digest(&s.keys.key[1], VECTOR_TOKEN, strlen(VECTOR_TOKEN), s.hot.verifier);
    seal(&s, 1, VECTOR_TOKEN);
    assert_int_equal(s.row.sealed_len, strlen(VECTOR_TOKEN) + ATK_SEAL_OVERHEAD);
    assert_null(memmem(s.row.sealed, s.row.sealed_len, SAMPLE_SECRET, 8));
    assert_true(opens(&s));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frozen_row_opens),
        cmocka_unit_test(test_a_seal_opens_in_its_own_record_alone),
        cmocka_unit_test(test_the_text_must_fit_the_verifier),
        cmocka_unit_test(test_lengths_of_a_seal),
        cmocka_unit_test(test_round_trip_under_any_key),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
