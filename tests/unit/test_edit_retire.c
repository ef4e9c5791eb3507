/* SPDX-License-Identifier: MIT */
#include "rules/edit_retire.h"

#include <string.h>

#include "cases.h"
#include "rules/older_secret.h"
#include "rules/token_pair.h"
#include "samples.h"

#define NOW_MS INT64_C(1786000000000)
#define KEY 1
#define ACTIVE 9

/* A token as a store has it: of key 1, with an older secret of another one. */
struct token {
    struct atk_hot hot;
    struct atk_row row;
};

static void load(struct token *token, uint32_t newest, uint32_t older_key, int64_t until_ms) {
    struct atk_older_secret older;
    sample_hot_full(&token->hot);
    sample_row_full(&token->row);
    token->hot.key_id = token->row.key_id = token->row.sealed_key_id = newest;
    assert_true(atk_older_secret_get(token->hot.parts, token->hot.parts_len, &older));
    older.key_id = older_key;
    older.until_ms = until_ms;
    assert_true(atk_older_secret_set(&token->hot, &older));
    token->hot.end_ms = token->row.end_ms = ATK_END_NEVER;
    token->row.expiry_kind = APITOKEN_EXPIRY_NEVER;
    token->row.day = token->row.zone_len = 0;
    assert_true(atk_records_unite(&token->hot, &token->row));
}

static struct atk_retirement retirement(bool ends_live) {
    return (struct atk_retirement){
        .key_id = KEY,
        .active_id = ACTIVE,
        .ends_live = ends_live,
        .revocation = { .revoked_ms = NOW_MS, .code = APITOKEN_REASON_EXPOSED, .is_final = true }
    };
}

static int retire(struct token *token, bool ends_live, apitoken_error *err) {
    static const struct atk_edit_facts facts = { .last_used_ms = NOW_MS - 60000 };
    const struct atk_retirement r = retirement(ends_live);
    int rc = atk_edit_retire(&r, &facts, &token->hot, &token->row, err);
    if (rc == ATK_EDIT_CHANGED) assert_true(atk_records_unite(&token->hot, &token->row));
    return rc;
}

static bool has_older(const struct token *token) {
    struct atk_older_secret older;
    return atk_older_secret_get(token->hot.parts, token->hot.parts_len, &older);
}

static void test_a_token_of_the_key_is_revoked_for_good(void **state) {
    (void)state;
    static struct token token;
    load(&token, KEY, 7, NOW_MS + 1);
    assert_int_equal(atk_key_need_of(&token.hot, KEY), ATK_KEY_NEEDED_BY_TOKEN);
    assert_true(atk_key_need_is_live(&token.hot, KEY, NOW_MS));
    assert_int_equal(retire(&token, true, NULL), ATK_EDIT_CHANGED);
    assert_int_equal(token.hot.flags & (ATK_FLAG_REVOKED | ATK_FLAG_FINAL),
                     ATK_FLAG_REVOKED | ATK_FLAG_FINAL);
    assert_int_equal(token.hot.key_id, ACTIVE);
    assert_int_equal(token.row.key_id, ACTIVE);
    assert_int_equal(token.row.sealed_len, 0);
    assert_int_equal(token.row.reason_code, APITOKEN_REASON_EXPOSED);
    assert_true(token.row.revoked_ms == NOW_MS);
    assert_false(has_older(&token));
    assert_int_equal(atk_key_need_of(&token.hot, KEY), ATK_KEY_NOT_NEEDED);
    assert_int_equal(retire(&token, true, NULL), ATK_EDIT_UNCHANGED);
}

static void test_a_live_token_ends_only_if_it_is_to(void **state) {
    (void)state;
    static struct token token, before;
    static const uint32_t keys[][2] = { { KEY, 7 }, { 7, KEY }, { KEY, KEY } };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        load(&token, keys[i][0], keys[i][1], NOW_MS + 1);
        before = token;
        assert_code(retire(&token, false, &err), APITOKEN_E_KEY_USED);
        assert_int_equal(err.item, KEY);
        assert_memory_equal(&token, &before, sizeof token);
    }
}

