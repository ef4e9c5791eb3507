/* SPDX-License-Identifier: MIT */
/* Which secrets of a token are valid after a restore. */
#include "rules/carry_secrets.h"

#include <string.h>

#include "cases.h"
#include "rules/older_secret.h"
#include "rules/token_pair.h"
#include "samples.h"

struct token {
    struct atk_hot hot;
    struct atk_row row;
};

#define UNTIL (FIXTURE_NOW - 1000) /* of an older secret; the token ends at FIXTURE_NOW */

static void set_verifier(struct token *t, uint8_t byte) {
    memset(t->hot.verifier, byte, sizeof t->hot.verifier);
    t->row.mark = atk_mark_of(t->hot.verifier);
}

/* Without an older secret if `byte` is 0. */
static void set_older(struct token *t, uint8_t byte, int64_t until_ms) {
    struct atk_older_secret older = { .key_id = 7, .suite = ATK_SUITE, .until_ms = until_ms };
    memset(older.verifier, byte, sizeof older.verifier);
    atk_parts_drop_secret(atk_hot_parts(&t->hot), ATK_SECRET_OLDER);
    if (byte) assert_true(atk_older_secret_set(&t->hot, &older));
    assert_true(atk_older_secret_show(&t->row, &t->hot));
}

/* A token of secrets that are made of one byte each. */
static struct token token_of(uint8_t newest, uint8_t older) {
    struct token t;
    sample_hot_full(&t.hot);
    sample_row_full(&t.row);
    set_verifier(&t, newest);
    set_older(&t, older, UNTIL);
    return t;
}

static int64_t until_of(const struct token *t) {
    struct atk_older_secret older;
    return atk_older_secret_get(t->hot.parts, t->hot.parts_len, &older) ? older.until_ms : 0;
}

static enum atk_secrets_carried carry(struct token *t, const struct atk_hot *hot,
                                      const struct atk_row *row) {
    const struct atk_secrets_proof proof = { hot, row };
    return atk_carry_secrets(&proof, &t->hot, &t->row);
}

static void assert_carried(const struct token *present, struct token *t,
                           enum atk_secrets_carried due) {
    assert_int_equal(carry(t, &present->hot, &present->row), due);
}

static void test_the_same_secrets_stay(void **state) {
    (void)state;
    const struct token present = token_of(1, 2);
    for (size_t i = 0; i < 3; i++) {
        struct token t = token_of(1, 2);
        const struct token before = t;
        assert_int_equal(carry(&t, i == 1 ? NULL : &present.hot, i == 0 ? NULL : &present.row),
                         ATK_SECRETS_SAME);
        assert_memory_equal(&t, &before, sizeof t);
    }
}

/* The present one has none any more, another one, or one that ends earlier. */
static void test_an_older_secret_is_what_both_know(void **state) {
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct token present = token_of(1, 0), t = token_of(1, 2);
        assert_int_equal(carry(&t, i == 1 ? NULL : &present.hot, i == 0 ? NULL : &present.row),
                         ATK_SECRETS_OLDER_ENDED);
        assert_int_equal(until_of(&t), 0);
        present = token_of(1, 3);
        t = token_of(1, 2);
        assert_int_equal(carry(&t, i == 1 ? NULL : &present.hot, i == 0 ? NULL : &present.row),
                         ATK_SECRETS_OLDER_ENDED);
        assert_int_equal(until_of(&t), 0);
        present = token_of(1, 2);
        t = token_of(1, 2);
        set_older(&present, 2, UNTIL - 5);
        assert_int_equal(carry(&t, i == 1 ? NULL : &present.hot, i == 0 ? NULL : &present.row),
                         ATK_SECRETS_OLDER_ENDED);
        assert_int_equal(until_of(&t), UNTIL - 5);
        set_older(&present, 2, UNTIL);
        assert_int_equal(carry(&t, &present.hot, &present.row), ATK_SECRETS_SAME);
        assert_int_equal(until_of(&t), UNTIL - 5);
    }
    /* one that the backup had ended is not back */
    struct token present = token_of(1, 2), t = token_of(1, 0);
    assert_carried(&present, &t, ATK_SECRETS_SAME);
    assert_int_equal(until_of(&t), 0);
}

