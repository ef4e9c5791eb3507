/* SPDX-License-Identifier: MIT */
#include "rules/policy.h"

#include <string.h>

#include "cases.h"
#include "rules/token_state.h"
#include "samples.h"

#define HOUR INT64_C(3600000)
#define DAY ATK_DAY_MS
#define NOW FIXTURE_NOW

static void test_the_default_policy(void **state) {
    (void)state;
    const struct atk_policy policy = atk_policy_default();
    assert_int_equal(policy.flags, 0);
    assert_true(policy.max_live == UINT32_MAX);
    assert_true(policy.max_lifetime_ms == ATK_NO_LIMIT);
    assert_true(policy.default_expiry_ms == ATK_NO_LIMIT);
    assert_true(policy.undo_ms == HOUR);
    assert_true(policy.max_grace_ms == 30 * DAY);
    assert_true(policy.audit_retention_ms == 400 * DAY);
    assert_int_equal(atk_policy_find_wrong(&policy), ATK_POLICY_NONE);
}

static void test_policies_that_differ_in_one_value(void **state) {
    (void)state;
    const struct atk_policy policy = atk_policy_default();
    struct atk_policy others[7];
    for (size_t i = 0; i < 7; i++) others[i] = policy;
    others[0].flags ^= 1;
    others[1].max_live ^= 1u << 31;
    others[2].max_lifetime_ms ^= 1;
    others[3].default_expiry_ms ^= 1;
    others[4].undo_ms ^= 1;
    others[5].max_grace_ms ^= 1;
    others[6].audit_retention_ms ^= 1;
    assert_true(atk_policy_equals(&policy, &policy));
    for (size_t i = 0; i < 7; i++) assert_false(atk_policy_equals(&policy, &others[i]));
}

/* ---- limits of the values -------------------------------------------------------------------- */

#define WRONG(change, due)                                                                  \
    do {                                                                                    \
        struct atk_policy policy = atk_policy_default();                                    \
        change;                                                                             \
        if (atk_policy_find_wrong(&policy) != (due)) fail_msg("not so after: %s", #change); \
    } while (0)

static void test_values_within_their_limits(void **state) {
    (void)state;
    WRONG((policy.flags = 1, policy.default_expiry_ms = DAY), ATK_POLICY_NONE);
    WRONG((policy.flags = 1, policy.max_lifetime_ms = DAY), ATK_POLICY_NONE);
    WRONG(policy.max_live = 1, ATK_POLICY_NONE);
    WRONG(policy.max_live = UINT32_MAX, ATK_POLICY_NONE);
    WRONG(policy.max_lifetime_ms = 60000, ATK_POLICY_NONE);
    WRONG(policy.max_lifetime_ms = ATK_MS_MAX, ATK_POLICY_NONE);
    WRONG(policy.default_expiry_ms = 60000, ATK_POLICY_NONE);
    WRONG(policy.default_expiry_ms = ATK_MS_MAX, ATK_POLICY_NONE);
    WRONG((policy.default_expiry_ms = DAY, policy.max_lifetime_ms = DAY), ATK_POLICY_NONE);
    WRONG(policy.max_lifetime_ms = DAY, ATK_POLICY_NONE);
    WRONG(policy.undo_ms = 0, ATK_POLICY_NONE);
    WRONG(policy.undo_ms = 30 * DAY, ATK_POLICY_NONE);
    WRONG(policy.max_grace_ms = 0, ATK_POLICY_NONE);
    WRONG(policy.max_grace_ms = 30 * DAY, ATK_POLICY_NONE);
    WRONG(policy.audit_retention_ms = 0, ATK_POLICY_NONE);
    WRONG(policy.audit_retention_ms = 60000, ATK_POLICY_NONE);
    WRONG(policy.audit_retention_ms = ATK_MS_MAX, ATK_POLICY_NONE);
    WRONG(policy.audit_retention_ms = ATK_NO_LIMIT, ATK_POLICY_NONE);
}

static void test_values_outside_their_limits(void **state) {
    (void)state;
    for (unsigned bit = 1; bit < 32; bit++) WRONG(policy.flags = 1u << bit, ATK_POLICY_FLAGS);
    static const int64_t spans[] = { INT64_MIN, -1, 1, 59999, ATK_MS_MAX + 1, INT64_MAX - 1 };
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        WRONG(policy.max_lifetime_ms = spans[i], ATK_POLICY_MAX_LIFETIME);
        WRONG(policy.default_expiry_ms = spans[i], ATK_POLICY_DEFAULT_EXPIRY);
        WRONG(policy.audit_retention_ms = spans[i], ATK_POLICY_AUDIT_RETENTION);
    }
    WRONG(policy.max_lifetime_ms = 0, ATK_POLICY_MAX_LIFETIME);
    WRONG(policy.default_expiry_ms = 0, ATK_POLICY_DEFAULT_EXPIRY);
    WRONG((policy.default_expiry_ms = DAY + 1, policy.max_lifetime_ms = DAY),
          ATK_POLICY_DEFAULT_EXPIRY);
    WRONG(policy.flags = 1, ATK_POLICY_DEFAULT_EXPIRY); /* no end is given, and none forbidden */
    WRONG(policy.max_live = 0, ATK_POLICY_MAX_LIVE);
    WRONG(policy.undo_ms = -1, ATK_POLICY_UNDO);
    WRONG(policy.undo_ms = 30 * DAY + 1, ATK_POLICY_UNDO);
    WRONG(policy.undo_ms = ATK_NO_LIMIT, ATK_POLICY_UNDO);
    WRONG(policy.max_grace_ms = -1, ATK_POLICY_MAX_GRACE);
    WRONG(policy.max_grace_ms = 30 * DAY + 1, ATK_POLICY_MAX_GRACE);
    WRONG(policy.max_grace_ms = ATK_NO_LIMIT, ATK_POLICY_MAX_GRACE);
}

