/* SPDX-License-Identifier: MIT */
/* Remembered verdicts: a handle gives the same answers as it would without them. */
#include "api.h"

#include <string.h>

#include "cases.h"

#define LOOKS 4 /* first sight, the look that is remembered, and two from memory */

/* Asks again and again: each time the same, with the same verdict. */
static void assert_answer(apitoken_store *store, const struct made_token *token, int code,
                          const char *owner) {
    for (int i = 0; i < LOOKS; i++) {
        apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(apitoken_validate(store, token->text, token->len, NULL, &verdict, &err), code);
        assert_code(verdict.code, code);
        assert_string_equal(verdict.id, token->id);
        assert_string_equal(verdict.owner, owner);
        assert_int_equal(verdict.owner_len, strlen(owner));
        assert_code(err.code, code);
    }
}

static int64_t last_used(apitoken_store *store, const struct made_token *token) {
    apitoken_token *row = NULL;
    assert_code(apitoken_show(store, LIT("owner"), token->id, strlen(token->id), NULL, &row, NULL),
                0);
    int64_t ms = apitoken_token_last_used_ms(row);
    apitoken_token_free(row);
    return ms;
}

static void a_remembered_answer_is_the_same(void **state) {
    struct fixture *f = *state;
    struct made_token token = create_until(f->store, "owner", FIXTURE_NOW + 1000);
    for (int i = 0; i < LOOKS; i++) {
        apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
        assert_code(apitoken_validate(f->store, token.text, token.len, NULL, &verdict, NULL), 0);
        assert_int_equal(verdict.expiry_kind, APITOKEN_EXPIRY_INSTANT);
        assert_int_equal(verdict.expires_ms, FIXTURE_NOW + 1000);
        assert_string_equal(verdict.owner, "owner");
    }
    assert_answer(f->store, &token, 0, "owner");
}

static void a_revoke_is_seen_by_the_next_call(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL),
                      other = fixture_create(f->store, "owner", "name", NULL);
    assert_answer(f->store, &token, 0, "owner");
    assert_answer(f->store, &other, 0, "owner");
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_answer(f->store, &token, APITOKEN_E_REVOKED, "owner");
    assert_answer(f->store, &other, 0, "owner");
}

/* Time goes on without any change of the store. */
static void the_end_is_judged_by_every_call(void **state) {
    struct fixture *f = *state;
    struct made_token token = create_until(f->store, "owner", FIXTURE_NOW + 1000);
    assert_answer(f->store, &token, 0, "owner");
    f->now_ms = FIXTURE_NOW + 999;
    assert_answer(f->store, &token, 0, "owner");
    f->now_ms = FIXTURE_NOW + 1000;
    assert_answer(f->store, &token, APITOKEN_E_EXPIRED, "owner");
    f->now_ms = -1;
    assert_code(check(f->store, &token), APITOKEN_E_CLOCK);
    f->now_ms = FIXTURE_NOW;
    assert_answer(f->store, &token, 0, "owner");
}

/* The checksum is good, the id is well known, one character of the secret differs. */
static void a_wrong_secret_is_refused_beside_the_right_one(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL), wrong = token;
    char *at = &wrong.text[TOKEN_LEN - TOKEN_CRC_LEN - 1];
    *at = *at == 'x' ? 'y' : 'x';
    token_put_checksum(wrong.text, wrong.len);
    for (int i = 0; i < LOOKS; i++) {
        assert_answer(f->store, &token, 0, "owner");
        assert_answer(f->store, &wrong, APITOKEN_E_UNKNOWN, "");
    }
}

/*
 * Whatever character is another one: no text but the token itself is taken for it, in the state in
 * which it was seen and in a later one, and what has not the form of a token is refused before the
 * clock is read.
 */
static void no_text_that_is_nearly_the_same_is_familiar(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    for (int later = 0; later < 2; later++) {
        if (later) assert_code(try_create(f->store, "other", "name", NULL), 0);
        for (size_t at = 0; at < token.len; at++) {
            struct made_token near = token;
            assert_answer(f->store, &token, 0, "owner");
            near.text[at] = near.text[at] == '1' ? '2' : '1';
            f->now_ms = -1;
            /* a checksum that does not fit */
            assert_code(check(f->store, &near), APITOKEN_E_MALFORMED);
            f->now_ms = FIXTURE_NOW;
            if (at <= TOKEN_BODY || at >= token.len - TOKEN_CRC_LEN) continue;
            token_put_checksum(near.text, near.len);
            assert_code(check(f->store, &near), APITOKEN_E_UNKNOWN);
        }
    }
    assert_answer(f->store, &token, 0, "owner");
}

/* After a change a text is known by its form alone: everything else is looked up. */
static void a_later_state_is_looked_up(void **state) {
    struct fixture *f = *state;
    struct made_token token = create_until(f->store, "owner", FIXTURE_NOW + 1000);
    for (int i = 0; i < 5; i++) {
        assert_answer(f->store, &token, 0, "owner");
        assert_code(try_create(f->store, "other", "name", NULL), 0);
    }
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_answer(f->store, &token, APITOKEN_E_REVOKED, "owner");
}

/* They share the environment and its tables, but no verdict: each has seen for itself. */
static void another_handle_sees_for_itself(void **state) {
    struct fixture *f = *state;
    struct made_token token = create_until(f->store, "owner", FIXTURE_NOW + 1000);
    apitoken_store *second = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    for (int i = 0; i < LOOKS; i++) {
        assert_answer(f->store, &token, 0, "owner");
        assert_answer(second, &token, 0, "owner");
    }
    apitoken_store_close(second);
    assert_answer(f->store, &token, 0, "owner");
}

