/* SPDX-License-Identifier: MIT */
#include "rules/edit_revoke_secret.h"

#include <string.h>

#include "cases.h"
#include "rules/older_secret.h"
#include "samples.h"

static const struct atk_edit_facts facts = { .is_owner_blocked = true };

/* A token with two secrets. */
struct token {
    struct atk_hot hot;
    struct atk_row row;
    struct atk_older_secret older;
};

static void load(struct token *token) {
    sample_hot_full(&token->hot);
    sample_row_full(&token->row);
    assert_true(atk_older_secret_get(token->hot.parts, token->hot.parts_len, &token->older));
}

/* What the edit answers for a verifier, at a time. */
static enum apitoken_ended end_secret(struct token *token, atk_edit_fn edit,
                                      const uint8_t verifier[ATK_VERIFIER_LEN], int64_t now_ms,
                                      int due) {
    const struct atk_revocation revocation = { .revoked_ms = now_ms };
    enum apitoken_ended ended = (enum apitoken_ended)77;
    struct atk_secret_revocation r = { .revocation = &revocation, .ret_ended = &ended };
    memcpy(r.verifier, verifier, sizeof r.verifier);
    assert_int_equal(edit(&r, &facts, &token->hot, &token->row, NULL), due);
    return ended;
}

static bool has_older(const struct token *token) {
    struct atk_older_secret older;
    return atk_older_secret_get(token->hot.parts, token->hot.parts_len, &older);
}

static void test_the_newest_secret_ends_the_token(void **state) {
    (void)state;
    struct token token;
    uint8_t newest[ATK_VERIFIER_LEN];
    load(&token);
    const int64_t now_ms = token.older.until_ms - 1;
    memcpy(newest, token.hot.verifier, sizeof newest);
    assert_int_equal(end_secret(&token, atk_edit_revoke_newest, newest, now_ms, ATK_EDIT_CHANGED),
                     APITOKEN_ENDED_TOKEN);
    assert_true(token.hot.flags & ATK_FLAG_REVOKED);
    assert_true(token.row.revoked_ms == now_ms);
    assert_false(has_older(&token));
    assert_true(atk_records_unite(&token.hot, &token.row));
    assert_int_equal(end_secret(&token, atk_edit_revoke_newest, newest, now_ms, ATK_EDIT_UNCHANGED),
                     APITOKEN_ENDED_ALREADY);
}

static void test_an_older_secret_ends_alone(void **state) {
    (void)state;
    struct token token;
    load(&token);
    const uint8_t flags = token.hot.flags;
    assert_int_equal(end_secret(&token, atk_edit_revoke_older, token.older.verifier,
                                token.older.until_ms - 1, ATK_EDIT_CHANGED),
                     APITOKEN_ENDED_OLDER_SECRET);
    assert_false(has_older(&token));
    assert_int_equal(token.hot.flags, flags);
    assert_int_equal(end_secret(&token, atk_edit_revoke_older, token.older.verifier,
                                token.older.until_ms - 1, ATK_EDIT_UNCHANGED),
                     APITOKEN_ENDED_NOTHING);
}

/* The token was rotated since the secret was looked up: each differs in every byte, once. */
static void test_no_other_secret_ends(void **state) {
    (void)state;
    struct token token, before;
    memset(&token, 0, sizeof token);
    load(&token);
    before = token;
    for (size_t i = 0; i < ATK_VERIFIER_LEN; i++) {
        uint8_t newest[ATK_VERIFIER_LEN], older[ATK_VERIFIER_LEN];
        memcpy(newest, token.hot.verifier, sizeof newest);
        memcpy(older, token.older.verifier, sizeof older);
        newest[i] ^= 1;
        older[i] ^= 128;
        assert_int_equal(end_secret(&token, atk_edit_revoke_newest, newest, 1, ATK_EDIT_UNCHANGED),
                         APITOKEN_ENDED_NOTHING);
        assert_int_equal(end_secret(&token, atk_edit_revoke_older, older, 1, ATK_EDIT_UNCHANGED),
                         APITOKEN_ENDED_NOTHING);
    }
    assert_int_equal(
        end_secret(&token, atk_edit_revoke_newest, token.older.verifier, 1, ATK_EDIT_UNCHANGED),
        APITOKEN_ENDED_NOTHING);
    assert_int_equal(
        end_secret(&token, atk_edit_revoke_older, token.hot.verifier, 1, ATK_EDIT_UNCHANGED),
        APITOKEN_ENDED_NOTHING);
    assert_int_equal(end_secret(&token, atk_edit_revoke_older, token.older.verifier,
                                token.older.until_ms, ATK_EDIT_UNCHANGED),
                     APITOKEN_ENDED_NOTHING); /* its grace is over */
    assert_true(atk_hot_same(&token.hot, &before.hot));
    assert_true(atk_records_agree(&token.hot, &token.row));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_newest_secret_ends_the_token),
        cmocka_unit_test(test_an_older_secret_ends_alone),
        cmocka_unit_test(test_no_other_secret_ends),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
