/* SPDX-License-Identifier: MIT */
#include "rules/edit_revoke.h"

#include <string.h>

#include "cases.h"
#include "rules/older_secret.h"
#include "samples.h"

#define FIRST_MS INT64_C(1785000000000)
#define LATER_MS INT64_C(1786000000000)

/* A token as a store has it. */
struct token {
    struct atk_hot hot;
    struct atk_row row;
};

static const struct atk_revocation plain = { .revoked_ms = FIRST_MS,
                                             .reason = "lost",
                                             .reason_len = 4,
                                             .undo_until_ms = FIRST_MS + 3600000,
                                             .code = APITOKEN_REASON_SUPERSEDED };

static void load(struct token *token) {
    sample_hot_full(&token->hot);
    sample_row_full(&token->row);
}

/* Does what an engine does with a change. */
static int revoke(struct token *token, const struct atk_revocation *revocation) {
    static const struct atk_edit_facts facts = { .is_owner_blocked = true };
    int rc = atk_edit_revoke(revocation, &facts, &token->hot, &token->row, NULL);
    if (rc == ATK_EDIT_CHANGED) assert_true(atk_records_unite(&token->hot, &token->row));
    assert_true(atk_records_agree(&token->hot, &token->row));
    return rc;
}

/* Both records can be read again, and say the same. */
static void assert_stored(const struct token *token) {
    static uint8_t bytes[ATK_ROW_MAX];
    static struct token again;
    assert_code(atk_hot_decode(bytes, atk_hot_encode(&token->hot, bytes), &again.hot), 0);
    assert_code(atk_row_decode(bytes, atk_row_encode(&token->row, bytes), &again.row), 0);
    assert_true(atk_records_agree(&again.hot, &again.row));
    assert_int_equal(again.row.reason_code, token->row.reason_code);
    assert_true(again.row.undo_until_ms == token->row.undo_until_ms);
}

static bool is_final(const struct token *token) {
    assert_int_equal(token->hot.flags & ATK_FLAG_FINAL, token->row.flags & ATK_FLAG_FINAL);
    return token->hot.flags & ATK_FLAG_FINAL;
}

static void test_a_revoke_notes_when_and_why(void **state) {
    (void)state;
    struct token token;
    load(&token);
    assert_int_equal(revoke(&token, &plain), ATK_EDIT_CHANGED);
    assert_int_equal(token.hot.flags,
                     ATK_FLAG_REVOKED | ATK_FLAG_SUSPENDED | ATK_FLAG_WORD); /* others stay */
    assert_int_equal(token.hot.revision, 5);
    assert_true(token.row.revoked_ms == FIRST_MS);
    assert_true(token.row.undo_until_ms == FIRST_MS + 3600000);
    assert_int_equal(token.row.reason_code, APITOKEN_REASON_SUPERSEDED);
    assert_int_equal(token.row.reason_len, 4);
    assert_memory_equal(token.row.reason, "lost", 4);
    assert_false(is_final(&token));
    assert_stored(&token);
}

/* The policy of the moment says until when it can be undone; without one it cannot be. */
static void test_until_when_a_revoke_can_be_undone(void **state) {
    (void)state;
    struct atk_policy policy = atk_policy_default();
    const struct atk_edit_facts facts = { .policy = &policy };
    static const int64_t rows[][3] = { /* revoked, undo, until */
                                       { FIRST_MS, 1000, FIRST_MS + 1000 },
                                       { FIRST_MS, 0, FIRST_MS },
                                       { ATK_MS_MAX - 1, 1000, ATK_MS_MAX }
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct token token;
        struct atk_revocation now = { .revoked_ms = rows[i][0] };
        load(&token);
        policy.undo_ms = rows[i][1];
        assert_int_equal(atk_edit_revoke(&now, &facts, &token.hot, &token.row, NULL),
                         ATK_EDIT_CHANGED);
        assert_true(token.row.undo_until_ms == rows[i][2]);
        /* a second revoke gives no more time */
        policy.undo_ms = 5000;
        now.is_final = true;
        assert_int_equal(atk_edit_revoke(&now, &facts, &token.hot, &token.row, NULL),
                         ATK_EDIT_CHANGED);
        assert_true(token.row.undo_until_ms == rows[i][2]);
    }
}

static void test_the_last_use_outlives_a_revoke(void **state) {
    (void)state;
    struct token token;
    const struct atk_edit_facts used = { .last_used_ms = INT64_C(1784999940000) };
    load(&token);
    const struct atk_parts parts = atk_row_parts(&token.row);
    assert_int_equal(atk_edit_revoke(&plain, &used, &token.hot, &token.row, NULL),
                     ATK_EDIT_CHANGED);
    assert_true(atk_parts_find_ms(parts.bytes, *parts.len, ATK_PART_USED_BEFORE) ==
                used.last_used_ms);
}

