/* SPDX-License-Identifier: MIT */
/* Commits that fail, that fail although they were made, or whose outcome is unknown. */
#include "faulty.h"

#include <errno.h>
#include <string.h>

#include "cases.h"

static void a_commit_that_failed_changed_nothing(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    static const struct {
        int os_code, code;
    } cases[] = { { EIO, APITOKEN_E_IO },
                  { ENOSPC, APITOKEN_E_DISK_FULL },
                  { ENOMEM, APITOKEN_E_NOMEM } };
    for (size_t i = 0; i < COUNT(cases); i++) {
        fault.commit = cases[i].os_code;
        assert_code(try_create(f->store, "owner", "name", NULL), cases[i].code);
        assert_code(revoke_token(f->store, "owner", token.id), cases[i].code);
        all_well();
        assert_code(check(f->store, &token), 0);
        assert_int_equal(count_rows(f->store, "owner"), 1);
    }
    assert_code(revoke_token(f->store, "owner", token.id), 0); /* repeating it is right */
    assert_code(check(f->store, &token), APITOKEN_E_REVOKED);
}

static void a_commit_that_was_made_after_all_is_a_success(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    fault.commit = EIO;
    fault.commit_anyway = 1;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    all_well();
    assert_code(check(f->store, &token), 0);
    fault.commit = EIO;
    fault.commit_anyway = 1;
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    all_well();
    assert_code(check(f->store, &token), APITOKEN_E_REVOKED);
    assert_int_equal(count_rows(f->store, "owner"), 1);
}

/* Nobody can look: the detail names the id, by which it can be found out later. */
static void a_commit_that_nobody_can_read_may_have_been_made(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    for (int was_made = 0; was_made <= 1; was_made++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        apitoken_secret *secret = UNTOUCHED;
        apitoken_token *row = NULL;
        fault.commit = fault.renew = EIO;
        fault.commit_anyway = was_made;
        assert_code(apitoken_create(f->store, LIT("owner"), LIT("name"), NULL, &secret, &err),
                    APITOKEN_E_MAYBE);
        all_well();
        assert_ptr_equal(secret, UNTOUCHED);
        assert_code(err.code, APITOKEN_E_MAYBE);
        assert_int_equal(err.os_code, EIO);
        assert_int_equal(strlen(err.id), APITOKEN_ID_LEN);
        assert_code(apitoken_show(f->store, LIT("owner"), err.id, strlen(err.id), NULL, &row, NULL),
                    was_made ? 0 : APITOKEN_E_NOT_FOUND);
        apitoken_token_free(row);
        if (was_made) assert_code(revoke_token(f->store, "owner", err.id), 0);
    }
}

/* It stands there, but may be gone after the next cut of the power. */
static void a_commit_that_was_made_but_not_synced_is_a_maybe(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_error err = APITOKEN_ERROR_INIT;
    fault.commit = fault.sync = EIO;
    fault.commit_anyway = 1;
    assert_code(apitoken_revoke(f->store, LIT("owner"), token.id, strlen(token.id), NULL, &err),
                APITOKEN_E_MAYBE);
    assert_code(err.code, APITOKEN_E_MAYBE);
    assert_int_equal(err.os_code, EIO);
    assert_string_equal(err.id, token.id);
    all_well();
    assert_code(revoke_token(f->store, "owner", token.id), 0);
}

/*
 * Who repeats a revoke may do so because the first one's process died before its sync: it is
 * durable, or it is no success.
 */
static void a_repeated_revoke_is_durable_or_fails(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    fault.sync = EIO;
    assert_code(revoke_token(f->store, "owner", token.id), APITOKEN_E_IO);
    fault.sync = ENOSPC;
    assert_code(revoke_token(f->store, "owner", token.id), APITOKEN_E_DISK_FULL);
    all_well();
    assert_code(revoke_token(f->store, "owner", token.id), 0);
}

