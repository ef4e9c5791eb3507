/* SPDX-License-Identifier: MIT */
/* apitoken_revoke_all(): every token of an owner, in steps, but for one. */
#include "life.h"

#include <string.h>

#include "cases.h"

#define REVOKED APITOKEN_E_REVOKED
#define MANY 200 /* more than three steps */

static int revoke_all(apitoken_store *store, const struct made_token *except,
                      const apitoken_revoke_opts *opts, uint64_t *ret_count) {
    return apitoken_revoke_all(store, LIT("owner"), except ? except->id : NULL,
                               except ? APITOKEN_ID_LEN : 0, opts, ret_count, NULL);
}

static void make_tokens(apitoken_store *store, struct made_token *made, size_t count) {
    for (size_t i = 0; i < count; i++) made[i] = fixture_create(store, "owner", "name", NULL);
}

static void all_are_refused_at_once_and_no_others(void **state) {
    struct fixture *f = *state;
    apitoken_store *verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    struct made_token made[3];
    const struct made_token other = fixture_create(f->store, "own", "name", NULL),
                            longer = fixture_create(f->store, "owner2", "name", NULL);
    uint64_t count = 4711;
    make_tokens(f->store, made, COUNT(made));
    for (size_t i = 0; i < COUNT(made); i++) assert_answers(verify, &made[i], 0);
    assert_code(revoke_all(f->store, NULL, NULL, &count), 0);
    assert_int_equal(count, COUNT(made));
    for (size_t i = 0; i < COUNT(made); i++) assert_answers(verify, &made[i], REVOKED);
    assert_code(check(verify, &other), 0);
    assert_code(check(verify, &longer), 0);
    assert_int_equal(info_of(f->store).revoked, COUNT(made));
    apitoken_store_close(verify);
}

static void one_token_may_be_kept(void **state) {
    struct fixture *f = *state;
    struct made_token made[3];
    uint64_t count = 4711;
    make_tokens(f->store, made, COUNT(made));
    for (size_t i = 0; i < COUNT(made); i++) {
        const struct unchanged before = unchanged_of(f->store, &made[1]);
        assert_code(revoke_all(f->store, &made[1], NULL, &count), 0);
        assert_int_equal(count, i == 0 ? 2 : 0);
        assert_shown(f->store, &made[1], &before.shown);
    }
    assert_answers(f->store, &made[0], REVOKED);
    assert_answers(f->store, &made[1], 0);
    assert_answers(f->store, &made[2], REVOKED);
}

static void many_are_revoked_in_steps(void **state) {
    struct fixture *f = *state;
    static struct made_token made[MANY];
    uint64_t count = 4711;
    make_tokens(f->store, made, MANY);
    assert_code(revoke_token(f->store, "owner", made[70].id), 0);
    const uint64_t before = info_of(f->store).transaction;
    assert_code(revoke_all(f->store, &made[MANY - 1], NULL, &count), 0);
    assert_int_equal(count, MANY - 2);
    assert_int_equal(info_of(f->store).transaction, before + 4); /* of up to 64 */
    for (size_t i = 0; i < MANY - 1; i++) assert_code(check(f->store, &made[i]), REVOKED);
    assert_code(check(f->store, &made[MANY - 1]), 0);
    assert_int_equal(info_of(f->store).revoked, MANY - 1);
}