/* A restore revokes each of the two records on its own. */
static void test_each_record_is_revoked(void **state) {
    (void)state;
    struct token token;
    load(&token);
    atk_revoke_hot(&token.hot);
    assert_int_equal(token.hot.flags, ATK_FLAG_REVOKED | ATK_FLAG_SUSPENDED | ATK_FLAG_WORD);
    atk_revoke_row(&token.row, &plain);
    assert_int_equal(token.row.flags, ATK_FLAG_REVOKED | ATK_FLAG_SUSPENDED | ATK_FLAG_WORD);
    assert_true(atk_records_agree(&token.hot, &token.row));
    assert_stored(&token);
}

static void test_a_revoke_without_a_reason(void **state) {
    (void)state;
    struct token token;
    const struct atk_revocation bare = { .revoked_ms = FIRST_MS };
    load(&token);
    assert_int_equal(revoke(&token, &bare), ATK_EDIT_CHANGED);
    assert_int_equal(token.row.reason_len, 0);
    assert_int_equal(token.row.reason_code, APITOKEN_REASON_UNSPECIFIED);
    assert_true(token.row.undo_until_ms == 0);
    assert_stored(&token);
}

/* What belongs to a secret goes, known or not; restrictions and data stay. */
static void test_a_revoke_ends_both_secrets(void **state) {
    (void)state;
    struct token token;
    struct atk_part part;
    load(&token);
    for (int in_row = 0; in_row < 2; in_row++) {
        const struct atk_parts parts =
            in_row ? atk_row_parts(&token.row) : atk_hot_parts(&token.hot);
        assert_true(atk_parts_set(parts, 200, "newest", 6));
        assert_true(atk_parts_set(parts, 230, "older", 5));
        assert_true(atk_parts_set(parts, 150, "kept", 4));
    }
    assert_int_equal(revoke(&token, &plain), ATK_EDIT_CHANGED);
    assert_int_equal(token.row.sealed_len, 0);
    for (int in_row = 0; in_row < 2; in_row++) {
        const uint8_t *parts = in_row ? token.row.other : token.hot.parts;
        const size_t len = in_row ? token.row.other_len : token.hot.parts_len;
        for (unsigned type = 1; type < 255; type++) {
            const bool is_due = type == ATK_PART_INTERFACES || type == ATK_PART_NETWORKS ||
                                type == ATK_PART_DATA || type == 150 ||
                                (in_row && type > 128 && type <= ATK_PART_USED_BEFORE);
            assert_int_equal(atk_parts_find(parts, len, type, &part), is_due);
        }
    }
    assert_stored(&token);
}

static void test_a_second_revoke_changes_nothing(void **state) {
    (void)state;
    struct token token, before;
    const struct atk_revocation later = { .revoked_ms = LATER_MS,
                                          .reason = "again",
                                          .reason_len = 5,
                                          .undo_until_ms = LATER_MS,
                                          .code = APITOKEN_REASON_ADMINISTRATOR };
    load(&token);
    assert_int_equal(revoke(&token, &plain), ATK_EDIT_CHANGED);
    before = token;
    assert_int_equal(revoke(&token, &later), ATK_EDIT_UNCHANGED);
    assert_memory_equal(&token, &before, sizeof token);
    assert_int_equal(revoke(&token, &plain), ATK_EDIT_UNCHANGED);
}

