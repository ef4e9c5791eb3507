/* SPDX-License-Identifier: MIT */
#include "rules/token_filter.h"

#include <string.h>

#include "base/attr.h"
#include "cases.h"
#include "samples.h"

#define ALL UINT32_C(63)
#define MINUTE INT64_C(60000)

static struct atk_token_filter all(void) { return (struct atk_token_filter){ .states = ALL }; }

/* A row of which only what the filter looks at is set. */
static struct atk_row_view row_of(const char *name, int64_t created_ms, int64_t end_ms) {
    return (struct atk_row_view){
        .name = name, .name_len = (uint8_t)strlen(name), .created_ms = created_ms, .end_ms = end_ms
    };
}

static bool keeps(const struct atk_token_filter *filter, const struct atk_row_view *row) {
    return atk_token_filter_keeps_row(filter, row, 1000);
}

static void test_a_filter_that_asks_nothing_keeps_everything(void **state) {
    (void)state;
    const struct atk_token_filter filter = all();
    const struct atk_row_view row = row_of("n", 0, ATK_END_NEVER), ended = row_of("n", 1, 2);
    assert_true(keeps(&filter, &row) && keeps(&filter, &ended));
    assert_true(atk_token_filter_keeps_use(&filter, 0));
    assert_true(atk_token_filter_keeps_use(&filter, ATK_MS_MAX));
    assert_null(atk_token_filter_fault(&filter));
}

/* A token has one state, the one that validate would find; the filter may ask for several. */
static void test_each_state_is_asked_for_by_its_bit(void **state) {
    (void)state;
    static const struct {
        uint8_t flags;
        bool is_newer;
        int64_t end_ms;
        uint32_t due;
    } rows[] = {
        { 0, false, 1001, APITOKEN_STATE_VALID },
        { 0, false, 1000, APITOKEN_STATE_EXPIRED },
        { ATK_FLAG_REVOKED, false, 1000, APITOKEN_STATE_REVOKED },
        { ATK_FLAG_SUSPENDED, false, 1001, APITOKEN_STATE_SUSPENDED },
        { ATK_FLAG_BLOCKED | ATK_FLAG_SUSPENDED, false, 1000, APITOKEN_STATE_BLOCKED },
        { 0, true, 1001, APITOKEN_STATE_NEWER },
    };
    for (size_t i = 0; i < ATK_LEN(rows); i++) {
        struct atk_row_view row = row_of("n", 1, rows[i].end_ms);
        row.flags = rows[i].flags;
        row.is_newer = rows[i].is_newer;
        for (uint32_t states = 1; states <= ALL; states++) {
            const struct atk_token_filter filter = { .states = states };
            assert_int_equal(keeps(&filter, &row), (states & rows[i].due) != 0);
        }
    }
}

/* "Expires before" is what validate calls expired at that instant. */
static void test_the_end_is_compared_as_by_validate(void **state) {
    (void)state;
    struct atk_token_filter filter = all();
    filter.expires_before_ms = 5000;
    for (int64_t end = 4998; end < 5003; end++) {
        const struct atk_row_view row = row_of("n", 1, end);
        assert_int_equal(keeps(&filter, &row), end <= 5000);
    }
    const struct atk_row_view never = row_of("n", 1, ATK_END_NEVER);
    filter.expires_before_ms = ATK_MS_MAX;
    assert_false(keeps(&filter, &never));
}

static void test_never_expires(void **state) {
    (void)state;
    struct atk_token_filter filter = all();
    filter.flags = APITOKEN_FILTER_NEVER_EXPIRES;
    const struct atk_row_view never = row_of("n", 1, ATK_END_NEVER),
                              last = row_of("n", 1, ATK_MS_MAX);
    assert_true(keeps(&filter, &never));
    assert_false(keeps(&filter, &last));
}

