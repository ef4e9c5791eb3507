/* SPDX-License-Identifier: MIT */
/* Commits that fail, that fail although they were made, or whose outcome is unknown. */
#include "faulty.h"
#include "life.h"

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
    const apitoken_rotate_opts rotate = APITOKEN_ROTATE_OPTS_INIT;
    struct made_token none;
    assert_code(check(f->store, &token), 0); /* its last use */
    const struct unchanged before = unchanged_of(f->store, &token);
    for (size_t i = 0; i < COUNT(cases); i++) {
        fault.commit = cases[i].os_code;
        assert_code(try_create(f->store, "owner", "name", NULL), cases[i].code);
        assert_code(revoke_token(f->store, "owner", token.id), cases[i].code);
        assert_code(suspend_token(f->store, &token, 1), cases[i].code);
        assert_code(rotate_token(f->store, &token, &rotate, &none, NULL), cases[i].code);
        all_well();
        assert_unchanged(f->store, &token, &before);
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
    const struct made_token newest = rotate_for(f->store, &token, 0, 0);
    all_well();
    assert_code(check(f->store, &token), APITOKEN_E_UNKNOWN);
    assert_code(check(f->store, &newest), 0);
    fault.commit = EIO;
    fault.commit_anyway = 1;
    assert_code(suspend_token(f->store, &token, 1), 0);
    all_well();
    assert_code(check(f->store, &newest), APITOKEN_E_SUSPENDED);
    fault.commit = EIO;
    fault.commit_anyway = 1;
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    all_well();
    assert_code(check(f->store, &newest), APITOKEN_E_REVOKED);
    assert_int_equal(count_rows(f->store, "owner"), 1);
}

/*
 * A rotate whose answer was lost, made or not, is repaired by another one that keeps the older
 * secret: whoever has that one goes on with it, and nobody has the one that was lost.
 */
