/* SPDX-License-Identifier: MIT */
/* apitoken_revoke() */
#include "life.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"

static int revoke_for(apitoken_store *store, const char *owner, const char *id, const char *reason,
                      size_t reason_len, apitoken_error *err) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.reason = reason;
    opts.reason_len = (uint32_t)reason_len;
    return apitoken_revoke(store, owner, strlen(owner), id, strlen(id), &opts, err);
}

static void assert_row(apitoken_store *store, const char *id, int64_t revoked_ms,
                       const char *reason) {
    apitoken_token *row = NULL;
    assert_code(apitoken_show(store, LIT("owner"), id, strlen(id), NULL, &row, NULL), 0);
    assert_int_equal(apitoken_token_revoked_ms(row), revoked_ms);
    assert_string_equal(apitoken_token_reason(row), reason);
    assert_int_equal(apitoken_token_state(row),
                     revoked_ms ? APITOKEN_STATE_REVOKED : APITOKEN_STATE_VALID);
    apitoken_token_free(row);
}

static void a_revoked_token_is_refused_from_then_on(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL),
                      other = fixture_create(f->store, "owner", "name", NULL);
    apitoken_store *v = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    assert_code(check(v, &token), 0);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_code(check(v, &token), APITOKEN_E_REVOKED);
    assert_code(check(f->store, &token), APITOKEN_E_REVOKED);
    assert_code(check(v, &other), 0);
    apitoken_store_close(v);
    apitoken_store_close(f->store);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(check(f->store, &token), APITOKEN_E_REVOKED);
    assert_int_equal(info_of(f->store).revoked, 1);
    assert_int_equal(info_of(f->store).tokens, 2); /* the row stays */
}

static void repeating_keeps_the_first_time_and_reason(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_row(f->store, token.id, 0, "");
    assert_code(revoke_for(f->store, "owner", token.id, LIT("first"), NULL), 0);
    f->now_ms += 1000;
    assert_code(revoke_for(f->store, "owner", token.id, LIT("second"), NULL), 0);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_row(f->store, token.id, FIXTURE_NOW, "first");
    assert_int_equal(info_of(f->store).revoked, 1);
}

static void no_reason_is_kept_as_none(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_code(revoke_for(f->store, "owner", token.id, LIT("too late"), NULL), 0);
    assert_row(f->store, token.id, FIXTURE_NOW, "");
}

static void an_expired_token_can_be_revoked(void **state) {
    struct fixture *f = *state;
    struct made_token token = create_until(f->store, "owner", FIXTURE_NOW + 1);
    f->now_ms = FIXTURE_NOW + 2;
    assert_code(check(f->store, &token), APITOKEN_E_EXPIRED);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_code(check(f->store, &token), APITOKEN_E_REVOKED);
    f->now_ms = FIXTURE_NOW; /* a clock set back revives what is expired, never what is revoked */
    assert_code(check(f->store, &token), APITOKEN_E_REVOKED);
}

static void nobody_revokes_for_another_owner(void **state) {
    const struct fixture *f = *state;
    static const char *const others[] = { "o", "owne", "ownerx", "OWNER", "other" };
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    uint64_t before = info_of(f->store).transaction;
    for (size_t i = 0; i < COUNT(others); i++)
        assert_code(revoke_token(f->store, others[i], token.id), APITOKEN_E_NOT_FOUND);
    assert_code(revoke_token(f->store, "owner", "0123456789AB"), APITOKEN_E_NOT_FOUND);
    assert_int_equal(info_of(f->store).transaction, before);
    assert_code(check(f->store, &token), 0);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    /* nor learns that it was */
    assert_code(revoke_token(f->store, "other", token.id), APITOKEN_E_NOT_FOUND);
}

/* ---- reason codes ---------------------------------------------------------------------------- */

static int revoke_as(apitoken_store *store, const struct made_token *token, uint32_t code,
                     uint32_t flags) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.reason_code = code;
    opts.flags = flags;
    return apitoken_revoke(store, LIT("owner"), token->id, strlen(token->id), &opts, NULL);
}

static void assert_revoked_as(apitoken_store *store, const struct made_token *token, int code,
                              uint32_t revision) {
    const struct shown shown = shown_of(store, token);
    assert_int_equal(shown.state, APITOKEN_STATE_REVOKED);
    assert_int_equal(shown.reason_code, code);
    assert_int_equal(shown.revision, revision);
    assert_true(shown.revoked_ms == FIXTURE_NOW);
}

static void every_reason_has_its_code(void **state) {
    const struct fixture *f = *state;
    for (uint32_t code = 0; code <= APITOKEN_REASON_ADMINISTRATOR; code++) {
        const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
        assert_int_equal(shown_of(f->store, &token).reason_code, 0);
        assert_code(revoke_as(f->store, &token, code, 0), 0);
        assert_revoked_as(f->store, &token, (int)code, 2);
        assert_answers(f->store, &token, APITOKEN_E_REVOKED);
    }
}