static void test_created_from_and_before(void **state) {
    (void)state;
    for (int64_t created = 9; created < 22; created++) {
        const struct atk_row_view row = row_of("n", created, ATK_END_NEVER);
        for (int both = 1; both <= 3; both++) {
            struct atk_token_filter filter = all();
            if (both & 1) filter.created_from_ms = 10;
            if (both & 2) filter.created_before_ms = 20;
            assert_int_equal(keeps(&filter, &row),
                             (!(both & 1) || created >= 10) && (!(both & 2) || created < 20));
        }
    }
}

/* A use is noted to the minute: one in the minute of the instant may have been after it. */
static void test_unused_since(void **state) {
    (void)state;
    struct atk_token_filter filter = all();
    static const struct {
        int64_t since_ms, used_ms;
        bool due;
    } cases[] = {
        { 10 * MINUTE, 0, true },
        { 10 * MINUTE, 9 * MINUTE, true },
        { 10 * MINUTE, 10 * MINUTE, false },
        { 10 * MINUTE, 11 * MINUTE, false },
        { 10 * MINUTE - 1, 9 * MINUTE, false },
        { 10 * MINUTE - 1, 8 * MINUTE, true },
        { 10 * MINUTE + 1, 9 * MINUTE, true },
        { 10 * MINUTE + 1, 10 * MINUTE, false },
        { 11 * MINUTE - 1, 10 * MINUTE, false },
        { 1, 0, true },
        { 1, MINUTE, false },
        { ATK_MS_MAX, ATK_MS_MAX / MINUTE * MINUTE, false },
    };
    for (size_t i = 0; i < ATK_LEN(cases); i++) {
        filter.unused_since_ms = cases[i].since_ms;
        assert_int_equal(atk_token_filter_keeps_use(&filter, cases[i].used_ms), cases[i].due);
    }
}

static void test_never_used(void **state) {
    (void)state;
    struct atk_token_filter filter = all();
    filter.flags = APITOKEN_FILTER_NEVER_USED;
    assert_true(atk_token_filter_keeps_use(&filter, 0));
    assert_false(atk_token_filter_keeps_use(&filter, MINUTE));
    const struct atk_row_view row = row_of("n", 1, ATK_END_NEVER);
    assert_true(keeps(&filter, &row)); /* the row does not tell */
}

static void test_name_contains(void **state) {
    (void)state;
    static const struct {
        const char *name, *sought;
        bool due;
    } cases[] = {
        { "nightly import", "nightly", true },
        { "nightly import", "import", true },
        { "nightly import", "y i", true },
        { "nightly import", "nightly import", true },
        { "nightly import", "nightly import ", false },
        { "nightly import", "imports", false },
        { "nightly import", "nighty", false },
        { "Nightly IMPORT", "nIGHTLY imp", true },
        { "aab", "ab", true },
        { "aaab", "aab", true },
        { "abababac", "ABABAC", true },
        { "a", "b", false },
        { "[", "{", false }, /* as far apart as letters in either case */
        { "@", "`", false },
        { "Pr\xC3\xBC"
          "fung",
          "\xC3\xBC", true },
        { "Pr\xC3\xBC"
          "fung",
          "\xC3\x9C", false }, /* only letters of ASCII */
        { "Pr\xC3\xBC"
          "fung",
          "\xBC"
          "f",
          true }, /* bytes */
    };
    for (size_t i = 0; i < ATK_LEN(cases); i++) {
        struct atk_token_filter filter = all();
        const struct atk_row_view row = row_of(cases[i].name, 1, ATK_END_NEVER);
        atk_token_filter_set_name(&filter, cases[i].sought, strlen(cases[i].sought));
        assert_int_equal(keeps(&filter, &row), cases[i].due);
    }
}