static void a_rotate_that_may_have_been_made_is_repaired(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    for (int was_made = 0; was_made <= 1; was_made++) {
        const struct made_token older = fixture_create(f->store, "owner", "name", NULL);
        apitoken_rotate_opts opts = APITOKEN_ROTATE_OPTS_INIT;
        apitoken_error err = APITOKEN_ERROR_INIT;
        struct made_token newest;
        f->now_ms = FIXTURE_NOW;
        opts.grace_ms = HOUR;
        fault.commit = fault.renew = EIO;
        fault.commit_anyway = was_made;
        assert_code(rotate_token(f->store, &older, &opts, &newest, &err), APITOKEN_E_MAYBE);
        all_well();
        assert_int_equal(err.os_code, EIO);
        assert_string_equal(err.id, older.id);
        assert_code(check(f->store, &older), 0);
        f->now_ms += MINUTE;
        opts.flags = APITOKEN_ROTATE_KEEP_OLDER;
        assert_code(rotate_token(f->store, &older, &opts, &newest, NULL), 0);
        assert_code(check(f->store, &newest), 0);
        assert_true(superseded_until(f->store, &older) ==
                    FIXTURE_NOW + HOUR + (was_made ? 0 : MINUTE));
        assert_int_equal(shown_of(f->store, &older).revision, was_made ? 3 : 2);
    }
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

/* A host that goes on validating: what it asks often is remembered. */
struct asked {
    const struct fixture *f;
    struct made_token token;
};

static void ask_often(void *ctx) {
    const struct asked *asked = ctx;
    for (int i = 0; i < 4; i++) (void)check(asked->f->store, &asked->token);
}

/* LMDB answers no call then, and neither does what is remembered. */
static void a_disk_that_goes_on_failing_denies_what_is_remembered(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    struct asked asked = { f, fixture_create(f->store, "owner", "other", NULL) };
    ask_often(&asked);
    fault.meta_writes = 1000;
    fault.meta_meanwhile = ask_often;
    fault.meta_ctx = &asked;
    assert_code(revoke_token(f->store, "owner", token.id), APITOKEN_E_MAYBE);
    all_well();
    for (int i = 0; i < 3; i++) assert_code(check(f->store, &asked.token), APITOKEN_E_IO);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_code(check(f->store, &asked.token), 0);
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

/* ---- the size of a store --------------------------------------------------------------------- */

#define MIB (UINT64_C(1) << 20)

static int grow(const struct fixture *f, uint64_t map_bytes, apitoken_error *err) {
    return apitoken_store_grow(f->store_path, f->keyring, map_bytes, FIXTURE_GROW, err);
}

static uint64_t size_of(const struct fixture *f) { return info_of(f->store).map_bytes; }

/* A grow is a change like any other: it was made, it was not, or nobody can tell. */
static void a_grow_is_settled_as_a_change_is(void **state) {
    struct fixture *f = *state;
    uint64_t size = 1024 * MIB;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    for (int was_made = 0; was_made <= 1; was_made++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        fault.commit = ENOSPC;
        fault.commit_anyway = was_made;
        assert_code(grow(f, size + MIB, NULL), was_made ? 0 : APITOKEN_E_DISK_FULL);
        all_well();
        size += was_made ? MIB : 0;
        assert_int_equal(size_of(f), size);
        fault.commit = fault.renew = EIO;
        fault.commit_anyway = was_made;
        assert_code(grow(f, size + MIB, &err), APITOKEN_E_MAYBE);
        all_well();
        assert_code(err.code, APITOKEN_E_MAYBE);
        assert_string_equal(err.id, "");
        assert_int_equal(size_of(f), size + (was_made ? MIB : 0));
        assert_code(grow(f, size += MIB, NULL), 0);
        assert_int_equal(size_of(f), size);
    }
}

/* The last line of a log, and how many there were. */
struct logged {
    int lines, level, code;
    const char *text;
};

static void note(int level, int code, const char *text, void *ctx) {
    struct logged *logged = ctx;
    if (code == APITOKEN_E_MLOCK) return;
    *logged = (struct logged){ logged->lines + 1, level, code, strstr(text, "detects a rollback") };
}

static void assert_noted(struct logged *logged, int due_code) {
    all_well();
    assert_int_equal(logged->lines, 1);
    assert_int_equal(logged->level, APITOKEN_LOG_WARNING);
    assert_code(logged->code, due_code);
    assert_non_null(logged->text);
    logged->lines = 0;
}

/* What was committed is: the handle only tells that an older store would not be noticed. */
static void a_roll_back_number_that_cannot_be_written_is_logged(void **state) {
    struct fixture *f = *state;
    struct logged logged = { .lines = 0 };
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    opts.log = note;
    opts.log_ctx = &logged;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &f->store, NULL), 0);
    fault.home_errno = EIO;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_noted(&logged, APITOKEN_E_IO);
    fault.home_len = 47; /* what a full disk does */
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_noted(&logged, APITOKEN_E_DISK_FULL);
    fault.home_errno = EDQUOT;
    assert_code(revoke_token(f->store, "owner", token.id), 0); /* which changes nothing */
    assert_noted(&logged, APITOKEN_E_DISK_FULL);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_int_equal(logged.lines, 0);
    assert_settled(f, &token, APITOKEN_E_REVOKED);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        FAULT_CASE(a_commit_that_failed_changed_nothing),
        FAULT_CASE(a_commit_that_was_made_after_all_is_a_success),
        FAULT_CASE(a_rotate_that_may_have_been_made_is_repaired),
        FAULT_CASE(a_meta_page_write_that_failed_is_settled),
        FAULT_CASE(a_disk_that_goes_on_failing_leaves_a_maybe),
        FAULT_CASE(a_disk_that_goes_on_failing_denies_what_is_remembered),
        FAULT_CASE(a_state_that_could_not_be_written_anew_is_a_maybe),
        FAULT_CASE(a_commit_that_nobody_can_read_may_have_been_made),
        FAULT_CASE(an_environment_that_cannot_be_opened_anew_is_later),
        FAULT_CASE(a_commit_that_was_made_but_not_synced_is_a_maybe),
        FAULT_CASE(a_repeated_revoke_is_durable_or_fails),
        FAULT_CASE(a_roll_back_number_that_cannot_be_written_is_logged),
        FAULT_CASE(where_the_spare_space_cannot_be_read_only_revokes_go_on),
        FAULT_CASE(a_grow_is_settled_as_a_change_is),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
