/* SPDX-License-Identifier: MIT */
/*
 * apitoken_owner_erase(): nothing of the owner is left in tokens, blocks and audit, all else is as
 * it was, and the audit can still be checked.
 */
#include "life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"

#define MANY 200 /* more than three steps */
#define STEPS 4

static apitoken_erase_opts by_root(uint32_t flags) {
    apitoken_erase_opts opts = APITOKEN_ERASE_OPTS_INIT;
    opts.flags = flags;
    opts.actor = "root";
    opts.actor_len = 4;
    return opts;
}

static apitoken_purge_result erase_owner(apitoken_store *store, const char *owner, uint32_t flags) {
    const apitoken_erase_opts opts = by_root(flags);
    apitoken_purge_result result = APITOKEN_PURGE_RESULT_INIT;
    assert_code(apitoken_owner_erase(store, owner, strlen(owner), &opts, &result, NULL), 0);
    assert_int_equal(result.kept, 0);
    return result;
}

static void assert_sound(const struct fixture *f) {
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

static apitoken_owner_info stat_of(apitoken_store *store, const char *owner) {
    apitoken_owner_info info = APITOKEN_OWNER_INFO_INIT;
    assert_code(apitoken_owner_stat(store, owner, strlen(owner), NULL, &info, NULL), 0);
    return info;
}

/* ---- tokens ---------------------------------------------------------------------------------- */

static void all_tokens_go_whatever_their_state(void **state) {
    struct fixture *f = *state;
    apitoken_store *verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    const struct made_token other = fixture_create(f->store, "other", "name", NULL),
                            made[] = { fixture_create(f->store, "owner", "valid", NULL),
                                       fixture_create(f->store, "owner", "suspended", NULL),
                                       fixture_create(f->store, "owner", "revoked", NULL),
                                       create_until(f->store, "owner", FIXTURE_NOW + 1) };
    assert_code(suspend_token(f->store, &made[1], 1), 0);
    assert_code(revoke_token(f->store, "owner", made[2].id), 0); /* could be undone */
    assert_answers(verify, &made[0], 0);
    f->now_ms++;
    assert_int_equal(erase_owner(f->store, "owner", 0).tokens, COUNT(made));
    for (size_t i = 0; i < COUNT(made); i++) {
        assert_answers(verify, &made[i], APITOKEN_E_UNKNOWN);
        assert_answers(f->store, &made[i], APITOKEN_E_UNKNOWN);
    }
    assert_code(check(verify, &other), 0);
    assert_int_equal(count_rows(f->store, "owner"), 0);
    assert_int_equal(count_rows(f->store, "other"), 1);
    assert_int_equal(info_of(f->store).tokens, 1);
    assert_int_equal(info_of(f->store).revoked, 0);
    apitoken_store_close(verify);
    assert_sound(f);
}

/* An owner whose name only begins like the erased one's. */
static void owners_of_similar_names_stay(void **state) {
    struct fixture *f = *state;
    const struct made_token longer = fixture_create(f->store, "owner2", "name", NULL),
                            shorter = fixture_create(f->store, "owne", "name", NULL);
    (void)fixture_create(f->store, "owner", "name", NULL);
    assert_int_equal(erase_owner(f->store, "owner", 0).tokens, 1);
    assert_code(check(f->store, &longer), 0);
    assert_code(check(f->store, &shorter), 0);
}

static void a_block_ends(void **state) {
    struct fixture *f = *state;
    (void)fixture_create(f->store, "owner", "name", NULL);
    assert_code(block_owner(f->store, "owner"), 0);
    assert_code(block_owner(f->store, "other"), 0);
    assert_int_equal(erase_owner(f->store, "owner", 0).tokens, 1);
    assert_int_equal(stat_of(f->store, "owner").is_blocked, 0);
    assert_int_equal(stat_of(f->store, "other").is_blocked, 1);
    assert_sound(f);
    assert_code(try_create(f->store, "owner", "name", NULL), 0);
    assert_sound(f);
}

static void an_unknown_owner_is_no_error(void **state) {
    struct fixture *f = *state;
    (void)fixture_create(f->store, "other", "name", NULL);
    const uint64_t transaction = info_of(f->store).transaction;
    const apitoken_purge_result result = erase_owner(f->store, "owner", APITOKEN_ERASE_ACTOR);
    assert_int_equal(result.tokens, 0);
    assert_int_equal(result.texts, 0);
    assert_int_equal(info_of(f->store).transaction, transaction);
}

/* ---- the audit ------------------------------------------------------------------------------- */

static apitoken_audit_page *all_records(apitoken_store *store) {
    apitoken_audit_opts opts = APITOKEN_AUDIT_OPTS_INIT;
    apitoken_audit_page *page = NULL;
    opts.limit = APITOKEN_LIST_MAX;
    assert_code(apitoken_audit(store, &opts, &page, NULL), 0);
    return page;
}

static size_t count_naming(apitoken_store *store, const char *name) {
    apitoken_audit_page *page = all_records(store);
    size_t count = 0;
    for (size_t i = 0; i < apitoken_audit_page_count(page); i++) {
        const apitoken_audit_record *record = apitoken_audit_page_at(page, i);
        count += strcmp(apitoken_audit_owner(record), name) == 0 ||
                 strcmp(apitoken_audit_actor(record), name) == 0;
    }
    apitoken_audit_page_free(page);
    return count;
}

static size_t count_erased(apitoken_store *store) {
    apitoken_audit_page *page = all_records(store);
    size_t count = 0;
    for (size_t i = 0; i < apitoken_audit_page_count(page); i++)
        count += (size_t)apitoken_audit_is_erased(apitoken_audit_page_at(page, i));
    apitoken_audit_page_free(page);
    return count;
}

static void the_texts_about_the_owner_go(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    (void)fixture_create(f->store, "other", "name", NULL);
    assert_code(suspend_token(f->store, &token, 1), 0);
    assert_code(block_owner(f->store, "owner"), 0);
    assert_code(unblock_owner(f->store, "owner"), 0);
    assert_int_equal(count_naming(f->store, "owner"), 4);
    assert_int_equal(count_naming(f->store, "other"), 1);
    assert_int_equal(erase_owner(f->store, "owner", 0).texts, 4);
    assert_int_equal(count_naming(f->store, "owner"), 0);
    assert_int_equal(count_naming(f->store, "other"), 1);
    assert_int_equal(count_erased(f->store), 4);
    assert_sound(f); /* the chain, too */
    assert_code(revoke_token(f->store, "other", token.id), APITOKEN_E_NOT_FOUND);
    assert_code(try_create(f->store, "other", "name", NULL), 0); /* it goes on */
    assert_sound(f);
}

static void create_as(apitoken_store *store, const char *owner, const char *actor) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    opts.actor = actor;
    opts.actor_len = (uint32_t)strlen(actor);
    assert_code(try_create(store, owner, "name", &opts), 0);
}

