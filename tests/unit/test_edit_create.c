/* SPDX-License-Identifier: MIT */
#include "rules/edit_create.h"

#include "cases.h"
#include "samples.h"

#define NOW INT64_C(1785000000000)

static struct atk_policy policy;
static struct atk_hot hot;
static struct atk_row row;

/* A new token that ends an hour from now. */
static void load(void) {
    policy = atk_policy_default();
    sample_hot(&hot);
    sample_row_day(&row);
    const struct atk_end end = { .ms = NOW + 3600000, .kind = APITOKEN_EXPIRY_INSTANT };
    assert_true(atk_edit_set_end(&end, &hot, &row));
}

static int create(bool takes_default_end, bool is_owner_blocked, uint64_t live) {
    const struct atk_creation creation = { NOW, takes_default_end };
    const struct atk_edit_facts facts = { .policy = &policy,
                                          .is_owner_blocked = is_owner_blocked,
                                          .live = live };
    return atk_edit_create(&creation, &facts, &hot, &row, NULL);
}

static void test_a_token_is_created(void **state) {
    (void)state;
    load();
    assert_int_equal(create(false, false, 0), ATK_EDIT_CHANGED);
    assert_true(hot.end_ms == NOW + 3600000 && row.end_ms == hot.end_ms);
}

static void test_an_owner_who_is_blocked_gets_none(void **state) {
    (void)state;
    load();
    policy.max_live = 1;
    assert_code(create(false, true, 1), APITOKEN_E_OWNER_BLOCKED);
}

static void test_the_default_end(void **state) {
    (void)state;
    static const struct {
        int64_t expiry_ms, lifetime_ms, due_ms;
    } rows[] = { { ATK_NO_LIMIT, ATK_NO_LIMIT, ATK_END_NEVER },
                 { 60000, ATK_NO_LIMIT, NOW + 60000 },
                 { ATK_NO_LIMIT, 60000, NOW + 60000 },
                 { 60000, 90000, NOW + 60000 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        load();
        policy.default_expiry_ms = rows[i].expiry_ms;
        policy.max_lifetime_ms = rows[i].lifetime_ms;
        assert_int_equal(create(true, false, 0), ATK_EDIT_CHANGED);
        assert_true(hot.end_ms == rows[i].due_ms && row.end_ms == rows[i].due_ms);
        assert_int_equal(row.expiry_kind, rows[i].due_ms == ATK_END_NEVER
                                              ? APITOKEN_EXPIRY_NEVER
                                              : APITOKEN_EXPIRY_INSTANT);
        assert_int_equal(row.zone_len, 0);
    }
}

static void test_an_end_within_the_longest_lifetime(void **state) {
    (void)state;
    load();
    policy.max_lifetime_ms = 3600000;
    assert_int_equal(create(false, false, 0), ATK_EDIT_CHANGED);
    policy.max_lifetime_ms--;
    assert_code(create(false, false, 0), APITOKEN_E_LIFETIME);
}

static void test_the_most_live_tokens(void **state) {
    (void)state;
    for (uint64_t live = 0; live < 4; live++) {
        load();
        policy.max_live = 2;
        const int code = create(false, false, live);
        assert_int_equal(code, live < 2 ? ATK_EDIT_CHANGED : APITOKEN_E_LIVE_LIMIT);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_token_is_created),
        cmocka_unit_test(test_an_owner_who_is_blocked_gets_none),
        cmocka_unit_test(test_the_default_end),
        cmocka_unit_test(test_an_end_within_the_longest_lifetime),
        cmocka_unit_test(test_the_most_live_tokens),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