/* The name ends where its length says, and a NUL is no end. */
static void test_a_name_is_searched_to_its_length(void **state) {
    (void)state;
    struct atk_token_filter filter = all();
    struct atk_row_view row = row_of("name beyond", 1, ATK_END_NEVER);
    row.name_len = 4;
    atk_token_filter_set_name(&filter, LIT("e b"));
    assert_false(keeps(&filter, &row));
    atk_token_filter_set_name(&filter, LIT("me"));
    assert_true(keeps(&filter, &row));
    static const char text[APITOKEN_NAME_MAX] = "a\0b"; /* the longest that can be asked for */
    row = (struct atk_row_view){ .name = text, .name_len = sizeof text, .end_ms = ATK_END_NEVER };
    atk_token_filter_set_name(&filter, text, sizeof text);
    assert_true(keeps(&filter, &row));
    row.name_len--;
    assert_false(keeps(&filter, &row));
}

static void test_everything_asked_must_hold(void **state) {
    (void)state;
    struct atk_token_filter filter = { .states = APITOKEN_STATE_VALID,
                                       .expires_before_ms = 5000,
                                       .created_from_ms = 10,
                                       .created_before_ms = 20 };
    atk_token_filter_set_name(&filter, LIT("x"));
    struct atk_row_view row = row_of("x", 15, 4000);
    assert_true(keeps(&filter, &row));
    row.end_ms = 6000;
    assert_false(keeps(&filter, &row));
    row.end_ms = 500;
    assert_false(keeps(&filter, &row));
    row = row_of("x", 9, 4000);
    assert_false(keeps(&filter, &row));
    row = row_of("x", 20, 4000);
    assert_false(keeps(&filter, &row));
    row = row_of("y", 15, 4000);
    assert_false(keeps(&filter, &row));
}

static void test_contradictions(void **state) {
    (void)state;
    static const struct {
        struct atk_token_filter filter;
        bool is_fault;
    } cases[] = {
        { { .flags = APITOKEN_FILTER_NEVER_EXPIRES, .expires_before_ms = 1 }, true },
        { { .flags = APITOKEN_FILTER_NEVER_USED, .unused_since_ms = 1 }, true },
        { { .flags = APITOKEN_FILTER_NEVER_USED, .expires_before_ms = 1 }, false },
        { { .flags = APITOKEN_FILTER_NEVER_EXPIRES, .unused_since_ms = 1 }, false },
        { { .flags = APITOKEN_FILTER_NEVER_EXPIRES | APITOKEN_FILTER_NEVER_USED }, false },
        { { .created_from_ms = 2, .created_before_ms = 3 }, false },
        { { .created_from_ms = 3, .created_before_ms = 3 }, true },
        { { .created_from_ms = 4, .created_before_ms = 3 }, true },
        { { .created_from_ms = 4 }, false },
        { { .created_before_ms = 4 }, false },
        { { .expires_before_ms = ATK_MS_MAX }, false },
        { { .expires_before_ms = ATK_MS_MAX + 1 }, true },
        { { .expires_before_ms = -1 }, true },
        { { .created_from_ms = INT64_MIN }, true },
        { { .created_before_ms = INT64_MAX }, true },
        { { .unused_since_ms = ATK_MS_MAX + 1 }, true },
    };
    for (size_t i = 0; i < ATK_LEN(cases); i++)
        assert_int_equal(atk_token_filter_fault(&cases[i].filter) != NULL, cases[i].is_fault);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_filter_that_asks_nothing_keeps_everything),
        cmocka_unit_test(test_each_state_is_asked_for_by_its_bit),
        cmocka_unit_test(test_the_end_is_compared_as_by_validate),
        cmocka_unit_test(test_never_expires),
        cmocka_unit_test(test_created_from_and_before),
        cmocka_unit_test(test_unused_since),
        cmocka_unit_test(test_never_used),
        cmocka_unit_test(test_name_contains),
        cmocka_unit_test(test_a_name_is_searched_to_its_length),
        cmocka_unit_test(test_everything_asked_must_hold),
        cmocka_unit_test(test_contradictions),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