static void test_a_replaced_secret_is_that_of_the_present(void **state) {
    (void)state;
    struct token present = token_of(9, 1), t = token_of(1, 2);
    present.hot.key_id = 7;
    present.hot.flags ^= ATK_FLAG_WORD;
    assert_carried(&present, &t, ATK_SECRETS_REPLACED);
    assert_int_equal(t.hot.key_id, 7);
    assert_memory_equal(t.hot.verifier, present.hot.verifier, ATK_VERIFIER_LEN);
    assert_int_equal(t.hot.flags & ATK_FLAG_WORD, present.hot.flags & ATK_FLAG_WORD);
    assert_int_equal(until_of(&t), UNTIL);
    assert_true(atk_records_unite(&t.hot, &t.row));
    assert_true(atk_records_agree(&t.hot, &t.row));
    /* without the row there is nothing to copy, and nothing that belonged to the replaced secret */
    t = token_of(1, 2);
    assert_int_equal(carry(&t, &present.hot, NULL), ATK_SECRETS_REPLACED);
    assert_int_equal(t.row.sealed_len, 0);
    /* the older one never outlives the token of the backup */
    t = token_of(1, 2);
    t.hot.end_ms = t.row.end_ms = UNTIL - 7;
    assert_carried(&present, &t, ATK_SECRETS_REPLACED);
    assert_int_equal(until_of(&t), UNTIL - 7);
    present = token_of(9, 0);
    t = token_of(1, 2);
    assert_carried(&present, &t, ATK_SECRETS_REPLACED);
    assert_int_equal(until_of(&t), 0);
}

/* A row knows of a new secret no more than its mark. */
static void test_a_row_alone_ends_the_secret(void **state) {
    (void)state;
    struct token present = token_of(9, 1), t = token_of(1, 2);
    assert_int_equal(carry(&t, NULL, &present.row), ATK_SECRETS_REPLACED);
    assert_int_equal(t.hot.end_ms, UNTIL);
    assert_int_equal(t.row.end_ms, UNTIL);
    assert_int_equal(until_of(&t), 0);
    t = token_of(1, 2);
    t.hot.end_ms = t.row.end_ms = UNTIL - 7;
    assert_int_equal(carry(&t, NULL, &present.row), ATK_SECRETS_REPLACED);
    assert_int_equal(t.hot.end_ms, UNTIL - 7);
    present = token_of(9, 3);
    t = token_of(1, 2);
    assert_int_equal(carry(&t, NULL, &present.row), ATK_SECRETS_DEAD);
    present = token_of(9, 0);
    t = token_of(1, 2);
    assert_int_equal(carry(&t, NULL, &present.row), ATK_SECRETS_DEAD);
}

/* A hot record from before the row: of use only if it has the secret that the row is of. */
static void test_an_older_hot_record_helps_if_it_fits(void **state) {
    (void)state;
    struct token newest = token_of(9, 1), fits = token_of(9, 1), old = token_of(5, 1),
                 t = token_of(1, 2);
    set_older(&newest, 1, UNTIL - 3);
    assert_int_equal(carry(&t, &fits.hot, &newest.row), ATK_SECRETS_REPLACED);
    assert_memory_equal(t.hot.verifier, newest.hot.verifier, ATK_VERIFIER_LEN);
    assert_int_equal(until_of(&t), UNTIL - 3);
    t = token_of(1, 2);
    assert_int_equal(carry(&t, &old.hot, &newest.row), ATK_SECRETS_REPLACED);
    assert_int_equal(t.hot.verifier[0], 1);
    assert_int_equal(t.hot.end_ms, UNTIL - 3);
}

/* What only a newer version knows of a secret goes and comes with it, if there is room. */
static void test_unknown_parts_of_a_secret(void **state) {
    (void)state;
    static uint8_t large[ATK_HOT_PARTS_MAX];
    struct token present = token_of(9, 0), t = token_of(1, 2);
    struct atk_part part;
    assert_true(atk_parts_set(atk_hot_parts(&present.hot), 200, "new", 3));
    assert_true(atk_parts_set(atk_hot_parts(&t.hot), 201, "old", 3));
    assert_carried(&present, &t, ATK_SECRETS_REPLACED);
    assert_true(atk_parts_find(t.hot.parts, t.hot.parts_len, 200, &part));
    assert_false(atk_parts_find(t.hot.parts, t.hot.parts_len, 201, &part));
    t = token_of(1, 2);
    assert_true(atk_parts_set(atk_hot_parts(&present.hot), 202, large, 900));
    assert_true(atk_parts_set(atk_hot_parts(&t.hot), 140, large, 900));
    assert_carried(&present, &t, ATK_SECRETS_NO_ROOM);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_secrets_stay),
        cmocka_unit_test(test_an_older_secret_is_what_both_know),
        cmocka_unit_test(test_a_replaced_secret_is_that_of_the_present),
        cmocka_unit_test(test_a_row_alone_ends_the_secret),
        cmocka_unit_test(test_an_older_hot_record_helps_if_it_fits),
        cmocka_unit_test(test_unknown_parts_of_a_secret),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