/* The flags of the two records after a first and a second revoke. */
static void test_exposed_and_final_stick(void **state) {
    (void)state;
    static const struct {
        uint8_t first_code, second_code, due_code;
        bool first_final, second_final, is_changed, is_final;
    } rows[] = {
        { 1, 1, 1, 0, 0, 0, 0 },
        /* final is added, and is not taken away */
        { 1, 1, 1, 0, 1, 1, 1 },
        { 1, 1, 1, 1, 0, 0, 1 },
        { 1, 1, 1, 1, 1, 0, 1 },
        /* exposed takes the place of another code, and is final; no other takes its place */
        { 1, 2, 2, 0, 0, 1, 1 },
        { 1, 2, 2, 1, 0, 1, 1 },
        { 2, 1, 2, 0, 0, 0, 1 },
        { 2, 2, 2, 0, 0, 0, 1 },
        { 2, 4, 2, 0, 1, 0, 1 },
        /* any other first code stays */
        { 0, 3, 0, 0, 0, 0, 0 },
        { 4, 0, 4, 0, 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct token token;
        struct atk_revocation first = plain, second = plain;
        load(&token);
        first.code = rows[i].first_code;
        first.is_final = rows[i].first_final;
        second.code = rows[i].second_code;
        second.is_final = rows[i].second_final;
        second.revoked_ms = LATER_MS;
        second.reason = "more";
        assert_int_equal(revoke(&token, &first), ATK_EDIT_CHANGED);
        assert_int_equal(is_final(&token), rows[i].first_final || rows[i].first_code == 2);
        assert_int_equal(revoke(&token, &second), rows[i].is_changed);
        assert_int_equal(is_final(&token), rows[i].is_final);
        assert_int_equal(token.row.reason_code, rows[i].due_code);
        assert_int_equal(token.hot.revision, 5 + rows[i].is_changed);
        assert_true(token.row.revoked_ms == FIRST_MS); /* the first time and text remain */
        assert_int_equal(token.row.reason_len, 4);
        assert_memory_equal(token.row.reason, "lost", 4);
        assert_stored(&token);
    }
}

/* What goes might have restricted the token, so nobody may bring it back. */
static void test_a_newer_token_is_revoked_for_good(void **state) {
    (void)state;
    struct token token;
    load(&token);
    token.hot.is_newer = token.row.is_newer = true;
    token.hot.flags |= 64;
    token.row.flags |= 128;
    assert_int_equal(revoke(&token, &plain), ATK_EDIT_CHANGED);
    assert_true(is_final(&token));
    assert_true(token.hot.flags & 64);
    assert_true(token.row.flags & 128);
    assert_int_equal(revoke(&token, &plain), ATK_EDIT_UNCHANGED);
}

/* ---- records that do not agree --------------------------------------------------------------- */

static void test_an_old_hot_record_was_put_back(void **state) {
    (void)state;
    struct token token, old;
    struct atk_revocation other = plain;
    other.revoked_ms = LATER_MS;
    load(&token);
    old = token;
    other.is_final = true;
    assert_int_equal(revoke(&token, &other), ATK_EDIT_CHANGED);
    token.hot = old.hot;
    assert_int_equal(revoke(&token, &plain), ATK_EDIT_CHANGED);
    assert_int_equal(token.hot.flags & ATK_FLAG_REVOKED, ATK_FLAG_REVOKED);
    assert_true(is_final(&token)); /* as the row says */
    assert_true(token.row.revoked_ms == LATER_MS);
    assert_int_equal(token.hot.revision, 6);
    assert_stored(&token);
}

static void test_an_old_row_was_put_back(void **state) {
    (void)state;
    struct token token, old;
    load(&token);
    old = token;
    assert_int_equal(revoke(&token, &plain), ATK_EDIT_CHANGED);
    token.hot.flags |= ATK_FLAG_FINAL;
    token.row = old.row;
    struct atk_revocation later = plain;
    later.revoked_ms = LATER_MS;
    assert_int_equal(revoke(&token, &later), ATK_EDIT_CHANGED);
    assert_true(token.row.revoked_ms == LATER_MS);
    assert_true(is_final(&token)); /* as the hot record says */
    assert_int_equal(token.row.sealed_len, 0);
    assert_stored(&token);
}

static void test_any_contradiction_is_repaired(void **state) {
    (void)state;
    for (int is_revoked = 0; is_revoked < 2; is_revoked++) {
        struct token token;
        load(&token);
        if (is_revoked) assert_int_equal(revoke(&token, &plain), ATK_EDIT_CHANGED);
        token.hot.slot++;
        token.hot.end_ms--;
        assert_int_equal(revoke(&token, &plain), ATK_EDIT_CHANGED);
        assert_int_equal(revoke(&token, &plain), ATK_EDIT_UNCHANGED);
        assert_stored(&token);
    }
}

/* One that a newer version wrote stays as it is, but the flags tell. */
static void test_a_revocation_of_another_form(void **state) {
    (void)state;
    struct token token;
    struct atk_revocation exposed = plain;
    struct atk_part part;
    load(&token);
    assert_int_equal(revoke(&token, &plain), ATK_EDIT_CHANGED);
    token.row.revoked_ms = token.row.undo_until_ms = 0; /* as it is read */
    token.row.reason_code = 0;
    token.row.reason_len = 0;
    token.hot.is_newer = token.row.is_newer = true;
    token.hot.flags |= ATK_FLAG_FINAL;
    token.row.flags |= ATK_FLAG_FINAL;
    assert_true(atk_parts_set(atk_row_parts(&token.row), ATK_PART_REVOCATION, "short", 5));
    exposed.code = APITOKEN_REASON_EXPOSED;
    assert_int_equal(revoke(&token, &exposed), ATK_EDIT_UNCHANGED);
    assert_int_equal(token.row.reason_code, 0);
    assert_true(atk_parts_find(token.row.other, token.row.other_len, ATK_PART_REVOCATION, &part));
    assert_memory_equal(part.value, "short", part.len);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_revoke_notes_when_and_why),
        cmocka_unit_test(test_until_when_a_revoke_can_be_undone),
        cmocka_unit_test(test_the_last_use_outlives_a_revoke),
        cmocka_unit_test(test_each_record_is_revoked),
        cmocka_unit_test(test_a_revoke_without_a_reason),
        cmocka_unit_test(test_a_revoke_ends_both_secrets),
        cmocka_unit_test(test_a_second_revoke_changes_nothing),
        cmocka_unit_test(test_exposed_and_final_stick),
        cmocka_unit_test(test_a_newer_token_is_revoked_for_good),
        cmocka_unit_test(test_an_old_hot_record_was_put_back),
        cmocka_unit_test(test_an_old_row_was_put_back),
        cmocka_unit_test(test_any_contradiction_is_repaired),
        cmocka_unit_test(test_a_revocation_of_another_form),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
