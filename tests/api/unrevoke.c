/* SPDX-License-Identifier: MIT */
/* apitoken_unrevoke(): what can be undone, for how long, by whom, and what comes back. */
#include "life.h"

#include <string.h>

#include "cases.h"

#define REVOKED APITOKEN_E_REVOKED
#define FINAL APITOKEN_REVOKE_FINAL

static int unrevoke_with(apitoken_store *store, const struct made_token *token,
                         const apitoken_unrevoke_opts *opts, apitoken_error *err) {
    return apitoken_unrevoke(store, LIT("owner"), token->id, APITOKEN_ID_LEN, opts, err);
}

static int unrevoke(apitoken_store *store, const struct made_token *token) {
    return unrevoke_with(store, token, NULL, NULL);
}

static void revoke_as(apitoken_store *store, const struct made_token *token, uint32_t code,
                      uint32_t flags) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.reason_code = code;
    opts.flags = flags;
    assert_code(apitoken_revoke(store, LIT("owner"), token->id, APITOKEN_ID_LEN, &opts, NULL), 0);
}

static void set_undo(apitoken_store *store, int64_t undo_ms) {
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    policy.undo_ms = undo_ms;
    assert_code(set_policy(store, APITOKEN_POLICY_UNDO, &policy), 0);
}

/* Refused: nothing is changed, and the token stays revoked. */
static void assert_no_undo(apitoken_store *store, const struct made_token *token, int code) {
    const struct unchanged before = unchanged_of(store, token);
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_code(unrevoke_with(store, token, NULL, &err), code);
    assert_code(err.code, code);
    assert_unchanged(store, token, &before);
    assert_answers(store, token, REVOKED);
}

/* ---- what comes back ------------------------------------------------------------------------- */

static void the_token_is_valid_again_on_every_handle(void **state) {
    struct fixture *f = *state;
    apitoken_store *verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    struct shown due = shown_of(f->store, &token);
    for (int round = 1; round < 4; round++) {
        assert_code(revoke_token(f->store, "owner", token.id), 0);
        assert_answers(verify, &token, REVOKED);
        assert_int_equal(info_of(f->store).revoked, 1);
        assert_code(unrevoke(f->store, &token), 0);
        assert_answers(verify, &token, 0);
        assert_int_equal(info_of(f->store).revoked, 0);
        due.revision += 2;
        due.last_used_ms = shown_of(f->store, &token).last_used_ms;
        due.is_copyable = 0;
        assert_shown(f->store, &token, &due);
    }
    apitoken_store_close(verify);
}

static void older_secret_and_copy_are_gone(void **state) {
    struct fixture *f = *state;
    const struct made_token older = fixture_create(f->store, "owner", "name", NULL),
                            newest = rotate_for(f->store, &older, HOUR, 0);
    char buf[APITOKEN_FORMAT_MAX];
    size_t len;
    assert_answers(f->store, &older, 0);
    assert_copies(f->store, &newest);
    assert_code(revoke_token(f->store, "owner", older.id), 0);
    assert_code(unrevoke(f->store, &older), 0);
    assert_answers(f->store, &newest, 0);
    assert_answers(f->store, &older, APITOKEN_E_UNKNOWN);
    assert_int_equal(shown_of(f->store, &newest).is_copyable, 0);
    assert_true(apitoken_copy(f->store, LIT("owner"), newest.id, APITOKEN_ID_LEN,
                              APITOKEN_FORMAT_PLAIN, NULL, buf, sizeof buf, &len, NULL) < 0);
}

static void what_is_not_revoked_stays_as_it_is(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    const struct unchanged before = unchanged_of(f->store, &token);
    assert_code(unrevoke(f->store, &token), 0);
    assert_unchanged(f->store, &token, &before);
}

static void a_suspended_or_expired_token_is_that_again(void **state) {
    struct fixture *f = *state;
    const struct made_token suspended = fixture_create(f->store, "owner", "name", NULL),
                            expired = create_until(f->store, "owner", FIXTURE_NOW + 1);
    assert_code(suspend_token(f->store, &suspended, 1), 0);
    revoke_as(f->store, &suspended, 0, 0);
    revoke_as(f->store, &expired, 0, 0);
    f->now_ms++;
    assert_code(unrevoke(f->store, &suspended), 0);
    assert_code(unrevoke(f->store, &expired), 0);
    assert_answers(f->store, &suspended, APITOKEN_E_SUSPENDED);
    assert_answers(f->store, &expired, APITOKEN_E_EXPIRED);
    assert_code(suspend_token(f->store, &suspended, 0), 0);
    assert_answers(f->store, &suspended, 0);
}