/* At its end a token or a secret is not live. */
static void test_what_is_not_live_ends_in_any_case(void **state) {
    (void)state;
    static struct token token;
    load(&token, KEY, 7, NOW_MS);
    token.hot.end_ms = token.row.end_ms = NOW_MS;
    token.row.expiry_kind = APITOKEN_EXPIRY_INSTANT;
    assert_false(atk_key_need_is_live(&token.hot, KEY, NOW_MS));
    assert_true(atk_key_need_is_live(&token.hot, KEY, NOW_MS - 1));
    assert_int_equal(retire(&token, false, NULL), ATK_EDIT_CHANGED);
    assert_int_equal(token.hot.flags & ATK_FLAG_REVOKED, ATK_FLAG_REVOKED);
    load(&token, 7, KEY, NOW_MS);
    assert_false(atk_key_need_is_live(&token.hot, KEY, NOW_MS));
    assert_int_equal(retire(&token, false, NULL), ATK_EDIT_CHANGED);
    assert_int_equal(token.hot.flags & ATK_FLAG_REVOKED, 0);
    assert_false(has_older(&token));
}

static void test_a_revoked_token_becomes_final(void **state) {
    (void)state;
    static struct token token;
    load(&token, KEY, 7, NOW_MS + 1);
    const struct atk_revocation plain = { .revoked_ms = NOW_MS - 5,
                                          .undo_until_ms = NOW_MS + 5,
                                          .code = APITOKEN_REASON_OWNER_GONE };
    const struct atk_edit_facts facts = { .policy = NULL };
    assert_int_equal(atk_edit_revoke(&plain, &facts, &token.hot, &token.row, NULL),
                     ATK_EDIT_CHANGED);
    assert_true(atk_records_unite(&token.hot, &token.row));
    assert_int_equal(retire(&token, false, NULL), ATK_EDIT_CHANGED);
    assert_int_equal(token.hot.flags & ATK_FLAG_FINAL, ATK_FLAG_FINAL);
    assert_int_equal(token.hot.key_id, ACTIVE);
    assert_true(token.row.revoked_ms == NOW_MS - 5);
}

static void test_only_the_older_secret_ends(void **state) {
    (void)state;
    static struct token token;
    load(&token, 7, KEY, NOW_MS + 1);
    assert_int_equal(atk_key_need_of(&token.hot, KEY), ATK_KEY_NEEDED_BY_OLDER);
    assert_int_equal(retire(&token, true, NULL), ATK_EDIT_CHANGED);
    assert_int_equal(token.hot.flags & ATK_FLAG_REVOKED, 0);
    assert_int_equal(token.hot.key_id, 7);
    assert_true(token.row.sealed_len > 0);
    assert_false(has_older(&token));
    assert_true(atk_parts_find_ms(token.row.other, token.row.other_len, ATK_PART_USED_BEFORE) ==
                NOW_MS - 60000);
}

static void test_other_tokens_stay(void **state) {
    (void)state;
    static struct token token, before;
    load(&token, 7, 8, NOW_MS + 1);
    before = token;
    assert_false(atk_key_need_is_live(&token.hot, KEY, NOW_MS));
    assert_int_equal(retire(&token, true, NULL), ATK_EDIT_UNCHANGED);
    assert_memory_equal(&token, &before, sizeof token);
}

/* Only a revoke repairs them: else the row would lose what it says alone. */
static void test_records_that_do_not_agree_keep_their_older_secret(void **state) {
    (void)state;
    static struct token token, before;
    load(&token, 7, KEY, NOW_MS + 1);
    token.row.flags |= ATK_FLAG_REVOKED;
    before = token;
    assert_code(retire(&token, true, NULL), APITOKEN_E_DAMAGED);
    assert_memory_equal(&token, &before, sizeof token);
    load(&token, KEY, 7, NOW_MS + 1);
    token.row.slot++;
    assert_int_equal(retire(&token, true, NULL), ATK_EDIT_CHANGED);
}

/* In a form of a newer version, which names its key elsewhere, perhaps. */
static void test_an_older_secret_of_a_newer_form_stays(void **state) {
    (void)state;
    static struct token token;
    load(&token, 7, KEY, NOW_MS + 1);
    assert_true(atk_parts_set(atk_hot_parts(&token.hot), ATK_PART_OLDER_SECRET, "newer", 5));
    assert_int_equal(atk_key_need_of(&token.hot, KEY), ATK_KEY_NOT_NEEDED);
    assert_int_equal(retire(&token, true, NULL), ATK_EDIT_UNCHANGED);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_token_of_the_key_is_revoked_for_good),
        cmocka_unit_test(test_a_live_token_ends_only_if_it_is_to),
        cmocka_unit_test(test_what_is_not_live_ends_in_any_case),
        cmocka_unit_test(test_a_revoked_token_becomes_final),
        cmocka_unit_test(test_only_the_older_secret_ends),
        cmocka_unit_test(test_other_tokens_stay),
        cmocka_unit_test(test_records_that_do_not_agree_keep_their_older_secret),
        cmocka_unit_test(test_an_older_secret_of_a_newer_form_stays),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