static void an_unknown_reason_code_is_refused(void **state) {
    static const uint32_t unknown[] = { APITOKEN_REASON_ADMINISTRATOR + 1, 255, 256, 256 + 2,
                                        UINT32_MAX };
    const struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    const struct unchanged before = unchanged_of(f->store, &token);
    for (size_t i = 0; i < COUNT(unknown); i++) {
        apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
        apitoken_error err = APITOKEN_ERROR_INIT;
        opts.reason_code = unknown[i];
        assert_code(
            apitoken_revoke(f->store, LIT("owner"), token.id, strlen(token.id), &opts, &err),
            APITOKEN_E_REASON_CODE);
        assert_field(&err, APITOKEN_E_REASON_CODE, APITOKEN_FIELD_REASON, 0);
        assert_unchanged(f->store, &token, &before);
    }
    assert_answers(f->store, &token, 0);
}

/* Time and code of the first revoke stay, but that a secret is exposed is never kept back. */
static void a_later_revoke_only_makes_it_graver(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(revoke_as(f->store, &token, APITOKEN_REASON_OWNER_GONE, 0), 0);
    f->now_ms++;
    assert_code(revoke_as(f->store, &token, APITOKEN_REASON_ADMINISTRATOR, 0), 0);
    assert_code(revoke_as(f->store, &token, APITOKEN_REASON_UNSPECIFIED, 0), 0);
    assert_revoked_as(f->store, &token, APITOKEN_REASON_OWNER_GONE, 2);
    for (int i = 0; i < 2; i++)
        assert_code(revoke_as(f->store, &token, APITOKEN_REASON_SUPERSEDED, APITOKEN_REVOKE_FINAL),
                    0);
    assert_revoked_as(f->store, &token, APITOKEN_REASON_OWNER_GONE, 3); /* final now */
    for (int i = 0; i < 2; i++)
        assert_code(revoke_as(f->store, &token, APITOKEN_REASON_EXPOSED, 0), 0);
    assert_revoked_as(f->store, &token, APITOKEN_REASON_EXPOSED, 4);
    assert_code(revoke_as(f->store, &token, APITOKEN_REASON_OWNER_GONE, 0), 0);
    assert_revoked_as(f->store, &token, APITOKEN_REASON_EXPOSED, 4);
    assert_int_equal(info_of(f->store).revoked, 1);
}

/* ---- reasons --------------------------------------------------------------------------------- */

static void reasons_have_their_limits(void **state) {
    const struct fixture *f = *state;
    static const size_t lengths[] = { 0, 1, APITOKEN_REASON_MAX - 1, APITOKEN_REASON_MAX };
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct made_token token = fixture_create(f->store, "owner", "name", NULL);
        assert_code(
            revoke_for(f->store, "owner", token.id, long_text(lengths[i]), lengths[i], NULL), 0);
        assert_row(f->store, token.id, FIXTURE_NOW, long_text(lengths[i]));
    }
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    static const size_t too_long[] = { APITOKEN_REASON_MAX + 1, 2000 };
    for (size_t i = 0; i < COUNT(too_long); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(
            revoke_for(f->store, "owner", token.id, long_text(too_long[i]), too_long[i], &err),
            APITOKEN_E_REASON);
        assert_field(&err, APITOKEN_E_REASON, APITOKEN_FIELD_REASON, too_long[i]);
    }
    assert_code(check(f->store, &token), 0);
}

static void reasons_are_clean_text(void **state) {
    const struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    for (size_t i = 0; i < bad_text_count; i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(
            revoke_for(f->store, "owner", token.id, bad_texts[i].bytes, bad_texts[i].len, &err),
            APITOKEN_E_REASON);
        assert_field(&err, APITOKEN_E_REASON, APITOKEN_FIELD_REASON, bad_texts[i].offset);
    }
    assert_row(f->store, token.id, 0, "");
    assert_code(check(f->store, &token), 0);
    for (size_t i = 0; i < good_text_count; i++) {
        token = fixture_create(f->store, "owner", "name", NULL);
        assert_code(
            revoke_for(f->store, "owner", token.id, good_texts[i], strlen(good_texts[i]), NULL), 0);
        assert_row(f->store, token.id, FIXTURE_NOW, good_texts[i]);
    }
}