/* Whether the block came before the revoke or after it. */
static void under_a_block_it_comes_back_blocked(void **state) {
    struct fixture *f = *state;
    const struct made_token before = fixture_create(f->store, "owner", "name", NULL),
                            after = fixture_create(f->store, "owner", "name", NULL);
    revoke_as(f->store, &before, 0, 0);
    assert_code(block_owner(f->store, "owner"), 0);
    revoke_as(f->store, &after, 0, 0);
    assert_code(unrevoke(f->store, &before), 0);
    assert_code(unrevoke(f->store, &after), 0);
    assert_answers(f->store, &before, APITOKEN_E_BLOCKED);
    assert_answers(f->store, &after, APITOKEN_E_BLOCKED);
    assert_code(unblock_owner(f->store, "owner"), 0);
    assert_answers(f->store, &before, 0);
    assert_answers(f->store, &after, 0);
}

/* An unblock that could not end has passed the token by: nobody would free it. */
static void during_an_unblock_it_comes_back_free(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL),
                            damaged = fixture_create(f->store, "owner", "name", NULL);
    revoke_as(f->store, &token, 0, 0);
    assert_code(block_owner(f->store, "owner"), 0);
    flip_hot(f, &damaged);
    assert_code(unblock_owner(f->store, "owner"), APITOKEN_E_DAMAGED);
    assert_code(unrevoke(f->store, &token), 0);
    assert_code(check(f->store, &token), 0);
}

/* ---- what cannot be undone ------------------------------------------------------------------- */

static void an_undo_is_possible_for_an_hour(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    revoke_as(f->store, &token, 0, 0);
    f->now_ms += HOUR;
    assert_no_undo(f->store, &token, APITOKEN_E_UNDO);
    f->now_ms--;
    assert_code(unrevoke(f->store, &token), 0);
    assert_answers(f->store, &token, 0);
}

/* A second revoke does not begin the time anew. */
static void the_first_revoke_counts(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    revoke_as(f->store, &token, 0, 0);
    f->now_ms += HOUR / 2;
    revoke_as(f->store, &token, 0, 0);
    f->now_ms += HOUR / 2;
    assert_no_undo(f->store, &token, APITOKEN_E_UNDO);
}

static void a_final_or_exposed_one_is_never_undone(void **state) {
    struct fixture *f = *state;
    static const struct {
        uint32_t first_code, first_flags, second_code, second_flags;
    } rows[] = {
        { 0, FINAL, 0, 0 },
        { APITOKEN_REASON_EXPOSED, 0, 0, 0 },
        { 0, 0, 0, FINAL },
        { APITOKEN_REASON_SUPERSEDED, 0, APITOKEN_REASON_EXPOSED, 0 },
        { APITOKEN_REASON_ADMINISTRATOR, FINAL, 0, 0 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
        revoke_as(f->store, &token, rows[i].first_code, rows[i].first_flags);
        revoke_as(f->store, &token, rows[i].second_code, rows[i].second_flags);
        assert_no_undo(f->store, &token, APITOKEN_E_UNDO);
    }
}

static void what_an_administrator_did_only_one_undoes(void **state) {
    struct fixture *f = *state;
    static const struct {
        uint32_t code;
        int due;
    } rows[] = {
        { APITOKEN_REASON_UNSPECIFIED, 0 },
        { APITOKEN_REASON_SUPERSEDED, 0 },
        { APITOKEN_REASON_OWNER_GONE, APITOKEN_E_ADMIN },
        { APITOKEN_REASON_ADMINISTRATOR, APITOKEN_E_ADMIN },
    };
    apitoken_store *plain = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
        revoke_as(plain, &token, rows[i].code, 0);
        if (rows[i].due) assert_no_undo(plain, &token, rows[i].due);
        assert_code(unrevoke(rows[i].due ? f->store : plain, &token), 0);
        assert_answers(plain, &token, 0);
    }
    apitoken_store_close(plain);
}

/* ---- the policy ------------------------------------------------------------------------------ */

static void a_shorter_time_holds_for_what_is_revoked(void **state) {
    struct fixture *f = *state;
    apitoken_store *other = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    revoke_as(other, &token, 0, 0);
    f->now_ms += 10 * MINUTE;
    set_undo(f->store, 10 * MINUTE);
    assert_no_undo(other, &token, APITOKEN_E_UNDO);
    set_undo(f->store, 10 * MINUTE + 1);
    assert_code(unrevoke(other, &token), 0);
    apitoken_store_close(other);
}

static void a_longer_time_revives_nothing(void **state) {
    struct fixture *f = *state;
    apitoken_store *other = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    const struct made_token before = fixture_create(f->store, "owner", "name", NULL),
                            after = fixture_create(f->store, "owner", "name", NULL);
    revoke_as(other, &before, 0, 0);
    set_undo(f->store, DAY);
    revoke_as(other, &after, 0, 0);
    f->now_ms += HOUR;
    assert_no_undo(other, &before, APITOKEN_E_UNDO);
    f->now_ms += 23 * HOUR - 1;
    assert_code(unrevoke(other, &after), 0);
    apitoken_store_close(other);
}