/* ---- ends ------------------------------------------------------------------------------------ */

static void test_the_end_where_none_is_given(void **state) {
    (void)state;
    struct atk_policy policy = atk_policy_default();
    assert_true(atk_policy_default_end(&policy, NOW) == ATK_END_NEVER);
    policy.default_expiry_ms = 90 * DAY;
    assert_true(atk_policy_default_end(&policy, NOW) == NOW + 90 * DAY);
    assert_true(atk_policy_default_end(&policy, ATK_MS_MAX) == ATK_MS_MAX);
    policy.max_lifetime_ms = 90 * DAY;
    assert_true(atk_policy_default_end(&policy, NOW) == NOW + 90 * DAY);
    policy.default_expiry_ms = ATK_NO_LIMIT; /* then as long as can be */
    assert_true(atk_policy_default_end(&policy, NOW) == NOW + 90 * DAY);
    policy.default_expiry_ms = policy.max_lifetime_ms = ATK_MS_MAX;
    assert_true(atk_policy_default_end(&policy, 0) == ATK_MS_MAX);
    assert_true(atk_policy_default_end(&policy, ATK_MS_MAX) == ATK_MS_MAX);
}

static void test_ends_within_the_longest_lifetime(void **state) {
    (void)state;
    struct atk_policy policy = atk_policy_default();
    assert_true(atk_policy_allows_end(&policy, ATK_END_NEVER, 0));
    assert_true(atk_policy_allows_end(&policy, ATK_END_NEVER, ATK_MS_MAX));
    assert_true(atk_policy_allows_end(&policy, ATK_MS_MAX, 0));
    policy.max_lifetime_ms = 30 * DAY;
    assert_true(atk_policy_allows_end(&policy, NOW + 30 * DAY, NOW));
    assert_false(atk_policy_allows_end(&policy, NOW + 30 * DAY + 1, NOW));
    assert_false(atk_policy_allows_end(&policy, ATK_END_NEVER, NOW));
    assert_false(atk_policy_allows_end(&policy, ATK_END_NEVER, ATK_MS_MAX));
    assert_true(atk_policy_allows_end(&policy, NOW - DAY / 2, NOW)); /* today began before now */
    policy.max_lifetime_ms = ATK_MS_MAX;
    assert_true(atk_policy_allows_end(&policy, ATK_MS_MAX, 0));
    assert_false(atk_policy_allows_end(&policy, ATK_END_NEVER, 0));
}