/* The longest row there can be: every text at its limit, a sealed copy, then a reason. */
static void the_longest_row_fits(void **state) {
    const struct fixture *f = *state;
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    char owner[APITOKEN_OWNER_MAX + 1], name[APITOKEN_NAME_MAX + 1];
    memset(owner, 'o', sizeof owner);
    memset(name, 'n', sizeof name);
    owner[APITOKEN_OWNER_MAX] = name[APITOKEN_NAME_MAX] = '\0';
    opts.description = long_text(APITOKEN_DESCRIPTION_MAX);
    opts.description_len = APITOKEN_DESCRIPTION_MAX;
    opts.expiry_kind = APITOKEN_EXPIRY_DAY;
    opts.expiry_day = 99991231;
    struct made_token token = fixture_create(f->store, owner, name, &opts);
    assert_code(check(f->store, &token), 0);
    assert_code(revoke_for(f->store, owner, token.id, long_text(APITOKEN_REASON_MAX),
                           APITOKEN_REASON_MAX, NULL),
                0);
    apitoken_token *row = NULL;
    assert_code(
        apitoken_show(f->store, owner, strlen(owner), token.id, strlen(token.id), NULL, &row, NULL),
        0);
    assert_string_equal(apitoken_token_name(row), name);
    assert_int_equal(strlen(apitoken_token_description(row)), APITOKEN_DESCRIPTION_MAX);
    assert_int_equal(strlen(apitoken_token_reason(row)), APITOKEN_REASON_MAX);
    apitoken_token_free(row);
    assert_code(check(f->store, &token), APITOKEN_E_REVOKED);
}

/* The hot record of a token: behind its id, 48 bytes, the owner, the tag (doc/store-format.md). */
#define RECORD_LEN (48 + sizeof "owner" - 1 + 8)
#define FLAGS_AT 2

/*
 * Where data.mdb has the record of this id with these flags: the offset, which a revoke moves to
 * another page.
 */
static off_t find_record(int fd, const char *id, unsigned char flags) {
    static unsigned char bytes[1 << 18];
    const ssize_t len = pread(fd, bytes, sizeof bytes, 0);
    assert_true(len > 0);
    for (ssize_t at = 0; at + 12 + (ssize_t)RECORD_LEN < len; at++) {
        const unsigned char *record = bytes + at + 12;
        if (memcmp(bytes + at, id, 12) == 0 && record[0] == 2 && record[1] == 1 &&
            record[FLAGS_AT] == flags)
            return at + 12;
    }
    fail_msg("the record is not there");
    return -1;
}

/*
 * Who can write data.mdb can put an earlier version of a record back, whose tag is right. A
 * repeated revoke undoes that.
 */
static void a_repeated_revoke_repairs_a_record_that_was_put_back(void **state) {
    struct fixture *f = *state;
    unsigned char earlier[RECORD_LEN];
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    const int fd = open(in_dir(f->store_path, "data.mdb"), O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, earlier, sizeof earlier, find_record(fd, token.id, 0)),
                     sizeof earlier);
    assert_code(revoke_for(f->store, "owner", token.id, LIT("leaked"), NULL), 0);
    const int64_t revoked_ms = f->now_ms++;
    assert_int_equal(pwrite(fd, earlier, sizeof earlier, find_record(fd, token.id, 1)),
                     sizeof earlier);
    (void)close(fd);
    apitoken_token *row = UNTOUCHED;
    assert_code(apitoken_show(f->store, LIT("owner"), token.id, strlen(token.id), NULL, &row, NULL),
                APITOKEN_E_DAMAGED);
    assert_ptr_equal(row, UNTOUCHED);
    assert_code(revoke_for(f->store, "owner", token.id, LIT("again"), NULL), 0);
    assert_code(check(f->store, &token), APITOKEN_E_REVOKED);
    assert_row(f->store, token.id, revoked_ms, "leaked");
    assert_int_equal(info_of(f->store).revoked, 1);
}

/*
 * A process may die between its commit and telling last-use of it. Whoever finds the revocation
 * done tells it instead, or an older copy of data.mdb could come back unseen.
 */
static void a_repeated_revoke_raises_the_last_transaction(void **state) {
    enum { LAST_TRANSACTION_AT = 24 };
    struct fixture *f = *state;
    uint64_t before = 0, after = 0;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    const int fd = open(in_dir(f->store_path, "last-use"), O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &before, sizeof before, LAST_TRANSACTION_AT), sizeof before);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    /* as if it had died */
    assert_int_equal(pwrite(fd, &before, sizeof before, LAST_TRANSACTION_AT), sizeof before);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_int_equal(pread(fd, &after, sizeof after, LAST_TRANSACTION_AT), sizeof after);
    assert_int_equal(after, before + 1);
    (void)close(fd);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(a_revoked_token_is_refused_from_then_on),
        CASE(repeating_keeps_the_first_time_and_reason),
        CASE(no_reason_is_kept_as_none),
        CASE(an_expired_token_can_be_revoked),
        CASE(nobody_revokes_for_another_owner),
        CASE(every_reason_has_its_code),
        CASE(an_unknown_reason_code_is_refused),
        CASE(a_later_revoke_only_makes_it_graver),
        CASE(reasons_have_their_limits),
        CASE(reasons_are_clean_text),
        CASE_ALWAYS(the_longest_row_fits),
        CASE(a_repeated_revoke_raises_the_last_transaction),
        CASE(a_repeated_revoke_repairs_a_record_that_was_put_back),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
