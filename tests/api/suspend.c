/* SPDX-License-Identifier: MIT */
/* Tokens that are suspended, and resumed: by apitoken_update(). */
#include "life.h"

#include <stdio.h>
#include <string.h>

#include "cases.h"

#define SUSPENDED APITOKEN_E_SUSPENDED

static void a_suspended_token_is_refused_until_it_is_resumed(void **state) {
    struct fixture *f = *state;
    apitoken_store *verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY),
                   *second = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    apitoken_store *const stores[] = { verify, second, f->store };
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL),
                            other = fixture_create(f->store, "owner", "name", NULL);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT(stores); i++) assert_answers(stores[i], &token, 0);
        assert_code(suspend_token(f->store, &token, 1), 0);
        for (size_t i = 0; i < COUNT(stores); i++) assert_answers(stores[i], &token, SUSPENDED);
        for (size_t i = 0; i < COUNT(stores); i++) assert_answers(stores[i], &other, 0);
        assert_code(suspend_token(second, &token, 0), 0);
    }
    for (size_t i = 0; i < COUNT(stores); i++) assert_answers(stores[i], &token, 0);
    apitoken_store_close(verify);
    apitoken_store_close(second);
}

/* Also when the store is opened anew, and for the value of a header. */
static void a_suspension_is_stored(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    char value[APITOKEN_FORMAT_MAX + 8];
    int len = snprintf(value, sizeof value, "Bearer %s", token.text);
    assert_code(suspend_token(f->store, &token, 1), 0);
    apitoken_store_close(f->store);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_answers(f->store, &token, SUSPENDED);
    assert_code(apitoken_validate_header(f->store, value, (size_t)len, NULL, NULL, NULL),
                SUSPENDED);
    assert_code(suspend_token(f->store, &token, 0), 0);
    assert_code(apitoken_validate_header(f->store, value, (size_t)len, NULL, NULL, NULL), 0);
}

/* It tells whose token it is, as every denial with a right secret; to the client all are alike. */
static void a_suspension_is_told_to_the_host_alone(void **state) {
    struct fixture *f = *state;
    const struct made_token token = create_until(f->store, "owner", FIXTURE_NOW + HOUR);
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    assert_code(suspend_token(f->store, &token, 1), 0);
    assert_code(apitoken_validate(f->store, token.text, token.len, NULL, &verdict, NULL),
                SUSPENDED);
    assert_string_equal(verdict.id, token.id);
    assert_string_equal(verdict.owner, "owner");
    assert_true(verdict.expires_ms == FIXTURE_NOW + HOUR);
    assert_int_equal(apitoken_public_status(SUSPENDED), apitoken_public_status(APITOKEN_E_UNKNOWN));
    assert_string_equal(apitoken_public_error(SUSPENDED),
                        apitoken_public_error(APITOKEN_E_UNKNOWN));
    struct made_token wrong = token;
    spoil_secret(&wrong);
    assert_answers(f->store, &wrong, APITOKEN_E_UNKNOWN);
}

static void a_refusal_is_no_use(void **state) {
    struct fixture *f = *state;
    const struct made_token older = fixture_create(f->store, "owner", "name", NULL),
                            newest = rotate_for(f->store, &older, HOUR, 0);
    assert_code(suspend_token(f->store, &older, 1), 0);
    assert_answers(f->store, &older, SUSPENDED);
    assert_answers(f->store, &newest, SUSPENDED);
    const struct shown shown = shown_of(f->store, &older);
    assert_true(shown.last_used_ms == 0 && shown.last_used_older_ms == 0);
}

/* The strongest state counts; that it is suspended is shown beside it. */
static void a_suspension_is_stronger_than_an_end_and_weaker_than_a_revoke(void **state) {
    struct fixture *f = *state;
    const struct made_token token = create_until(f->store, "owner", FIXTURE_NOW + 1);
    assert_code(suspend_token(f->store, &token, 1), 0);
    assert_int_equal(shown_of(f->store, &token).state, APITOKEN_STATE_SUSPENDED);
    f->now_ms++;
    assert_answers(f->store, &token, SUSPENDED);
    assert_int_equal(shown_of(f->store, &token).state, APITOKEN_STATE_SUSPENDED);
    assert_code(suspend_token(f->store, &token, 0), 0); /* which revives nothing */
    assert_answers(f->store, &token, APITOKEN_E_EXPIRED);
    assert_int_equal(shown_of(f->store, &token).is_suspended, 0);
    assert_code(suspend_token(f->store, &token, 1), 0);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_answers(f->store, &token, APITOKEN_E_REVOKED);
    assert_int_equal(shown_of(f->store, &token).state, APITOKEN_STATE_REVOKED);
    assert_int_equal(shown_of(f->store, &token).is_suspended, 1);
    assert_code(suspend_token(f->store, &token, 0), APITOKEN_E_CHANGE_REVOKED);
}

static size_t count_listed(apitoken_store *store, uint32_t states) {
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    apitoken_page *page = NULL;
    opts.states = states;
    assert_code(apitoken_list(store, LIT("owner"), &opts, &page, NULL), 0);
    size_t count = apitoken_page_count(page);
    apitoken_page_free(page);
    return count;
}

static void a_list_filters_suspended_tokens(void **state) {
    struct fixture *f = *state;
    struct made_token made[4];
    for (size_t i = 0; i < COUNT(made); i++)
        made[i] = fixture_create(f->store, "owner", "name", NULL);
    assert_code(suspend_token(f->store, &made[0], 1), 0);
    assert_code(suspend_token(f->store, &made[1], 1), 0);
    assert_code(revoke_token(f->store, "owner", made[1].id), 0);
    assert_int_equal(count_listed(f->store, APITOKEN_STATE_SUSPENDED), 1);
    assert_int_equal(count_listed(f->store, APITOKEN_STATE_VALID), 2);
    assert_int_equal(count_listed(f->store, APITOKEN_STATE_REVOKED), 1);
    assert_int_equal(count_listed(f->store, APITOKEN_STATE_SUSPENDED | APITOKEN_STATE_VALID), 3);
    assert_int_equal(count_listed(f->store, APITOKEN_STATE_EXPIRED | APITOKEN_STATE_BLOCKED), 0);
    assert_int_equal(info_of(f->store).revoked, 1); /* what is suspended is not revoked */
}

/* Its text can still be copied: nothing else about it changes. */
static void a_suspended_token_can_be_copied(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(suspend_token(f->store, &token, 1), 0);
    assert_copies(f->store, &token);
    assert_code(suspend_token(f->store, &token, 0), 0);
    assert_answers(f->store, &token, 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(a_suspended_token_is_refused_until_it_is_resumed),
        CASE(a_suspension_is_stored),
        CASE(a_suspension_is_told_to_the_host_alone),
        CASE(a_refusal_is_no_use),
        CASE(a_suspension_is_stronger_than_an_end_and_weaker_than_a_revoke),
        CASE(a_list_filters_suspended_tokens),
        CASE_ALWAYS(a_suspended_token_can_be_copied),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