static void what_the_owner_did_to_others_goes_if_asked_for(void **state) {
    struct fixture *f = *state;
    create_as(f->store, "other", "owner");
    create_as(f->store, "other", "owner2");
    assert_int_equal(erase_owner(f->store, "owner", 0).texts, 0);
    assert_int_equal(count_naming(f->store, "owner"), 1);
    assert_int_equal(erase_owner(f->store, "owner", APITOKEN_ERASE_ACTOR).texts, 1);
    assert_int_equal(count_naming(f->store, "owner"), 0);
    assert_int_equal(count_naming(f->store, "owner2"), 1);
    assert_int_equal(count_rows(f->store, "other"), 2);
    assert_sound(f);
}

/* The records of the erase itself, from number `from` on. */
static void assert_erase_records(apitoken_store *store, size_t from, size_t count) {
    apitoken_audit_page *page = all_records(store);
    assert_int_equal(apitoken_audit_page_count(page), from + count);
    for (size_t i = from; i < from + count; i++) {
        const apitoken_audit_record *record = apitoken_audit_page_at(page, i);
        assert_int_equal(apitoken_audit_verb(record), APITOKEN_VERB_ERASE);
        assert_string_equal(apitoken_audit_actor(record), "root");
        assert_string_equal(apitoken_audit_owner(record), "");
        assert_int_equal(apitoken_audit_is_erased(record), 0);
    }
    apitoken_audit_page_free(page);
}

/* One for the token, one for the block, one for the texts. */
static void its_own_records_do_not_name_the_owner(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(block_owner(f->store, "owner"), 0);
    (void)erase_owner(f->store, "owner", APITOKEN_ERASE_ACTOR);
    assert_erase_records(f->store, 2, 3);
    apitoken_audit_page *page = all_records(f->store);
    assert_string_equal(apitoken_audit_id(apitoken_audit_page_at(page, 2)), token.id);
    assert_string_equal(apitoken_audit_id(apitoken_audit_page_at(page, 3)), "");
    assert_string_equal(apitoken_audit_id(apitoken_audit_page_at(page, 4)), "");
    apitoken_audit_page_free(page);
}