static void each_is_revoked_as_by_revoke(void **state) {
    struct fixture *f = *state;
    struct made_token made[2];
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.reason = "left";
    opts.reason_len = 4;
    opts.reason_code = APITOKEN_REASON_OWNER_GONE;
    opts.actor = "root";
    opts.actor_len = 4;
    make_tokens(f->store, made, COUNT(made));
    struct shown due[COUNT(made)];
    f->now_ms++;
    for (size_t i = 0; i < COUNT(made); i++) {
        due[i] = shown_of(f->store, &made[i]);
        memcpy(due[i].reason, "left", sizeof "left");
        due[i].reason_code = APITOKEN_REASON_OWNER_GONE;
        due[i].revoked_ms = f->now_ms;
        due[i].state = APITOKEN_STATE_REVOKED;
        due[i].is_copyable = 0;
        due[i].revision++;
    }
    assert_code(revoke_all(f->store, NULL, &opts, NULL), 0);
    for (size_t i = 0; i < COUNT(made); i++) assert_shown(f->store, &made[i], &due[i]);
    /* a second one keeps the first time and reason, unless it makes them final */
    uint64_t count = 4711, transaction = info_of(f->store).transaction;
    opts.reason_code = APITOKEN_REASON_SUPERSEDED;
    f->now_ms++;
    assert_code(revoke_all(f->store, NULL, &opts, &count), 0);
    assert_int_equal(count, 0);
    assert_int_equal(info_of(f->store).transaction, transaction);
    opts.reason_code = APITOKEN_REASON_EXPOSED;
    assert_code(revoke_all(f->store, &made[1], &opts, &count), 0);
    assert_int_equal(count, 1);
    assert_shown(f->store, &made[1], &due[1]);
    due[0].reason_code = APITOKEN_REASON_EXPOSED;
    due[0].revision++;
    assert_shown(f->store, &made[0], &due[0]);
    opts.reason_code = 0;
    opts.flags = APITOKEN_REVOKE_FINAL;
    assert_code(revoke_all(f->store, NULL, &opts, &count), 0);
    assert_int_equal(count, 1); /* the other one is final already */
}

static void an_owner_without_tokens_has_none_revoked(void **state) {
    struct fixture *f = *state;
    uint64_t count = 4711, before = info_of(f->store).transaction;
    assert_code(revoke_all(f->store, NULL, NULL, &count), 0);
    assert_int_equal(count, 0);
    assert_int_equal(info_of(f->store).transaction, before);
}

/* Whether it is suspended, expired or of an owner who is blocked. */
static void whatever_state_a_token_has(void **state) {
    struct fixture *f = *state;
    const struct made_token made[] = { fixture_create(f->store, "owner", "name", NULL),
                                       create_until(f->store, "owner", FIXTURE_NOW + 1) };
    uint64_t count;
    assert_code(suspend_token(f->store, &made[0], 1), 0);
    assert_code(block_owner(f->store, "owner"), 0);
    f->now_ms++;
    assert_code(revoke_all(f->store, NULL, NULL, &count), 0);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < COUNT(made); i++) assert_answers(f->store, &made[i], REVOKED);
}

/* ---- what is refused ------------------------------------------------------------------------- */

/* At the end: owner and length, exception and length. */
#define REFUSED(due_code, due_field, opts, ...)                                         \
    do {                                                                                \
        apitoken_error err_ = APITOKEN_ERROR_INIT;                                      \
        uint64_t count_ = 4711;                                                         \
        assert_code(apitoken_revoke_all(f->store, __VA_ARGS__, (opts), &count_, &err_), \
                    (due_code));                                                        \
        assert_field(&err_, (due_code), (due_field), 0);                                \
        assert_int_equal(count_, 4711);                                                 \
        assert_unchanged(f->store, &token, &before);                                    \
    } while (0)
#define NONE NULL, 0
#define OWNER LIT("owner")

static void bad_input_revokes_nothing(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL),
                            other = fixture_create(f->store, "other", "name", NULL);
    const struct unchanged before = unchanged_of(f->store, &token);
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    REFUSED(APITOKEN_E_OWNER, APITOKEN_FIELD_OWNER, NULL, "", 0, NONE);
    REFUSED(APITOKEN_E_OWNER, APITOKEN_FIELD_OWNER, NULL, LIT("\xFF"), NONE);
    REFUSED(APITOKEN_E_ID, APITOKEN_FIELD_ID, NULL, OWNER, LIT("short"));
    REFUSED(APITOKEN_E_ID, APITOKEN_FIELD_ID, NULL, OWNER, "", 0);
    REFUSED(APITOKEN_E_ARGUMENT, APITOKEN_FIELD_ID, NULL, OWNER, NULL, 12);
    REFUSED(APITOKEN_E_NOT_FOUND, 0, NULL, OWNER, LIT("0123456789AB"));
    REFUSED(APITOKEN_E_NOT_FOUND, 0, NULL, OWNER, other.id, APITOKEN_ID_LEN);
    opts.reason = "\n";
    opts.reason_len = 1;
    REFUSED(APITOKEN_E_REASON, APITOKEN_FIELD_REASON, &opts, OWNER, NONE);
    opts = (apitoken_revoke_opts)APITOKEN_REVOKE_OPTS_INIT;
    opts.actor = "\n";
    opts.actor_len = 1;
    REFUSED(APITOKEN_E_ACTOR, APITOKEN_FIELD_ACTOR, &opts, OWNER, NONE);
    opts = (apitoken_revoke_opts)APITOKEN_REVOKE_OPTS_INIT;
    opts.reason_code = 5;
    assert_code(revoke_all(f->store, NULL, &opts, NULL), APITOKEN_E_REASON_CODE);
    f->now_ms = -1;
    assert_code(revoke_all(f->store, NULL, NULL, NULL), APITOKEN_E_CLOCK);
    f->now_ms = FIXTURE_NOW;
    assert_unchanged(f->store, &token, &before);
}