static void without_a_time_nothing_is_undone(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    set_undo(f->store, 0);
    revoke_as(f->store, &token, 0, 0);
    assert_no_undo(f->store, &token, APITOKEN_E_UNDO);
    set_undo(f->store, HOUR);
    assert_no_undo(f->store, &token, APITOKEN_E_UNDO);
}

static void the_most_live_tokens_are_not_exceeded(void **state) {
    struct fixture *f = *state;
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL),
                            expired = create_until(f->store, "owner", FIXTURE_NOW + 1);
    revoke_as(f->store, &token, 0, 0);
    revoke_as(f->store, &expired, 0, 0);
    f->now_ms++;
    policy.max_live = 1;
    assert_code(set_policy(f->store, APITOKEN_POLICY_MAX_LIVE, &policy), 0);
    const struct made_token second = fixture_create(f->store, "owner", "name", NULL);
    assert_no_undo(f->store, &token, APITOKEN_E_LIVE_LIMIT);
    assert_code(unrevoke(f->store, &expired), 0); /* it is not live */
    revoke_as(f->store, &second, 0, 0);
    assert_code(unrevoke(f->store, &token), 0);
    assert_no_undo(f->store, &second, APITOKEN_E_LIVE_LIMIT);
}

/* ---- what is refused ------------------------------------------------------------------------- */

#define REFUSED(due_code, due_field, opts, ...)                                           \
    do {                                                                                  \
        apitoken_error err_ = APITOKEN_ERROR_INIT;                                        \
        assert_code(apitoken_unrevoke(f->store, __VA_ARGS__, (opts), &err_), (due_code)); \
        assert_field(&err_, (due_code), (due_field), 0);                                  \
        assert_unchanged(f->store, &token, &before);                                      \
    } while (0)

static void bad_input_undoes_nothing(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    revoke_as(f->store, &token, 0, 0);
    const struct unchanged before = unchanged_of(f->store, &token);
    apitoken_unrevoke_opts opts = APITOKEN_UNREVOKE_OPTS_INIT;
    REFUSED(APITOKEN_E_OWNER, APITOKEN_FIELD_OWNER, NULL, "", 0, token.id, APITOKEN_ID_LEN);
    REFUSED(APITOKEN_E_ID, APITOKEN_FIELD_ID, NULL, LIT("owner"), LIT("short"));
    REFUSED(APITOKEN_E_ARGUMENT, APITOKEN_FIELD_ID, NULL, LIT("owner"), NULL, 12);
    REFUSED(APITOKEN_E_NOT_FOUND, 0, NULL, LIT("owner"), LIT("0123456789AB"));
    REFUSED(APITOKEN_E_NOT_FOUND, 0, NULL, LIT("other"), token.id, APITOKEN_ID_LEN);
    opts.actor = "\n";
    opts.actor_len = 1;
    REFUSED(APITOKEN_E_ACTOR, APITOKEN_FIELD_ACTOR, &opts, LIT("owner"), token.id, APITOKEN_ID_LEN);
    f->now_ms = -1;
    assert_code(unrevoke(f->store, &token), APITOKEN_E_CLOCK);
    f->now_ms = FIXTURE_NOW;
    assert_unchanged(f->store, &token, &before);
}

static void a_handle_that_only_verifies_undoes_nothing(void **state) {
    struct fixture *f = *state;
    apitoken_store *verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    revoke_as(f->store, &token, 0, 0);
    assert_code(unrevoke(verify, &token), APITOKEN_E_VERIFY_ONLY);
    assert_answers(verify, &token, REVOKED);
    apitoken_store_close(verify);
}

/* A revoke repairs records that contradict each other; an undo never builds upon damage. */
static void a_damaged_token_stays_revoked(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    revoke_as(f->store, &token, 0, 0);
    flip_row(f, &token);
    assert_code(unrevoke(f->store, &token), APITOKEN_E_DAMAGED);
    assert_code(check(f->store, &token), REVOKED);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(the_token_is_valid_again_on_every_handle),
        CASE_ALWAYS(older_secret_and_copy_are_gone),
        CASE(what_is_not_revoked_stays_as_it_is),
        CASE(a_suspended_or_expired_token_is_that_again),
        CASE_ADMIN(under_a_block_it_comes_back_blocked),
        CASE_ADMIN(during_an_unblock_it_comes_back_free),
        CASE(an_undo_is_possible_for_an_hour),
        CASE(the_first_revoke_counts),
        CASE(a_final_or_exposed_one_is_never_undone),
        CASE_ADMIN(what_an_administrator_did_only_one_undoes),
        CASE_ADMIN(a_shorter_time_holds_for_what_is_revoked),
        CASE_ADMIN(a_longer_time_revives_nothing),
        CASE_ADMIN(without_a_time_nothing_is_undone),
        CASE_ADMIN(the_most_live_tokens_are_not_exceeded),
        CASE(bad_input_undoes_nothing),
        CASE(a_handle_that_only_verifies_undoes_nothing),
        CASE(a_damaged_token_stays_revoked),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