static void many_go_in_steps(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < MANY; i++) {
        (void)fixture_create(f->store, "owner", "name", NULL);
        if (i % 10 == 0) (void)fixture_create(f->store, "other", "name", NULL);
    }
    const uint64_t transaction = info_of(f->store).transaction;
    const apitoken_purge_result result = erase_owner(f->store, "owner", 0);
    assert_int_equal(result.tokens, MANY);
    assert_int_equal(result.texts, MANY);
    assert_int_equal(info_of(f->store).transaction, transaction + 2 * STEPS);
    assert_erase_records(f->store, MANY + MANY / 10, 2 * STEPS);
    assert_int_equal(count_naming(f->store, "owner"), 0);
    assert_int_equal(count_naming(f->store, "other"), MANY / 10);
    assert_int_equal(count_rows(f->store, "other"), MANY / 10);
    assert_sound(f);
}

static void a_dry_run_counts_and_changes_nothing(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < MANY; i++) (void)fixture_create(f->store, "owner", "name", NULL);
    create_as(f->store, "other", "owner");
    assert_code(block_owner(f->store, "owner"), 0);
    const uint64_t transaction = info_of(f->store).transaction;
    apitoken_purge_result result = erase_owner(f->store, "owner", APITOKEN_ERASE_DRY_RUN);
    assert_int_equal(result.tokens, MANY);
    assert_int_equal(result.texts, MANY + 1);
    result = erase_owner(f->store, "owner", APITOKEN_ERASE_DRY_RUN | APITOKEN_ERASE_ACTOR);
    assert_int_equal(result.texts, MANY + 2);
    assert_int_equal(info_of(f->store).transaction, transaction);
    assert_int_equal(stat_of(f->store, "owner").is_blocked, 1);
    assert_int_equal(stat_of(f->store, "owner").tokens, MANY);
}

static void a_second_erase_has_nothing_to_do(void **state) {
    struct fixture *f = *state;
    (void)fixture_create(f->store, "owner", "name", NULL);
    (void)erase_owner(f->store, "owner", 0);
    const uint64_t transaction = info_of(f->store).transaction;
    const apitoken_purge_result result = erase_owner(f->store, "owner", 0);
    assert_int_equal(result.tokens + result.texts, 0);
    assert_int_equal(info_of(f->store).transaction, transaction);
}

/* ---- damage ---------------------------------------------------------------------------------- */

/* Breaks the records in the file that have this text, or mends them. */
static void flip_text(const struct fixture *f, const char *text) {
    static uint8_t bytes[1 << 22];
    const char *path = in_store(f, "data.mdb");
    const size_t len = file_read(path, bytes, sizeof bytes);
    const uint8_t *at = bytes;
    while ((at = memmem(at, len - (size_t)(at - bytes), text, strlen(text)))) {
        file_flip(path, (size_t)(at - bytes));
        at++;
    }
}

/* Their reasons are in no row: the owner is not blocked any more. */
static void a_damaged_record_of_the_audit_keeps_no_other_text(void **state) {
    struct fixture *f = *state;
    const apitoken_erase_opts opts = by_root(0);
    apitoken_block_opts block = APITOKEN_BLOCK_OPTS_INIT;
    block.actor = "root";
    block.actor_len = 4;
    block.reason_len = 6;
    for (int i = 0; i < 3; i++) {
        block.reason = i == 1 ? "second" : "others";
        assert_code(apitoken_owner_block(f->store, LIT("owner"), &block, NULL), 0);
        assert_code(unblock_owner(f->store, "owner"), 0);
    }
    flip_text(f, "second");
    assert_code(apitoken_owner_erase(f->store, LIT("owner"), &opts, NULL, NULL),
                APITOKEN_E_DAMAGED);
    flip_text(f, "\x72"
                 "econd"); /* whole again */
    assert_int_equal(count_naming(f->store, "owner"), 1);
    assert_int_equal(count_erased(f->store), 5);
    assert_int_equal(erase_owner(f->store, "owner", 0).texts, 1);
    assert_int_equal(count_naming(f->store, "owner"), 0);
    assert_sound(f);
}

static void assert_all_but_damaged(struct fixture *f, void (*flip)(const struct fixture *,
                                                                   const struct made_token *)) {
    enum { damaged = 70 };
    static struct made_token made[MANY];
    const apitoken_erase_opts opts = by_root(0);
    apitoken_error err = APITOKEN_ERROR_INIT;
    for (size_t i = 0; i < MANY; i++) made[i] = fixture_create(f->store, "owner", "name", NULL);
    flip(f, &made[damaged]);
    assert_code(apitoken_owner_erase(f->store, LIT("owner"), &opts, NULL, &err),
                APITOKEN_E_DAMAGED);
    assert_string_equal(err.id, made[damaged].id);
    assert_int_equal(info_of(f->store).tokens, 1);
    assert_int_equal(count_naming(f->store, "owner"), 0);
    flip(f, &made[damaged]); /* whole again */
    assert_int_equal(erase_owner(f->store, "owner", 0).tokens, 1);
    assert_int_equal(count_naming(f->store, "owner"), 0);
    assert_sound(f);
}

