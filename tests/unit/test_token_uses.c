/* SPDX-License-Identifier: MIT */
#include "outside/token_uses.h"

#include "cases.h"
#include "samples.h"

/* A file of uses with what is looked up noted down. */
struct uses {
    int64_t words[2]; /* what it says of each of the two */
    unsigned calls;
    struct atk_use asked[3];
};

static int64_t look_up(void *ctx, struct atk_use use) {
    struct uses *uses = ctx;
    uses->asked[uses->calls++] = use;
    return uses->words[use.word];
}

static struct atk_token_uses read_uses(const struct atk_row *row, struct uses *uses) {
    const struct atk_row_view view = atk_row_view_of(row);
    uses->calls = 0;
    return atk_token_uses_of(&view, look_up, uses);
}

static void test_a_token_with_one_secret(void **state) {
    (void)state;
    for (unsigned word = 0; word < 2; word++) {
        struct atk_row row;
        struct uses uses = { .words = { 100, 200 } };
        sample_row_day(&row);
        row.flags = word ? ATK_FLAG_WORD | ATK_FLAG_SUSPENDED : 0;
        const struct atk_token_uses due = read_uses(&row, &uses);
        assert_true(due.last_ms == (word ? 200 : 100) && due.last_older_ms == 0);
        assert_int_equal(uses.calls, 1);
        assert_int_equal(uses.asked[0].slot, 5);
        assert_int_equal(uses.asked[0].mark, row.mark);
        assert_int_equal(uses.asked[0].word, word);
    }
}

/* The older one has the other word, under its own mark. */
static void test_a_token_with_two_secrets(void **state) {
    (void)state;
    static const int64_t rows[][4] = { /* of the newest, of the older, last, last of the older */
                                       { 300, 200, 300, 200 },
                                       { 200, 300, 300, 300 },
                                       { 300, 0, 300, 0 },
                                       { 0, 300, 300, 300 },
                                       { 0, 0, 0, 0 }
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (unsigned word = 0; word < 2; word++) {
            struct atk_row row;
            struct uses uses = { .calls = 0 };
            sample_row_full(&row);
            atk_parts_remove(atk_row_parts(&row), ATK_PART_USED_BEFORE);
            row.flags = word ? ATK_FLAG_WORD : 0;
            uses.words[word] = rows[i][0];
            uses.words[1 - word] = rows[i][1];
            const struct atk_token_uses due = read_uses(&row, &uses);
            assert_true(due.last_ms == rows[i][2] && due.last_older_ms == rows[i][3]);
            assert_int_equal(uses.calls, 2);
            assert_int_equal(uses.asked[1].slot, 5);
            assert_int_equal(uses.asked[1].mark, 0x03020100);
            assert_int_equal(uses.asked[1].word, 1 - word);
        }
    }
}

/* What was noted when a secret was replaced counts for the token, not for the older secret. */
static void test_uses_before_the_secrets_of_today(void **state) {
    (void)state;
    static const int64_t before = INT64_C(1779999960000); /* of the sample */
    static const int64_t rows[][3] = { { 0, 0, before },
                                       { before - 60000, 0, before },
                                       { before + 60000, 0, before + 60000 },
                                       { 0, before + 60000, before + 60000 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct atk_row row;
        struct uses uses = { .words = { rows[i][1], rows[i][0] } };
        sample_row_full(&row); /* with the second word */
        const struct atk_token_uses due = read_uses(&row, &uses);
        assert_true(due.last_ms == rows[i][2]);
        assert_true(due.last_older_ms == rows[i][1]);
    }
}

/* Only a token without parts is read without looking for them. */
static void test_parts_of_one_secret(void **state) {
    (void)state;
    struct atk_row row;
    struct uses uses = { .words = { 100, 200 } };
    sample_row_full(&row);
    atk_parts_remove(atk_row_parts(&row), ATK_PART_OLDER_SECRET);
    const struct atk_token_uses due = read_uses(&row, &uses);
    assert_true(due.last_ms == INT64_C(1779999960000) && due.last_older_ms == 0);
    assert_int_equal(uses.calls, 1);
}

static int64_t last_use_ms(struct atk_backend *backend, struct atk_use use) {
    assert_int_equal(backend->id_floor, 4711);
    return use.word ? 200 : 100;
}

static void test_the_uses_that_an_engine_knows(void **state) {
    (void)state;
    const struct atk_backend_ops ops = { .last_use_ms = last_use_ms };
    struct atk_backend backend = { .ops = &ops, .id_floor = 4711 };
    struct atk_row row;
    sample_row_full(&row);
    atk_parts_remove(atk_row_parts(&row), ATK_PART_USED_BEFORE);
    const struct atk_row_view view = atk_row_view_of(&row);
    const struct atk_token_uses due = atk_token_uses_read(&backend, &view);
    assert_true(due.last_ms == 200 && due.last_older_ms == 100);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_token_with_one_secret),
        cmocka_unit_test(test_a_token_with_two_secrets),
        cmocka_unit_test(test_uses_before_the_secrets_of_today),
        cmocka_unit_test(test_parts_of_one_secret),
        cmocka_unit_test(test_the_uses_that_an_engine_knows),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
