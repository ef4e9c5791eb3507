/* SPDX-License-Identifier: MIT */
#include "rules/token_state.h"

#include "cases.h"
#include "samples.h"

static void test_state_at_the_edges_of_the_end(void **state) {
    (void)state;
    static const struct {
        unsigned flags;
        bool is_newer;
        int64_t end_ms, now_ms;
        int due;
    } rows[] = {
        { 0, 0, 1000, 999, APITOKEN_STATE_VALID },
        { 0, 0, 1000, 1000, APITOKEN_STATE_EXPIRED },
        { 0, 0, 1000, 1001, APITOKEN_STATE_EXPIRED },
        { 0, 0, 1, 0, APITOKEN_STATE_VALID },
        { 0, 0, ATK_END_NEVER, ATK_MS_MAX, APITOKEN_STATE_VALID },
        { 0, 0, ATK_MS_MAX, ATK_MS_MAX, APITOKEN_STATE_EXPIRED },
        { 0, 0, ATK_MS_MAX, ATK_MS_MAX - 1, APITOKEN_STATE_VALID },
        { 1, 0, 1000, 999, APITOKEN_STATE_REVOKED },
        { 1, 0, 1000, 1000, APITOKEN_STATE_REVOKED },
        { 1, 0, ATK_END_NEVER, 0, APITOKEN_STATE_REVOKED },
        { 0, 1, ATK_END_NEVER, 0, APITOKEN_STATE_NEWER },
        { 0, 1, 1, 1, APITOKEN_STATE_NEWER },
        { 1, 1, ATK_END_NEVER, 0, APITOKEN_STATE_REVOKED },
        { ATK_FLAG_WORD | ATK_FLAG_FINAL, 0, 1000, 999, APITOKEN_STATE_VALID },
        { ATK_FLAG_WORD | ATK_FLAG_FINAL, 0, 1000, 1000, APITOKEN_STATE_EXPIRED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(
            atk_token_state(rows[i].flags, rows[i].is_newer, rows[i].end_ms, rows[i].now_ms),
            rows[i].due);
}

/* Revoked, newer, blocked, suspended, expired, valid: of those that hold, the first one counts. */
static void test_the_strongest_state_counts(void **state) {
    (void)state;
    for (unsigned flags = 0; flags < 8; flags++) {
        for (int64_t end = 1000; end <= 1001; end++) {
            for (int newer = 0; newer < 2; newer++) {
                const int due = flags & 1     ? APITOKEN_STATE_REVOKED
                                : newer       ? APITOKEN_STATE_NEWER
                                : flags & 4   ? APITOKEN_STATE_BLOCKED
                                : flags & 2   ? APITOKEN_STATE_SUSPENDED
                                : end == 1000 ? APITOKEN_STATE_EXPIRED
                                              : APITOKEN_STATE_VALID;
                assert_int_equal(atk_token_state(flags, newer, end, 1000), due);
            }
        }
    }
}

/* Create refuses exactly the ends that validate would find expired at once. */
static void test_past_means_expired(void **state) {
    (void)state;
    for (int64_t end = 1; end < 5; end++)
        for (int64_t now = 0; now < 6; now++)
            assert_int_equal(atk_end_is_past(end, now),
                             atk_token_state(0, false, end, now) == APITOKEN_STATE_EXPIRED);
}

static void test_instants_of_four_digit_years(void **state) {
    (void)state;
    assert_true(atk_ms_is_valid(0));
    assert_true(atk_ms_is_valid(ATK_MS_MAX));
    assert_false(atk_ms_is_valid(-1));
    assert_false(atk_ms_is_valid(ATK_MS_MAX + 1));
    assert_false(atk_ms_is_valid(INT64_MIN));
    assert_false(atk_ms_is_valid(INT64_MAX));
}

static void test_spans_at_their_edges(void **state) {
    (void)state;
    static const struct {
        int64_t ms, from_ms, span_ms;
        bool is_within;
    } rows[] = {
        { 1100, 1000, 100, true },
        { 1101, 1000, 100, false },
        { 999, 1000, 0, true },
        { 1000, 1000, 0, true },
        { ATK_MS_MAX, 0, ATK_MS_MAX, true },
        { ATK_END_NEVER, 0, ATK_MS_MAX, false },
        { ATK_END_NEVER, ATK_MS_MAX, ATK_MS_MAX, false },
        { ATK_END_NEVER, 0, ATK_NO_LIMIT, true },
        { ATK_END_NEVER, ATK_MS_MAX, ATK_NO_LIMIT, true },
        { 0, ATK_MS_MAX, 0, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(atk_ms_is_within(rows[i].ms, rows[i].from_ms, rows[i].span_ms),
                         rows[i].is_within);
}

static void test_ages_at_their_edges(void **state) {
    (void)state;
    static const struct {
        int64_t ms, span_ms, now_ms;
        bool is_recent, is_old;
    } rows[] = {
        { 1000, 100, 1000, true, false },
        { 1000, 100, 1099, true, false },
        { 1000, 100, 1100, false, true },
        { 1000, 100, 999, false, false }, /* lies ahead: neither */
        { 1000, 0, 1000, false, true },
        { 0, ATK_NO_LIMIT, ATK_MS_MAX, true, false },
        { ATK_MS_MAX, ATK_NO_LIMIT, 0, false, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(atk_ms_is_recent(rows[i].ms, rows[i].span_ms, rows[i].now_ms),
                         rows[i].is_recent);
        assert_int_equal(atk_ms_is_old(rows[i].ms, rows[i].span_ms, rows[i].now_ms),
                         rows[i].is_old);
    }
}

static void test_end_after_a_span(void **state) {
    (void)state;
    assert_true(atk_end_after(1000, 100) == 1100);
    assert_true(atk_end_after(0, 0) == 1);
    assert_true(atk_end_after(ATK_MS_MAX, 1) == ATK_MS_MAX);
    assert_true(atk_end_after(ATK_MS_MAX, ATK_MS_MAX) == ATK_MS_MAX);
    assert_true(atk_end_after(ATK_MS_MAX, ATK_NO_LIMIT) == ATK_END_NEVER);
    assert_true(atk_end_after(0, ATK_NO_LIMIT) == ATK_END_NEVER);
}

static void test_end_is_capped(void **state) {
    (void)state;
    static const int64_t rows[][2] = { { INT64_MIN, 1 },
                                       { -1, 1 },
                                       { 0, 1 },
                                       { 1, 1 },
                                       { 2, 2 },
                                       { ATK_MS_MAX, ATK_MS_MAX },
                                       { ATK_MS_MAX + 1, ATK_MS_MAX },
                                       { INT64_MAX, ATK_MS_MAX } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_true(atk_end_cap(rows[i][0]) == rows[i][1]);
}

static void test_zone_starts_within_48_hours(void **state) {
    (void)state;
    const int64_t slack = INT64_C(48) * 3600 * 1000;
    assert_true(atk_zone_start_is_plausible(FIXTURE_NOW, FIXTURE_NOW));
    assert_true(atk_zone_start_is_plausible(FIXTURE_NOW - slack, FIXTURE_NOW));
    assert_true(atk_zone_start_is_plausible(FIXTURE_NOW + slack, FIXTURE_NOW));
    assert_false(atk_zone_start_is_plausible(FIXTURE_NOW - slack - 1, FIXTURE_NOW));
    assert_false(atk_zone_start_is_plausible(FIXTURE_NOW + slack + 1, FIXTURE_NOW));
    assert_false(atk_zone_start_is_plausible(FIXTURE_NOW / 1000, FIXTURE_NOW)); /* seconds */
    assert_false(atk_zone_start_is_plausible(INT64_MIN, 0));
    assert_false(atk_zone_start_is_plausible(INT64_MAX, ATK_MS_MAX));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state_at_the_edges_of_the_end),
        cmocka_unit_test(test_the_strongest_state_counts),
        cmocka_unit_test(test_past_means_expired),
        cmocka_unit_test(test_instants_of_four_digit_years),
        cmocka_unit_test(test_spans_at_their_edges),
        cmocka_unit_test(test_ages_at_their_edges),
        cmocka_unit_test(test_end_after_a_span),
        cmocka_unit_test(test_end_is_capped),
        cmocka_unit_test(test_zone_starts_within_48_hours),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
