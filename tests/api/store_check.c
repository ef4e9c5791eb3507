/* SPDX-License-Identifier: MIT */
/* apitoken_store_check(): what is wrong with a store, and which tokens are affected. */
#define APITOKEN_BUILDING /* the nonnull attributes would forbid what is tested here */
#include "api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"

#define FILE_CAP ((size_t)1 << 23)

/* What the callback was told. */
struct told {
    size_t count;
    apitoken_finding finding[8];
    apitoken_finding last;
};

static void tell(const apitoken_finding *finding, void *ctx) {
    struct told *told = ctx;
    if (told->count < COUNT(told->finding)) told->finding[told->count] = *finding;
    told->last = *finding;
    told->count++;
}

static int check_store(const struct fixture *f, uint32_t flags, struct told *told,
                       apitoken_error *err) {
    apitoken_check_opts opts = APITOKEN_CHECK_OPTS_INIT;
    *told = (struct told){ .count = 0 };
    fixture_check_flags(&opts, flags);
    opts.finding = tell;
    opts.finding_ctx = told;
    return apitoken_store_check(f->store_path, f->keyring, &opts, err);
}

static void close_store(struct fixture *f) {
    apitoken_store_close(f->store);
    f->store = NULL;
}

static const char *data_of(const struct fixture *f) { return in_dir(f->store_path, "data.mdb"); }

/*
 * Flips a bit `ahead` bytes behind each place where the needle stands, which may be on stale pages
 * as well.
 */
static void flip_behind(const struct fixture *f, const char *needle, size_t needle_len,
                        size_t ahead) {
    char *bytes = malloc(FILE_CAP);
    size_t len = file_read(data_of(f), bytes, FILE_CAP), found = 0;
    for (char *at = bytes; (at = memmem(at, len - (size_t)(at - bytes), needle, needle_len));
         at++, found++)
        file_flip(data_of(f), (size_t)(at - bytes) + ahead);
    assert_true(found > 0);
    free(bytes);
}

/*
 * A token's hot record: its id is followed by version 2 and type 1. Its verifier then begins 8
 * bytes later.
 */
static void damage_hot(const struct fixture *f, const char *id) {
    char needle[APITOKEN_ID_LEN + 2];
    memcpy(needle, id, APITOKEN_ID_LEN);
    needle[APITOKEN_ID_LEN] = 2;
    needle[APITOKEN_ID_LEN + 1] = 1;
    flip_behind(f, needle, sizeof needle, APITOKEN_ID_LEN + 8);
}

/* An old data.mdb put in place: `token` was revoked since. */
static struct made_token roll_back(struct fixture *f) {
    const char *kept = in_dir(f->dir, "kept");
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    close_store(f);
    file_copy(data_of(f), kept);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    close_store(f);
    file_copy(kept, data_of(f));
    return token;
}

static void a_sound_store_has_no_findings(void **state) {
    struct fixture *f = *state;
    struct told told;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    (void)fixture_create(f->store, "other", "name", NULL);
    assert_code(check_store(f, 0, &told, NULL), 0); /* beside a handle that is open */
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_code(check_store(f, 0, &told, NULL), 0);
    assert_code(apitoken_store_check(f->store_path, f->verify_keyring, NULL, NULL), 0);
    close_store(f);
    assert_code(check_store(f, 0, &told, NULL), 0);
    assert_int_equal(told.count, 0);
}

static void it_writes_nothing(void **state) {
    struct fixture *f = *state;
    struct told told;
    (void)fixture_create(f->store, "owner", "name", NULL);
    close_store(f);
    char *before = malloc(FILE_CAP), *after = malloc(FILE_CAP);
    size_t len = file_read(data_of(f), before, FILE_CAP);
    assert_code(check_store(f, 0, &told, NULL), 0);
    assert_int_equal(file_read(data_of(f), after, FILE_CAP), len);
    assert_memory_equal(before, after, len);
    free(before);
    free(after);
}

static void a_damaged_hot_record_names_its_token(void **state) {
    struct fixture *f = *state;
    struct told told;
    apitoken_error err = APITOKEN_ERROR_INIT;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    (void)fixture_create(f->store, "owner", "name", NULL);
    close_store(f);
    damage_hot(f, token.id);
    assert_code(check_store(f, 0, &told, &err), APITOKEN_E_DAMAGED);
    assert_code(err.code, APITOKEN_E_DAMAGED);
    assert_string_equal(err.id, token.id);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.finding[0].size, sizeof told.finding[0]);
    assert_int_equal(told.finding[0].kind, APITOKEN_FINDING_TOKEN);
    assert_code(told.finding[0].code, APITOKEN_E_DAMAGED);
    assert_string_equal(told.finding[0].id, token.id);
    assert_int_equal(told.finding[0].owner_len, 0); /* it stands in what is damaged */
}