static void test_never_can_be_forbidden(void **state) {
    (void)state;
    struct atk_policy policy = atk_policy_default();
    policy.flags = ATK_POLICY_NEVER_FORBIDDEN;
    assert_false(atk_policy_allows_end(&policy, ATK_END_NEVER, NOW));
    assert_true(atk_policy_allows_end(&policy, ATK_MS_MAX, NOW));
    assert_true(atk_policy_is_outside(&policy, APITOKEN_EXPIRY_NEVER, ATK_END_NEVER, NOW));
    assert_false(atk_policy_is_outside(&policy, APITOKEN_EXPIRY_INSTANT, ATK_MS_MAX, NOW));
    assert_false(atk_policy_is_outside(&policy, APITOKEN_EXPIRY_DAY, ATK_MS_MAX, NOW));
}

/* Whoever gives no end is never refused for it. */
static void test_the_default_end_is_allowed(void **state) {
    (void)state;
    static const int64_t spans[] = { 60000, DAY, 30 * DAY, ATK_MS_MAX, ATK_NO_LIMIT };
    static const int64_t nows[] = { 0, NOW, ATK_MS_MAX };
    for (unsigned i = 0; i < 2 * 5 * 5 * 3; i++) {
        struct atk_policy policy = atk_policy_default();
        policy.flags = i % 2;
        policy.max_lifetime_ms = spans[i / 2 % 5];
        policy.default_expiry_ms = spans[i / 10 % 5];
        const int64_t now_ms = nows[i / 50];
        if (atk_policy_find_wrong(&policy) != ATK_POLICY_NONE) continue;
        assert_true(
            atk_policy_allows_end(&policy, atk_policy_default_end(&policy, now_ms), now_ms));
    }
}

static void test_tokens_outside_the_policy(void **state) {
    (void)state;
    struct atk_policy policy = atk_policy_default();
    assert_false(atk_policy_is_outside(&policy, APITOKEN_EXPIRY_NEVER, ATK_END_NEVER, NOW));
    policy.max_lifetime_ms = 30 * DAY;
    const int64_t limit = NOW + 30 * DAY, longest = 27 * HOUR;
    assert_true(atk_policy_is_outside(&policy, APITOKEN_EXPIRY_NEVER, ATK_END_NEVER, NOW));
    assert_false(atk_policy_is_outside(&policy, APITOKEN_EXPIRY_INSTANT, limit, NOW));
    assert_true(atk_policy_is_outside(&policy, APITOKEN_EXPIRY_INSTANT, limit + 1, NOW));
    assert_false(atk_policy_is_outside(&policy, APITOKEN_EXPIRY_DAY, limit + longest, NOW));
    assert_true(atk_policy_is_outside(&policy, APITOKEN_EXPIRY_DAY, limit + longest + 1, NOW));
    assert_false(atk_policy_is_outside(&policy, APITOKEN_EXPIRY_DAY, 1, NOW));
}

/* ---- secrets, revokes, owners, audit --------------------------------------------------------- */

static void test_graces(void **state) {
    (void)state;
    struct atk_policy policy = atk_policy_default();
    assert_true(atk_policy_allows_grace(&policy, 0));
    assert_true(atk_policy_allows_grace(&policy, 30 * DAY));
    assert_false(atk_policy_allows_grace(&policy, 30 * DAY + 1));
    assert_false(atk_policy_allows_grace(&policy, -1));
    assert_false(atk_policy_allows_grace(&policy, ATK_NO_LIMIT));
    policy.max_grace_ms = 0;
    assert_true(atk_policy_allows_grace(&policy, 0));
    assert_false(atk_policy_allows_grace(&policy, 1));
}

/* A row that was revoked now, for no given reason. */
static void revoke(struct atk_row *row) {
    sample_row_revoked(row);
    row->revoked_ms = NOW;
    row->reason_code = 0;
    row->flags = ATK_FLAG_REVOKED;
}

