/* SPDX-License-Identifier: MIT */
#include "rules/edit_unrevoke.h"

#include <string.h>

#include "cases.h"
#include "rules/edit_revoke.h"
#include "rules/older_secret.h"
#include "samples.h"

#define REVOKED INT64_C(1785000000000)
#define UNDO INT64_C(3600000)

struct token {
    struct atk_hot hot;
    struct atk_row row;
};

static struct atk_policy policy;
static struct atk_edit_facts facts = { .policy = &policy };

/* A token that was revoked for this reason. */
static void load(struct token *token, uint8_t code) {
    const struct atk_revocation now = {
        .revoked_ms = REVOKED, .reason = "lost", .reason_len = 4, .code = code
    };
    policy = atk_policy_default();
    facts = (struct atk_edit_facts){ .policy = &policy };
    sample_hot_full(&token->hot);
    sample_row_full(&token->row);
    assert_int_equal(atk_edit_revoke(&now, &facts, &token->hot, &token->row, NULL),
                     ATK_EDIT_CHANGED);
    assert_true(atk_records_unite(&token->hot, &token->row));
}

/* Does what an engine does with a change. */
static int undo_at(struct token *token, int64_t now_ms, bool is_admin) {
    static uint8_t bytes[ATK_ROW_MAX];
    static struct atk_row again;
    const struct atk_undo undo = { now_ms, is_admin };
    int rc = atk_edit_unrevoke(&undo, &facts, &token->hot, &token->row, NULL);
    if (rc != ATK_EDIT_CHANGED) return rc;
    assert_true(atk_records_unite(&token->hot, &token->row));
    assert_true(atk_records_agree(&token->hot, &token->row));
    assert_code(atk_row_decode(bytes, atk_row_encode(&token->row, bytes), &again), 0);
    assert_true(again.revoked_ms == 0 && again.reason_len == 0);
    return rc;
}

static int undo(struct token *token) { return undo_at(token, REVOKED, false); }

/* It is what it was, but without what belonged to a secret. */
static void test_a_revoke_is_undone(void **state) {
    (void)state;
    struct token token;
    struct atk_part part;
    load(&token, APITOKEN_REASON_SUPERSEDED);
    assert_int_equal(undo(&token), ATK_EDIT_CHANGED);
    assert_int_equal(token.hot.flags, ATK_FLAG_SUSPENDED | ATK_FLAG_WORD);
    assert_int_equal(token.row.flags, token.hot.flags);
    assert_true(token.row.revoked_ms == 0 && token.row.undo_until_ms == 0);
    assert_true(token.row.reason_code == 0 && token.row.reason_len == 0);
    assert_int_equal(token.hot.revision, 6);
    assert_true(atk_parts_find(token.hot.parts, token.hot.parts_len, ATK_PART_INTERFACES, &part));
    assert_false(
        atk_parts_find(token.hot.parts, token.hot.parts_len, ATK_PART_OLDER_SECRET, &part));
    assert_int_equal(undo(&token), ATK_EDIT_UNCHANGED); /* it is not revoked */
}

static void test_the_time_for_an_undo(void **state) {
    (void)state;
    static const struct {
        int64_t at_revoke_ms, now_ms, after_ms;
        bool is_undone;
    } rows[] = {
        { UNDO, UNDO, 0, 1 },        { UNDO, UNDO, UNDO - 1, 1 }, { UNDO, UNDO, UNDO, 0 },
        { UNDO, UNDO + 9, UNDO, 0 }, /* the time of the revoke counts */
        { UNDO, 9, 9, 0 },           /* and that of today */
        { UNDO, 9, 8, 1 },           { 0, UNDO, 0, 0 },           { UNDO, 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct token token;
        load(&token, APITOKEN_REASON_UNSPECIFIED);
        token.row.undo_until_ms = REVOKED + rows[i].at_revoke_ms;
        policy.undo_ms = rows[i].now_ms;
        const int rc = undo_at(&token, REVOKED + rows[i].after_ms, true);
        assert_int_equal(rc, rows[i].is_undone ? ATK_EDIT_CHANGED : APITOKEN_E_UNDO);
    }
}

static void test_who_may_undo_what(void **state) {
    (void)state;
    static const struct {
        uint8_t code;
        int owner, admin;
    } rows[] = {
        { APITOKEN_REASON_UNSPECIFIED, ATK_EDIT_CHANGED, ATK_EDIT_CHANGED },
        { APITOKEN_REASON_SUPERSEDED, ATK_EDIT_CHANGED, ATK_EDIT_CHANGED },
        { APITOKEN_REASON_EXPOSED, APITOKEN_E_UNDO, APITOKEN_E_UNDO },
        { APITOKEN_REASON_OWNER_GONE, APITOKEN_E_ADMIN, ATK_EDIT_CHANGED },
        { APITOKEN_REASON_ADMINISTRATOR, APITOKEN_E_ADMIN, ATK_EDIT_CHANGED },
        { APITOKEN_REASON_ADMINISTRATOR + 1, APITOKEN_E_UNDO, APITOKEN_E_UNDO }, /* a later one */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int is_admin = 0; is_admin < 2; is_admin++) {
            struct token token;
            load(&token, rows[i].code);
            assert_int_equal(undo_at(&token, REVOKED, is_admin),
                             is_admin ? rows[i].admin : rows[i].owner);
        }
    }
}

static void test_what_is_final_or_newer_is_not_undone(void **state) {
    (void)state;
    struct token token;
    load(&token, APITOKEN_REASON_UNSPECIFIED);
    token.hot.flags |= ATK_FLAG_FINAL;
    token.row.flags |= ATK_FLAG_FINAL;
    assert_code(undo_at(&token, REVOKED, true), APITOKEN_E_UNDO);
    load(&token, APITOKEN_REASON_UNSPECIFIED);
    token.hot.is_newer = token.row.is_newer = true;
    assert_code(undo_at(&token, REVOKED, true), APITOKEN_E_SCHEMA);
}

static void test_a_token_of_a_blocked_owner_is_blocked(void **state) {
    (void)state;
    struct token token;
    load(&token, APITOKEN_REASON_UNSPECIFIED);
    facts.is_owner_blocked = true;
    assert_int_equal(undo(&token), ATK_EDIT_CHANGED);
    assert_int_equal(token.row.flags, ATK_FLAG_SUSPENDED | ATK_FLAG_WORD | ATK_FLAG_BLOCKED);
}

/* One that has expired meanwhile takes no place among the live ones. */
static void test_a_token_that_comes_back_needs_room(void **state) {
    (void)state;
    for (uint64_t live = 1; live <= 3; live++) {
        for (int is_expired = 0; is_expired < 2; is_expired++) {
            struct token token;
            load(&token, APITOKEN_REASON_UNSPECIFIED);
            policy.max_live = 2;
            facts.live = live;
            token.hot.end_ms = token.row.end_ms = REVOKED + !is_expired;
            assert_int_equal(undo(&token),
                             is_expired || live < 2 ? ATK_EDIT_CHANGED : APITOKEN_E_LIVE_LIMIT);
        }
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_revoke_is_undone),
        cmocka_unit_test(test_the_time_for_an_undo),
        cmocka_unit_test(test_who_may_undo_what),
        cmocka_unit_test(test_what_is_final_or_newer_is_not_undone),
        cmocka_unit_test(test_a_token_of_a_blocked_owner_is_blocked),
        cmocka_unit_test(test_a_token_that_comes_back_needs_room),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