static void a_damaged_record_keeps_no_other_token(void **state) {
    assert_all_but_damaged(*state, flip_hot);
}

static void a_damaged_row_keeps_no_other_token(void **state) {
    assert_all_but_damaged(*state, flip_row);
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void assert_refused(struct fixture *f, const char *owner, size_t owner_len,
                           const apitoken_erase_opts *opts, int code, uint32_t field) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_purge_result result = APITOKEN_PURGE_RESULT_INIT;
    const uint64_t transaction = info_of(f->store).transaction;
    result.tokens = 4711;
    assert_code(apitoken_owner_erase(f->store, owner, owner_len, opts, &result, &err), code);
    assert_field(&err, code, field, 0);
    assert_int_equal(result.tokens, 4711);
    assert_int_equal(info_of(f->store).transaction, transaction);
}

static void bad_input_erases_nothing(void **state) {
    struct fixture *f = *state;
    apitoken_erase_opts opts = by_root(0);
    apitoken_purge_result result = APITOKEN_PURGE_RESULT_INIT;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_refused(f, "", 0, &opts, APITOKEN_E_OWNER, APITOKEN_FIELD_OWNER);
    assert_refused(f, LIT("\xFF"), &opts, APITOKEN_E_OWNER, APITOKEN_FIELD_OWNER);
    assert_refused(f, LIT("owner"), NULL, APITOKEN_E_ACTOR, APITOKEN_FIELD_ACTOR);
    opts.actor_len = 0;
    assert_refused(f, LIT("owner"), &opts, APITOKEN_E_ACTOR, APITOKEN_FIELD_ACTOR);
    opts.actor = "owner"; /* the record of the erase would name whom it forgets */
    opts.actor_len = 5;
    assert_refused(f, LIT("owner"), &opts, APITOKEN_E_ACTOR, APITOKEN_FIELD_ACTOR);
    opts = by_root(4);
    assert_refused(f, LIT("owner"), &opts, APITOKEN_E_ABI, APITOKEN_FIELD_OPTS);
    opts = by_root(0);
    f->now_ms = -1;
    assert_refused(f, LIT("owner"), &opts, APITOKEN_E_CLOCK, APITOKEN_FIELD_NONE);
    f->now_ms = FIXTURE_NOW;
    result.size--;
    assert_code(apitoken_owner_erase(f->store, LIT("owner"), &opts, &result, NULL), APITOKEN_E_ABI);
    assert_code(check(f->store, &token), 0);
    opts.actor = "owne"; /* another one */
    assert_code(apitoken_owner_erase(f->store, LIT("owner"), &opts, NULL, NULL), 0);
    assert_code(check(f->store, &token), APITOKEN_E_UNKNOWN);
}

static void only_an_administrator_erases(void **state) {
    struct fixture *f = *state;
    const apitoken_erase_opts opts = by_root(0);
    apitoken_store *verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY),
                   *plain = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(apitoken_owner_erase(plain, LIT("owner"), &opts, NULL, NULL), APITOKEN_E_ADMIN);
    assert_code(apitoken_owner_erase(verify, LIT("owner"), &opts, NULL, NULL),
                APITOKEN_E_VERIFY_ONLY);
    assert_code(check(f->store, &token), 0);
    apitoken_store_close(verify);
    apitoken_store_close(plain);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE_ADMIN(all_tokens_go_whatever_their_state),
        CASE_ADMIN(owners_of_similar_names_stay),
        CASE_ADMIN(a_block_ends),
        CASE_ADMIN(an_unknown_owner_is_no_error),
        CASE_ADMIN(the_texts_about_the_owner_go),
        CASE_ADMIN(what_the_owner_did_to_others_goes_if_asked_for),
        CASE_ADMIN(its_own_records_do_not_name_the_owner),
        CASE_ADMIN(many_go_in_steps),
        CASE_ADMIN(a_dry_run_counts_and_changes_nothing),
        CASE_ADMIN(a_second_erase_has_nothing_to_do),
        CASE_ADMIN(a_damaged_record_of_the_audit_keeps_no_other_text),
        CASE_ADMIN(a_damaged_record_keeps_no_other_token),
        CASE_ADMIN(a_damaged_row_keeps_no_other_token),
        CASE_ADMIN(bad_input_erases_nothing),
        CASE_ADMIN(only_an_administrator_erases),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