static void a_damaged_row_names_token_and_owner(void **state) {
    struct fixture *f = *state;
    struct told told;
    struct made_token token = fixture_create(f->store, "owner", "a name to look for", NULL);
    (void)fixture_create(f->store, "owner", "name", NULL);
    close_store(f);
    flip_behind(f, LIT("a name to look for"), 0); /* in the audit, too */
    assert_code(check_store(f, 0, &told, NULL), APITOKEN_E_DAMAGED);
    assert_int_equal(told.count, 2);
    assert_int_equal(told.finding[1].kind, APITOKEN_FINDING_STORE);
    assert_code(told.finding[1].code, APITOKEN_E_DAMAGED);
    assert_int_equal(told.finding[0].kind, APITOKEN_FINDING_TOKEN);
    assert_string_equal(told.finding[0].id, token.id);
    assert_string_equal(told.finding[0].owner, "owner");
    assert_int_equal(told.finding[0].owner_len, 5);
}

static void a_file_cut_off_is_a_finding(void **state) {
    struct fixture *f = *state;
    struct told told;
    close_store(f);
    assert_int_equal(truncate(data_of(f), 4096), 0);
    assert_code(check_store(f, 0, &told, NULL), APITOKEN_E_DAMAGED);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.finding[0].kind, APITOKEN_FINDING_FILES);
    assert_string_equal(told.finding[0].id, "");
}

/*
 * Also of a store that this process has open, whose structure was not looked at when it was opened.
 */
static void a_structure_damaged_under_an_open_handle_is_found(void **state) {
    struct fixture *f = *state;
    struct told told;
    (void)fixture_create(f->store, "owner", "name", NULL);
    for (size_t page = 2; page < 40; page++)
        if (page * 4096 < file_size(data_of(f)))
            file_flip(data_of(f), page * 4096 + 2); /* the numbers that pages say they have */
    assert_code(check_store(f, 0, &told, NULL), APITOKEN_E_DAMAGED);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.finding[0].kind, APITOKEN_FINDING_FILES);
}

/* Who asks for no findings is told the first of what is worst. */
static void without_a_callback_the_code_and_the_detail_tell(void **state) {
    struct fixture *f = *state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    struct made_token token = roll_back(f);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, &err),
                APITOKEN_E_ROLLED_BACK);
    assert_string_equal(err.id, "");
    damage_hot(f, token.id);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, &err), APITOKEN_E_DAMAGED);
    assert_string_equal(err.id, token.id);
}

static void many_findings_are_counted(void **state) {
    struct fixture *f = *state;
    struct told told;
    for (int i = 0; i < 502; i++) /* each stands in a row and in the audit */
        (void)fixture_create(f->store, "owner", "a name to look for", NULL);
    close_store(f);
    flip_behind(f, LIT("a name to look for"), 0);
    assert_code(check_store(f, 0, &told, NULL), APITOKEN_E_DAMAGED);
    assert_int_equal(told.count, 1001);
    assert_string_equal(told.last.text, "findings not shown: 4");
    assert_int_equal(told.last.kind, APITOKEN_FINDING_STORE);
    assert_code(told.last.code, APITOKEN_E_DAMAGED);
    assert_int_equal(told.last.size, sizeof told.last);
}

static void what_cannot_be_checked_is_no_finding(void **state) {
    struct fixture *f = *state;
    struct told told;
    apitoken_check_opts opts = APITOKEN_CHECK_OPTS_INIT;
    apitoken_keyring *wrong = NULL;
    const char *other = in_dir(f->dir, "other-keys");
    assert_code(apitoken_keyring_create(other, NULL, NULL), 0);
    assert_code(apitoken_keyring_load(other, NULL, &wrong, NULL), 0);
    opts.finding = tell;
    opts.finding_ctx = &told;
    told.count = 0;
    assert_code(apitoken_store_check(f->store_path, wrong, &opts, NULL), APITOKEN_E_KEY_WRONG);
    assert_code(apitoken_store_check(in_dir(f->dir, "none"), f->keyring, &opts, NULL),
                APITOKEN_E_NO_STORE);
    assert_code(apitoken_store_check(NULL, f->keyring, &opts, NULL), APITOKEN_E_PATH);
    assert_code(apitoken_store_check(f->store_path, NULL, &opts, NULL), APITOKEN_E_ARGUMENT);
    opts.flags = 2;
    assert_code(apitoken_store_check(f->store_path, f->keyring, &opts, NULL), APITOKEN_E_ABI);
    fixture_check_flags(&opts, APITOKEN_CHECK_ACCEPT_ROLLBACK);
    assert_code(apitoken_store_check(f->store_path, f->verify_keyring, &opts, NULL),
                APITOKEN_E_KEYS_VERIFY);
    assert_int_equal(told.count, 0);
    apitoken_keyring_free(wrong);
}