/* Nobody knows whether a create would leave the reserve; a revoke needs none of it. */
static void where_the_spare_space_cannot_be_read_only_revokes_go_on(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_secret *secret = UNTOUCHED;
    fault.renew = EIO;
    fault.renew_at_once = 1;
    int made = apitoken_create(f->store, LIT("owner"), LIT("name"), NULL, &secret, &err);
    int revoked = revoke_token(f->store, "owner", token.id);
    all_well();
    assert_code(made, APITOKEN_E_IO);
    assert_code(err.code, APITOKEN_E_IO);
    assert_ptr_equal(secret, UNTOUCHED);
    assert_code(revoked, 0);
    assert_code(check(f->store, &token), APITOKEN_E_REVOKED);
    assert_int_equal(count_rows(f->store, "owner"), 1);
}

/* What a fresh handle says of the token is what this one said, and the store goes on. */
static void assert_settled(struct fixture *f, const struct made_token *token, int verdict) {
    assert_code(check(f->store, token), verdict);
    (void)fixture_create(f->store, "next", "name", NULL);
    apitoken_store_close(f->store);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(check(f->store, token), verdict);
}

/*
 * After a failed meta page write the disk may hold the old state or the new one, and LMDB answers
 * no call of this process any more. The library finds out which, whatever page the trees' roots
 * have moved to, and the answer stays true.
 */
static void a_meta_page_write_that_failed_is_settled(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    for (int i = 0; i < 24; i++) {
        const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
        fault.meta_writes = 1;
        fault.meta_anyway = i % 2;
        int rc = revoke_token(f->store, "owner", token.id);
        all_well();
        if (rc != 0) assert_code(rc, APITOKEN_E_IO);
        assert_settled(f, &token, rc == 0 ? APITOKEN_E_REVOKED : 0);
        assert_code(revoke_token(f->store, "owner", token.id), 0);
    }
}

/*
 * If that cannot be found out either, nobody claims to know; when the disk is well again the store
 * opens and the token is as it is.
 */
static void a_disk_that_goes_on_failing_leaves_a_maybe(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_error err = APITOKEN_ERROR_INIT;
    fault.meta_writes = 1000;
    assert_code(apitoken_revoke(f->store, LIT("owner"), token.id, strlen(token.id), NULL, &err),
                APITOKEN_E_MAYBE);
    assert_string_equal(err.id, token.id);
    all_well();
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_settled(f, &token, APITOKEN_E_REVOKED);
}

/* Until the meta page is written anew, what is seen need not be what stays. */
static void a_state_that_could_not_be_written_anew_is_a_maybe(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    for (int was_made = 0; was_made <= 1; was_made++) {
        const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
        fault.meta_writes = 1;
        fault.meta_anyway = was_made;
        fault.commit = EIO;
        fault.commit_first = 2; /* the one whose meta page fails, and that of the open */
        int rc = revoke_token(f->store, "owner", token.id);
        int is_committed = fault.is_committed;
        all_well();
        assert_true(is_committed);
        assert_code(rc, APITOKEN_E_MAYBE);
        assert_code(revoke_token(f->store, "owner", token.id), 0);
        assert_settled(f, &token, APITOKEN_E_REVOKED);
    }
}

/*
 * After a commit that failed LMDB's environment has to be opened anew. If that fails, too, the next
 * write tries it again.
 */
static void an_environment_that_cannot_be_opened_anew_is_later(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    fault.meta_writes = 1;
    fault.trees = EIO;
    assert_code(revoke_token(f->store, "owner", token.id), APITOKEN_E_MAYBE);
    /* denied until then, whatever became of the revoke */
    assert_code(check(f->store, &token), APITOKEN_E_IO);
    all_well();
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_settled(f, &token, APITOKEN_E_REVOKED);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        FAULT_CASE(a_commit_that_failed_changed_nothing),
        FAULT_CASE(a_commit_that_was_made_after_all_is_a_success),
        FAULT_CASE(a_meta_page_write_that_failed_is_settled),
        FAULT_CASE(a_disk_that_goes_on_failing_leaves_a_maybe),
        FAULT_CASE(a_state_that_could_not_be_written_anew_is_a_maybe),
        FAULT_CASE(a_commit_that_nobody_can_read_may_have_been_made),
        FAULT_CASE(an_environment_that_cannot_be_opened_anew_is_later),
        FAULT_CASE(a_commit_that_was_made_but_not_synced_is_a_maybe),
        FAULT_CASE(a_repeated_revoke_is_durable_or_fails),
        FAULT_CASE(where_the_spare_space_cannot_be_read_only_revokes_go_on),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