static void owners_of_any_length(void **state) {
    struct fixture *f = *state;
    static const size_t lens[] = { 1, 7, 8, 9, 79, 80, 81, APITOKEN_OWNER_MAX };
    for (size_t i = 0; i < COUNT(lens); i++) {
        char owner[APITOKEN_OWNER_MAX + 1] = "";
        memcpy(owner, long_text(lens[i]), lens[i]);
        struct made_token token = fixture_create(f->store, owner, "name", NULL);
        assert_answer(f->store, &token, 0, owner);
    }
}

/* More tokens than a table has places for, in turn and at random. */
static void more_tokens_than_places(void **state) {
    enum { TOKENS = 3000 };
    struct fixture *f = *state;
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    static const apitoken_batch_item *items[TOKENS];
    apitoken_batch *batch = NULL;
    char text[APITOKEN_FORMAT_MAX];
    size_t len;
    item.owner = item.name = "owner";
    item.owner_len = item.name_len = 5;
    for (size_t i = 0; i < TOKENS; i++) items[i] = &item;
    assert_code(apitoken_create_batch(f->store, items, TOKENS, NULL, &batch, NULL), 0);
    for (size_t i = 0; i < 4 * (size_t)TOKENS; i++) {
        size_t at = i < TOKENS ? i : i * i % TOKENS;
        apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
        assert_code(apitoken_batch_format(batch, at, APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text,
                                          &len, NULL),
                    0);
        assert_code(apitoken_validate(f->store, text, len, NULL, &verdict, NULL), 0);
        assert_string_equal(verdict.id, apitoken_batch_id(batch, at));
        assert_string_equal(verdict.owner, "owner");
    }
    apitoken_batch_free(batch);
}

/* Also once its own use was noted in that minute, when there is nothing to note. */
static void a_use_from_memory_leaves_those_of_others_alone(void **state) {
    struct fixture *f = *state;
    const int64_t minute = FIXTURE_NOW / 60000 * 60000;
    struct made_token first = fixture_create(f->store, "owner", "name", NULL),
                      second = fixture_create(f->store, "owner", "name", NULL);
    assert_code(check(f->store, &first), 0);
    for (int i = 0; i < LOOKS; i++) {
        assert_code(check(f->store, &second), 0);
        assert_true(last_used(f->store, &first) == minute);
        assert_true(last_used(f->store, &second) == minute);
    }
}

/* The place for its last use is remembered, too. */
static void a_use_from_memory_is_noted_in_the_tokens_own_place(void **state) {
    struct fixture *f = *state;
    struct made_token first = fixture_create(f->store, "owner", "name", NULL),
                      second = fixture_create(f->store, "owner", "name", NULL);
    for (int i = 0; i < LOOKS; i++) {
        f->now_ms = FIXTURE_NOW + i * INT64_C(60000);
        assert_code(check(f->store, &second), 0);
        assert_true(last_used(f->store, &second) == f->now_ms);
        assert_true(last_used(f->store, &first) == 0);
    }
}

/*
 * What a refused call asks for is no use; and one that was noted is noted once a minute, whatever
 * else came in between.
 */
static void a_use_in_the_minute_of_a_refusal_is_noted(void **state) {
    struct fixture *f = *state;
    const int64_t minute = (FIXTURE_NOW / 60000 + 1) * 60000;
    struct made_token token = create_until(f->store, "owner", minute + 1000);
    assert_answer(f->store, &token, 0, "owner");
    f->now_ms = minute + 1000;
    assert_answer(f->store, &token, APITOKEN_E_EXPIRED, "owner");
    assert_true(last_used(f->store, &token) < minute);
    f->now_ms = minute;
    for (int i = 0; i < LOOKS; i++) {
        assert_code(check(f->store, &token), 0);
        assert_true(last_used(f->store, &token) == minute);
    }
}

static void the_flag_of_open_turns_it_off(void **state) {
    struct fixture *f = *state;
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    opts.flags = APITOKEN_OPEN_NO_RECENT;
    opts.clock = fixture_clock;
    opts.clock_ctx = f;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &store, NULL), 0);
    assert_answer(store, &token, 0, "owner");
    struct made_token other_sum = token;
    other_sum.text[token.len - 1] = token.text[token.len - 1] == '1' ? '2' : '1';
    assert_code(check(store, &other_sum), APITOKEN_E_MALFORMED); /* every text is read */
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_answer(store, &token, APITOKEN_E_REVOKED, "owner");
    apitoken_store_close(store);
    opts.flags = APITOKEN_OPEN_ADMIN << 1; /* unknown */
    store = UNTOUCHED;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &store, NULL),
                APITOKEN_E_ABI);
    assert_ptr_equal(store, UNTOUCHED);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(a_remembered_answer_is_the_same),
        CASE(a_revoke_is_seen_by_the_next_call),
        CASE(the_end_is_judged_by_every_call),
        CASE(a_wrong_secret_is_refused_beside_the_right_one),
        CASE(no_text_that_is_nearly_the_same_is_familiar),
        CASE(a_later_state_is_looked_up),
        CASE(another_handle_sees_for_itself),
        CASE(owners_of_any_length),
        CASE(more_tokens_than_places),
        CASE(a_use_from_memory_is_noted_in_the_tokens_own_place),
        CASE(a_use_from_memory_leaves_those_of_others_alone),
        CASE(a_use_in_the_minute_of_a_refusal_is_noted),
        CASE(the_flag_of_open_turns_it_off),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