/* ---- rollback ------------------------------------------------------------------------------- */

static void a_rollback_is_told(void **state) {
    struct fixture *f = *state;
    struct told told;
    (void)roll_back(f);
    assert_code(check_store(f, 0, &told, NULL), APITOKEN_E_ROLLED_BACK);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.finding[0].kind, APITOKEN_FINDING_ROLLED_BACK);
    assert_code(try_open(f, APITOKEN_MODE_READ_WRITE), APITOKEN_E_ROLLED_BACK); /* and stays so */
}

static void a_rollback_can_be_accepted(void **state) {
    struct fixture *f = *state;
    struct told told;
    struct made_token token = roll_back(f);
    assert_code(check_store(f, APITOKEN_CHECK_ACCEPT_ROLLBACK, &told, NULL), 0);
    assert_int_equal(told.count, 1);
    assert_code(check_store(f, 0, &told, NULL), 0);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(check(f->store, &token), 0); /* the revocation is lost: that is what was accepted */
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_code(check(f->store, &token), APITOKEN_E_REVOKED);
    assert_code(check_store(f, 0, &told, NULL), 0);
}

/*
 * After it was accepted, commits take the numbers of those that were given up. They stay, and the
 * file that was given up, which has higher numbers, is not the newer one.
 */
static void commits_after_an_accepted_rollback_stay(void **state) {
    struct fixture *f = *state;
    struct told told;
    char given_up[96], kept[96];
    (void)snprintf(given_up, sizeof given_up, "%s", in_dir(f->dir, "given-up"));
    (void)snprintf(kept, sizeof kept, "%s", in_dir(f->dir, "kept"));
    struct made_token token = fixture_create(f->store, "owner", "name", NULL), lost, fresh;
    close_store(f);
    file_copy(data_of(f), kept);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    for (int i = 0; i < 9; i++) lost = fixture_create(f->store, "owner", "name", NULL);
    close_store(f);
    file_copy(data_of(f), given_up);
    file_copy(kept, data_of(f));
    assert_code(check_store(f, APITOKEN_CHECK_ACCEPT_ROLLBACK, &told, NULL), 0);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    fresh = fixture_create(f->store, "owner", "name", NULL);
    for (int round = 0; round < 2; round++) {
        assert_code(check(f->store, &token), APITOKEN_E_REVOKED);
        assert_code(check(f->store, &fresh), 0);
        assert_code(check(f->store, &lost), APITOKEN_E_UNKNOWN);
        assert_int_equal(count_rows(f->store, "owner"), 2);
        close_store(f);
        f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    }
    close_store(f);
    assert_code(check_store(f, 0, &told, NULL), 0);
    file_copy(given_up, data_of(f));
    assert_code(check_store(f, 0, &told, NULL), APITOKEN_E_ROLLED_BACK);
    assert_opens(f, APITOKEN_E_ROLLED_BACK);
}

static void a_rollback_of_a_damaged_store_is_not_accepted(void **state) {
    struct fixture *f = *state;
    struct told told;
    struct made_token token = roll_back(f);
    damage_hot(f, token.id);
    assert_code(check_store(f, APITOKEN_CHECK_ACCEPT_ROLLBACK, &told, NULL), APITOKEN_E_DAMAGED);
    assert_int_equal(told.count, 2);
    assert_code(try_open(f, APITOKEN_MODE_READ_WRITE), APITOKEN_E_ROLLED_BACK);
}

static void nothing_to_accept_is_no_error(void **state) {
    struct fixture *f = *state;
    struct told told;
    (void)roll_back(f);
    assert_code(check_store(f, APITOKEN_CHECK_ACCEPT_ROLLBACK, &told, NULL), 0);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    /* nothing to accept: it may be in use */
    assert_code(check_store(f, APITOKEN_CHECK_ACCEPT_ROLLBACK, &told, NULL), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(a_sound_store_has_no_findings),
        CASE(it_writes_nothing),
        CASE(a_damaged_hot_record_names_its_token),
        CASE(a_damaged_row_names_token_and_owner),
        CASE(a_file_cut_off_is_a_finding),
        CASE(a_structure_damaged_under_an_open_handle_is_found),
        CASE(without_a_callback_the_code_and_the_detail_tell),
        CASE(many_findings_are_counted),
        CASE(what_cannot_be_checked_is_no_finding),
        CASE(a_rollback_is_told),
        CASE(a_rollback_can_be_accepted),
        CASE(commits_after_an_accepted_rollback_stay),
        CASE(a_rollback_of_a_damaged_store_is_not_accepted),
        CASE(nothing_to_accept_is_no_error),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