static void test_a_revoke_can_be_undone_within_the_window(void **state) {
    (void)state;
    struct atk_policy policy = atk_policy_default();
    struct atk_row row;
    revoke(&row);
    assert_true(atk_policy_allows_undo(&policy, &row, NOW));
    assert_true(atk_policy_allows_undo(&policy, &row, NOW + HOUR - 1));
    assert_false(atk_policy_allows_undo(&policy, &row, NOW + HOUR));
    assert_false(atk_policy_allows_undo(&policy, &row, ATK_MS_MAX));
    /* the clock was set back: it was revoked longer ago than it seems */
    assert_false(atk_policy_allows_undo(&policy, &row, NOW - 1));
    assert_false(atk_policy_allows_undo(&policy, &row, 0));
    policy.undo_ms = 0;
    assert_false(atk_policy_allows_undo(&policy, &row, NOW));
}

static void test_revokes_that_are_never_undone(void **state) {
    (void)state;
    const struct atk_policy policy = atk_policy_default();
    struct atk_row row;
    for (unsigned code = 0; code <= UINT8_MAX; code++) {
        revoke(&row);
        row.reason_code = (uint8_t)code;
        const bool is_undone = code <= 4 && code != 2; /* exposed, and what is not known */
        assert_int_equal(atk_policy_allows_undo(&policy, &row, NOW), is_undone);
    }
    revoke(&row);
    row.flags |= ATK_FLAG_FINAL;
    assert_false(atk_policy_allows_undo(&policy, &row, NOW));
    revoke(&row);
    row.is_newer = true;
    assert_false(atk_policy_allows_undo(&policy, &row, NOW));
    revoke(&row);
    row.flags &= (uint8_t)~ATK_FLAG_REVOKED;
    assert_false(atk_policy_allows_undo(&policy, &row, NOW));
}

static void test_the_most_live_tokens(void **state) {
    (void)state;
    struct atk_policy policy = atk_policy_default();
    assert_true(atk_policy_allows_another(&policy, UINT64_MAX));
    assert_true(atk_policy_allows_another(&policy, UINT32_MAX));
    policy.max_live = 2;
    assert_true(atk_policy_allows_another(&policy, 0));
    assert_true(atk_policy_allows_another(&policy, 1));
    assert_false(atk_policy_allows_another(&policy, 2));
    assert_false(atk_policy_allows_another(&policy, UINT64_C(1) << 32)); /* the policy was raised */
}

static void test_how_long_audit_records_are_kept(void **state) {
    (void)state;
    struct atk_policy policy = atk_policy_default();
    assert_true(atk_policy_has_audit(&policy));
    assert_true(atk_policy_keeps_audit(&policy, NOW, NOW));
    assert_true(atk_policy_keeps_audit(&policy, NOW, NOW + 400 * DAY - 1));
    assert_false(atk_policy_keeps_audit(&policy, NOW, NOW + 400 * DAY));
    assert_true(atk_policy_keeps_audit(&policy, ATK_MS_MAX, 0)); /* the clock was set back */
    policy.audit_retention_ms = ATK_NO_LIMIT;
    assert_true(atk_policy_has_audit(&policy));
    assert_true(atk_policy_keeps_audit(&policy, 0, ATK_MS_MAX));
    policy.audit_retention_ms = 0;
    assert_false(atk_policy_has_audit(&policy));
    assert_false(atk_policy_keeps_audit(&policy, NOW, NOW));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_default_policy),
        cmocka_unit_test(test_policies_that_differ_in_one_value),
        cmocka_unit_test(test_values_within_their_limits),
        cmocka_unit_test(test_values_outside_their_limits),
        cmocka_unit_test(test_the_end_where_none_is_given),
        cmocka_unit_test(test_ends_within_the_longest_lifetime),
        cmocka_unit_test(test_never_can_be_forbidden),
        cmocka_unit_test(test_the_default_end_is_allowed),
        cmocka_unit_test(test_tokens_outside_the_policy),
        cmocka_unit_test(test_graces),
        cmocka_unit_test(test_a_revoke_can_be_undone_within_the_window),
        cmocka_unit_test(test_revokes_that_are_never_undone),
        cmocka_unit_test(test_the_most_live_tokens),
        cmocka_unit_test(test_how_long_audit_records_are_kept),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