static void a_handle_that_only_verifies_revokes_nothing(void **state) {
    struct fixture *f = *state;
    apitoken_store *verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(revoke_all(verify, NULL, NULL, NULL), APITOKEN_E_VERIFY_ONLY);
    assert_code(check(f->store, &token), 0);
    apitoken_store_close(verify);
}

/* ---- damage ---------------------------------------------------------------------------------- */

/* A token that no validate accepts, until it is whole again. */
static void assert_all_but_damaged(struct fixture *f, size_t damaged) {
    static struct made_token made[MANY];
    apitoken_error err = APITOKEN_ERROR_INIT;
    make_tokens(f->store, made, MANY);
    flip_hot(f, &made[damaged]);
    int rc = apitoken_revoke_all(f->store, LIT("owner"), NULL, 0, NULL, NULL, &err);
    assert_code(rc, APITOKEN_E_DAMAGED);
    assert_code(err.code, APITOKEN_E_DAMAGED);
    assert_string_equal(err.id, made[damaged].id);
    for (size_t i = 0; i < MANY; i++)
        if (i != damaged) assert_code(check(f->store, &made[i]), REVOKED);
    flip_hot(f, &made[damaged]); /* whole again */
    assert_code(revoke_all(f->store, NULL, NULL, NULL), 0);
    assert_code(check(f->store, &made[damaged]), REVOKED);
}

static void a_damaged_record_keeps_no_other_token(void **state) {
    static const size_t places[] = { 0, 63, 100, MANY - 1 };
    for (size_t i = 0; i < COUNT(places); i++) assert_all_but_damaged(*state, places[i]);
}

/* More of them than fit in a step. */
static void tokens_with_damaged_rows_are_revoked_as_well(void **state) {
    struct fixture *f = *state;
    static struct made_token made[MANY];
    uint64_t count = 4711;
    make_tokens(f->store, made, MANY);
    for (size_t i = 50; i < MANY; i++) flip_row(f, &made[i]);
    assert_code(revoke_all(f->store, NULL, NULL, &count), 0);
    assert_int_equal(count, MANY);
    for (size_t i = 0; i < MANY; i++) assert_code(check(f->store, &made[i]), REVOKED);
    assert_int_equal(info_of(f->store).revoked, MANY);
    const uint64_t before = info_of(f->store).transaction;
    assert_code(revoke_all(f->store, NULL, NULL, &count), 0);
    assert_int_equal(count, 0);
    assert_int_equal(info_of(f->store).transaction, before);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), APITOKEN_E_DAMAGED);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(all_are_refused_at_once_and_no_others),
        CASE(one_token_may_be_kept),
        CASE(many_are_revoked_in_steps),
        CASE_ALWAYS(each_is_revoked_as_by_revoke),
        CASE(an_owner_without_tokens_has_none_revoked),
        CASE_ADMIN(whatever_state_a_token_has),
        CASE(bad_input_revokes_nothing),
        CASE(a_handle_that_only_verifies_revokes_nothing),
        CASE(a_damaged_record_keeps_no_other_token),
        CASE(tokens_with_damaged_rows_are_revoked_as_well),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
