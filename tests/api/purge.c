/* SPDX-License-Identifier: MIT */
/*
 * apitoken_purge(): which tokens go and which stay, that none of them is ever accepted or given out
 * again, and that their space and their last-use slots are.
 */
#include "life.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"

#define UNKNOWN APITOKEN_E_UNKNOWN
#define MANY 200 /* more than three steps */
#define STEP 64
#define HEAD 4096 /* of the last-use file, before the slots */
#define SLOT 16
#define MIB (UINT64_C(1) << 20)

static apitoken_purge_opts before(int64_t ms) {
    apitoken_purge_opts opts = APITOKEN_PURGE_OPTS_INIT;
    opts.ended_before_ms = ms;
    opts.actor = "root";
    opts.actor_len = 4;
    return opts;
}

static apitoken_purge_result purge_before(apitoken_store *store, int64_t ms) {
    const apitoken_purge_opts opts = before(ms);
    apitoken_purge_result result = APITOKEN_PURGE_RESULT_INIT;
    assert_code(apitoken_purge(store, &opts, &result, NULL), 0);
    assert_int_equal(result.texts, 0);
    return result;
}

/* The whole store is checked, with no handle of this case in the way. */
static void assert_sound(struct fixture *f) {
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

static struct made_token revoked_at(struct fixture *f, const char *owner, int64_t ms) {
    const int64_t now_ms = f->now_ms;
    const struct made_token token = fixture_create(f->store, owner, "name", NULL);
    f->now_ms = ms;
    assert_code(revoke_token(f->store, owner, token.id), 0);
    f->now_ms = now_ms;
    return token;
}

static int is_there(apitoken_store *store, const struct made_token *token) {
    apitoken_token *row = NULL;
    int rc = apitoken_show(store, LIT("owner"), token->id, strlen(token->id), NULL, &row, NULL);
    apitoken_token_free(row);
    if (rc != APITOKEN_E_NOT_FOUND) assert_code(rc, 0);
    return rc == 0;
}

/* ---- which tokens go ------------------------------------------------------------------------- */

static void what_is_purged_is_unknown_everywhere(void **state) {
    struct fixture *f = *state;
    apitoken_store *verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY),
                   *second = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    apitoken_store *const stores[] = { verify, second, f->store };
    const struct made_token revoked = revoked_at(f, "owner", FIXTURE_NOW),
                            expired = create_until(f->store, "owner", FIXTURE_NOW + 1),
                            live = fixture_create(f->store, "owner", "name", NULL);
    for (size_t i = 0; i < COUNT(stores); i++) assert_answers(stores[i], &expired, 0);
    f->now_ms += DAY;
    for (size_t i = 0; i < COUNT(stores); i++)
        assert_answers(stores[i], &revoked, APITOKEN_E_REVOKED);
    const apitoken_purge_result result = purge_before(f->store, f->now_ms);
    assert_int_equal(result.tokens, 2);
    assert_int_equal(result.kept, 0);
    for (size_t i = 0; i < COUNT(stores); i++) {
        assert_answers(stores[i], &revoked, UNKNOWN);
        assert_answers(stores[i], &expired, UNKNOWN);
        assert_answers(stores[i], &live, 0);
        assert_int_equal(count_rows(stores[i], "owner"), 1);
    }
    assert_int_equal(info_of(f->store).tokens, 1);
    assert_int_equal(info_of(f->store).revoked, 0);
    f->now_ms = FIXTURE_NOW; /* a clock that is set back revives nothing */
    assert_answers(f->store, &expired, UNKNOWN);
    apitoken_store_close(verify);
    apitoken_store_close(second);
    assert_sound(f);
}

/* The instant itself is not before it. */
static void an_end_is_the_earlier_of_revoke_and_expiry(void **state) {
    struct fixture *f = *state;
    const int64_t begin_ms = FIXTURE_NOW;
    const struct made_token at = create_until(f->store, "owner", begin_ms + 10 * HOUR),
                            before_it = create_until(f->store, "owner", begin_ms + 10 * HOUR - 1),
                            revoked_early = create_until(f->store, "owner", begin_ms + 90 * HOUR),
                            revoked_late = create_until(f->store, "owner", begin_ms + 9 * HOUR),
                            revoked_at_it = create_until(f->store, "owner", begin_ms + 90 * HOUR);
    f->now_ms = begin_ms + 10 * HOUR - 1;
    assert_code(revoke_token(f->store, "owner", revoked_early.id), 0);
    f->now_ms = begin_ms + 10 * HOUR;
    assert_code(revoke_token(f->store, "owner", revoked_at_it.id), 0);
    f->now_ms = begin_ms + 20 * HOUR;
    assert_code(revoke_token(f->store, "owner", revoked_late.id), 0);
    f->now_ms = begin_ms + 30 * HOUR;
    assert_int_equal(purge_before(f->store, begin_ms + 10 * HOUR).tokens, 3);
    assert_int_equal(is_there(f->store, &at), 1);
    assert_int_equal(is_there(f->store, &before_it), 0);
    assert_int_equal(is_there(f->store, &revoked_early), 0);
    assert_int_equal(is_there(f->store, &revoked_late), 0);
    assert_int_equal(is_there(f->store, &revoked_at_it), 1);
}

static void a_revoke_that_can_be_undone_is_kept(void **state) {
    struct fixture *f = *state;
    const struct made_token undoable = revoked_at(f, "owner", FIXTURE_NOW),
                            final = fixture_create(f->store, "owner", "name", NULL),
                            exposed = fixture_create(f->store, "owner", "name", NULL);
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.flags = APITOKEN_REVOKE_FINAL;
    assert_code(apitoken_revoke(f->store, LIT("owner"), final.id, 12, &opts, NULL), 0);
    opts.flags = 0;
    opts.reason_code = APITOKEN_REASON_EXPOSED;
    assert_code(apitoken_revoke(f->store, LIT("owner"), exposed.id, 12, &opts, NULL), 0);
    f->now_ms += HOUR - 1;
    apitoken_purge_result result = purge_before(f->store, f->now_ms);
    assert_int_equal(result.tokens, 2);
    assert_int_equal(result.kept, 1);
    assert_int_equal(is_there(f->store, &final), 0);
    assert_int_equal(is_there(f->store, &exposed), 0);
    assert_code(apitoken_unrevoke(f->store, LIT("owner"), undoable.id, 12, NULL, NULL), 0);
    assert_answers(f->store, &undoable, 0);
    assert_code(revoke_token(f->store, "owner", undoable.id), 0);
    f->now_ms += HOUR;
    result = purge_before(f->store, f->now_ms);
    assert_int_equal(result.tokens, 1);
    assert_int_equal(result.kept, 0);
}

/* It was revoked when there was more time; both times must be over, or one of them. */
static void a_policy_may_shorten_the_time_of_an_undo(void **state) {
    struct fixture *f = *state;
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    (void)revoked_at(f, "owner", FIXTURE_NOW);
    f->now_ms += 2 * MINUTE;
    assert_int_equal(purge_before(f->store, f->now_ms).kept, 1);
    policy.undo_ms = MINUTE;
    assert_code(set_policy(f->store, APITOKEN_POLICY_UNDO, &policy), 0);
    assert_int_equal(purge_before(f->store, f->now_ms).tokens, 1);
}

static void a_suspended_or_blocked_token_goes_when_it_expired(void **state) {
    struct fixture *f = *state;
    const struct made_token suspended = create_until(f->store, "owner", FIXTURE_NOW + 1),
                            never = fixture_create(f->store, "owner", "name", NULL);
    assert_code(suspend_token(f->store, &suspended, 1), 0);
    assert_code(suspend_token(f->store, &never, 1), 0);
    assert_code(block_owner(f->store, "owner"), 0);
    f->now_ms += DAY;
    assert_int_equal(purge_before(f->store, f->now_ms).tokens, 1);
    assert_int_equal(is_there(f->store, &suspended), 0);
    assert_answers(f->store, &never, APITOKEN_E_BLOCKED);
    assert_sound(f);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void assert_step_record(const apitoken_audit_record *record, size_t tokens) {
    assert_int_equal(apitoken_audit_verb(record), APITOKEN_VERB_PURGE);
    assert_string_equal(apitoken_audit_actor(record), "root");
    assert_string_equal(apitoken_audit_owner(record), "");
    assert_string_equal(apitoken_audit_id(record), "");
    assert_int_equal(apitoken_audit_change_count(record), 1);
    assert_int_equal(apitoken_audit_change_field(record, 0), APITOKEN_CHANGE_TOKENS);
    const char *ids = apitoken_audit_change_after(record, 0);
    assert_int_equal((strlen(ids) + 1) / (APITOKEN_ID_LEN + 1), tokens);
}

/* Those of many owners share a step and its record. */
static void many_are_removed_in_steps(void **state) {
    struct fixture *f = *state;
    apitoken_audit_page *page = NULL;
    apitoken_audit_opts audit = APITOKEN_AUDIT_OPTS_INIT;
    char owner[16];
    for (size_t i = 0; i < MANY; i++) {
        (void)snprintf(owner, sizeof owner, "o%zu", i % 70);
        (void)create_until(f->store, owner, FIXTURE_NOW + 1);
    }
    f->now_ms += DAY;
    audit.since_ms = f->now_ms;
    const uint64_t transaction = info_of(f->store).transaction;
    assert_int_equal(purge_before(f->store, f->now_ms).tokens, MANY);
    assert_int_equal(info_of(f->store).transaction, transaction + 4);
    assert_int_equal(info_of(f->store).tokens, 0);
    assert_code(apitoken_audit(f->store, &audit, &page, NULL), 0);
    assert_int_equal(apitoken_audit_page_count(page), 4);
    for (size_t i = 0; i < 4; i++)
        assert_step_record(apitoken_audit_page_at(page, i), i < 3 ? STEP : MANY - 3 * STEP);
    apitoken_audit_page_free(page);
    assert_int_equal(purge_before(f->store, f->now_ms).tokens, 0);
    assert_int_equal(info_of(f->store).transaction, transaction + 4);
    assert_sound(f);
}

static void one_token_has_a_record_with_its_id(void **state) {
    struct fixture *f = *state;
    const struct made_token token = create_until(f->store, "owner", FIXTURE_NOW + 1);
    apitoken_audit_page *page = NULL;
    apitoken_audit_opts audit = APITOKEN_AUDIT_OPTS_INIT;
    audit.id = token.id;
    audit.id_len = APITOKEN_ID_LEN;
    f->now_ms += DAY;
    assert_int_equal(purge_before(f->store, f->now_ms).tokens, 1);
    assert_code(apitoken_audit(f->store, &audit, &page, NULL), 0);
    assert_int_equal(apitoken_audit_page_count(page), 2); /* of the create, too */
    const apitoken_audit_record *record = apitoken_audit_page_at(page, 1);
    assert_int_equal(apitoken_audit_verb(record), APITOKEN_VERB_PURGE);
    assert_string_equal(apitoken_audit_owner(record), "");
    apitoken_audit_page_free(page);
}

static void a_dry_run_counts_and_changes_nothing(void **state) {
    struct fixture *f = *state;
    apitoken_purge_result result = APITOKEN_PURGE_RESULT_INIT;
    for (size_t i = 0; i < MANY; i++) (void)create_until(f->store, "owner", FIXTURE_NOW + 1);
    f->now_ms += DAY;
    (void)revoked_at(f, "owner", f->now_ms - 1);
    apitoken_purge_opts opts = before(f->now_ms);
    opts.flags = APITOKEN_PURGE_DRY_RUN;
    const uint64_t transaction = info_of(f->store).transaction;
    assert_code(apitoken_purge(f->store, &opts, &result, NULL), 0);
    assert_int_equal(result.tokens, MANY);
    assert_int_equal(result.kept, 1);
    assert_int_equal(info_of(f->store).transaction, transaction);
    assert_int_equal(count_rows(f->store, "owner"), MANY + 1);
}

static void *purge_in_thread(void *ctx) {
    struct fixture *f = ctx;
    const apitoken_purge_opts opts = before(f->now_ms);
    static _Thread_local apitoken_purge_result result;
    result = (apitoken_purge_result)APITOKEN_PURGE_RESULT_INIT;
    int rc = apitoken_purge(f->store, &opts, &result, NULL);
    return (void *)(uintptr_t)(rc == 0 ? result.tokens : UINT32_MAX);
}

/* What another call removed first is no error, and is not counted twice. */
static void calls_at_the_same_time_remove_each_token_once(void **state) {
    struct fixture *f = *state;
    pthread_t threads[4];
    uint64_t total = 0;
    for (size_t i = 0; i < MANY; i++) (void)create_until(f->store, "owner", FIXTURE_NOW + 1);
    f->now_ms += DAY;
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, purge_in_thread, f), 0);
    for (size_t i = 0; i < COUNT(threads); i++) {
        void *removed;
        assert_int_equal(pthread_join(threads[i], &removed), 0);
        assert_int_not_equal((uintptr_t)removed, UINT32_MAX);
        total += (uintptr_t)removed;
    }
    assert_int_equal(total, MANY);
    assert_int_equal(info_of(f->store).tokens, 0);
    assert_sound(f);
}

/* ---- what is used again ---------------------------------------------------------------------- */

/* The word of a slot in which a token notes its first secret's uses. */
static uint64_t word_of(const struct fixture *f, size_t slot) {
    static uint8_t bytes[HEAD + 16 * SLOT];
    uint64_t word;
    assert_true(file_read(in_store(f, "last-use"), bytes, sizeof bytes) >=
                HEAD + (slot + 1) * SLOT);
    memcpy(&word, bytes + HEAD + slot * SLOT, sizeof word);
    return word;
}

static void a_free_slot_goes_to_the_next_token_without_its_use(void **state) {
    struct fixture *f = *state;
    const struct made_token first = fixture_create(f->store, "owner", "name", NULL),
                            second = create_until(f->store, "owner", FIXTURE_NOW + HOUR),
                            third = fixture_create(f->store, "owner", "name", NULL);
    assert_code(check(f->store, &first), 0);
    assert_code(check(f->store, &second), 0);
    assert_code(check(f->store, &third), 0);
    const uint64_t used = word_of(f, 1);
    assert_true(used != 0);
    f->now_ms += DAY;
    assert_int_equal(purge_before(f->store, f->now_ms).tokens, 1);
    const struct made_token again = fixture_create(f->store, "owner", "name", NULL),
                            next = fixture_create(f->store, "owner", "name", NULL);
    assert_true(word_of(f, 1) == 0);
    assert_true(shown_of(f->store, &again).last_used_ms == 0);
    assert_code(check(f->store, &again), 0);
    assert_true(word_of(f, 1) != 0 && word_of(f, 1) != used);
    assert_true(shown_of(f->store, &again).last_used_ms == f->now_ms / MINUTE * MINUTE);
    assert_true(word_of(f, 3) == 0);
    assert_code(check(f->store, &next), 0);
    assert_true(word_of(f, 3) != 0);
    assert_true(shown_of(f->store, &first).last_used_ms == FIXTURE_NOW / MINUTE * MINUTE);
    assert_sound(f);
}

/* A create that fails leaves the slot free. */
static void a_refused_create_takes_no_slot(void **state) {
    struct fixture *f = *state;
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    (void)create_until(f->store, "owner", FIXTURE_NOW + HOUR);
    f->now_ms += DAY;
    assert_int_equal(purge_before(f->store, f->now_ms).tokens, 1);
    policy.max_live = 1;
    assert_code(set_policy(f->store, APITOKEN_POLICY_MAX_LIVE, &policy), 0);
    const struct made_token again = fixture_create(f->store, "owner", "name", NULL);
    assert_code(try_create(f->store, "owner", "name", NULL), APITOKEN_E_LIVE_LIMIT);
    assert_code(check(f->store, &again), 0);
    assert_true(word_of(f, 0) != 0);
    assert_sound(f);
}

static size_t create_batch_of(apitoken_store *store, size_t count, int64_t end_ms, int *ret_code) {
    enum { MOST = 1000 };
    static apitoken_batch_item items[MOST];
    static const apitoken_batch_item *pointers[MOST];
    apitoken_batch *batch = NULL;
    for (size_t i = 0; i < count; i++) {
        items[i] = (apitoken_batch_item)APITOKEN_BATCH_ITEM_INIT;
        items[i].owner = "owner";
        items[i].owner_len = 5;
        items[i].name = "name";
        items[i].name_len = 4;
        items[i].expiry_kind = APITOKEN_EXPIRY_INSTANT;
        items[i].expiry_ms = end_ms;
        pointers[i] = &items[i];
    }
    *ret_code = apitoken_create_batch(store, pointers, count, NULL, &batch, NULL);
    apitoken_batch_free(batch);
    return *ret_code == 0 ? count : 0;
}

static size_t fill(struct fixture *f) {
    size_t created = 0;
    int rc = 0;
    for (size_t count = 1000; count > 0; count /= 10) do
            created += create_batch_of(f->store, count, f->now_ms + 1, &rc);
        while (rc == 0);
    assert_code(rc, APITOKEN_E_FULL);
    return created;
}

static int setup_small(void **state) {
    struct fixture *f = malloc(sizeof *f);
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    fixture_make_dir(f);
    fixture_make_keys(f);
    opts.map_bytes = 16 * MIB;
    fixture_make_store(f, &opts);
    f->store = open_admin(f);
    *state = f;
    return 0;
}

/* It needs none of what a create needs, and gives it back. */
static void a_full_store_can_be_purged_and_filled_again(void **state) {
    struct fixture *f = *state;
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    policy.audit_retention_ms = 0; /* the audit of all this would take a third of the store */
    assert_code(set_policy(f->store, APITOKEN_POLICY_AUDIT_RETENTION, &policy), 0);
    const size_t created = fill(f);
    f->now_ms += DAY;
    assert_int_equal(purge_before(f->store, f->now_ms).tokens, created);
    assert_int_equal(info_of(f->store).tokens, 0);
    const size_t again = fill(f);
    assert_true(again > created - created / 50);
    assert_int_equal(info_of(f->store).tokens, again);
    assert_sound(f);
}

/* ---- backup ---------------------------------------------------------------------------------- */

static void a_backup_has_the_free_slots(void **state) {
    struct fixture *f = *state;
    char copy[sizeof f->store_path + 8];
    (void)create_until(f->store, "owner", FIXTURE_NOW + HOUR);
    (void)fixture_create(f->store, "owner", "name", NULL);
    f->now_ms += DAY;
    assert_int_equal(purge_before(f->store, f->now_ms).tokens, 1);
    (void)snprintf(copy, sizeof copy, "%s.copy", f->store_path);
    assert_code(apitoken_store_backup(f->store, copy, NULL, NULL), 0);
    assert_code(apitoken_store_check(copy, f->keyring, NULL, NULL), 0);
    assert_sound(f);
}

/* ---- damage ---------------------------------------------------------------------------------- */

static void assert_all_but_damaged(struct fixture *f, void (*flip)(const struct fixture *,
                                                                   const struct made_token *)) {
    enum { damaged = 70 };
    static struct made_token made[MANY];
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_purge_result result = APITOKEN_PURGE_RESULT_INIT;
    for (size_t i = 0; i < MANY; i++) made[i] = create_until(f->store, "owner", FIXTURE_NOW + 1);
    f->now_ms += DAY;
    flip(f, &made[damaged]);
    result.tokens = 4711;
    const apitoken_purge_opts opts = before(f->now_ms);
    assert_code(apitoken_purge(f->store, &opts, &result, &err), APITOKEN_E_DAMAGED);
    assert_string_equal(err.id, made[damaged].id);
    assert_int_equal(result.tokens, 4711);
    assert_int_equal(info_of(f->store).tokens, 1);
    flip(f, &made[damaged]); /* whole again */
    assert_int_equal(purge_before(f->store, f->now_ms).tokens, 1);
    assert_int_equal(info_of(f->store).tokens, 0);
}

static void a_damaged_record_keeps_no_other_token(void **state) {
    assert_all_but_damaged(*state, flip_hot);
}

static void a_damaged_row_keeps_no_other_token(void **state) {
    assert_all_but_damaged(*state, flip_row);
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void assert_refused(struct fixture *f, const apitoken_purge_opts *opts, int code,
                           uint32_t field) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_purge_result result = APITOKEN_PURGE_RESULT_INIT;
    const uint64_t transaction = info_of(f->store).transaction;
    result.tokens = 4711;
    assert_code(apitoken_purge(f->store, opts, &result, &err), code);
    assert_field(&err, code, field, 0);
    assert_int_equal(result.tokens, 4711);
    assert_int_equal(info_of(f->store).transaction, transaction);
}

static void bad_input_removes_nothing(void **state) {
    struct fixture *f = *state;
    apitoken_purge_result result = APITOKEN_PURGE_RESULT_INIT;
    (void)create_until(f->store, "owner", FIXTURE_NOW + 1);
    f->now_ms += DAY;
    apitoken_purge_opts opts = before(f->now_ms);
    assert_refused(f, NULL, APITOKEN_E_ACTOR, APITOKEN_FIELD_ACTOR);
    opts.actor_len = 0;
    assert_refused(f, &opts, APITOKEN_E_ACTOR, APITOKEN_FIELD_ACTOR);
    opts.actor = "\n";
    opts.actor_len = 1;
    assert_refused(f, &opts, APITOKEN_E_ACTOR, APITOKEN_FIELD_ACTOR);
    opts = before(f->now_ms + 1);
    assert_refused(f, &opts, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_OPTS);
    opts = before(-1);
    assert_refused(f, &opts, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_OPTS);
    opts = before(f->now_ms);
    opts.flags = 2;
    assert_refused(f, &opts, APITOKEN_E_ABI, APITOKEN_FIELD_OPTS);
    opts = before(0);
    f->now_ms = -1;
    assert_refused(f, &opts, APITOKEN_E_CLOCK, APITOKEN_FIELD_NONE);
    f->now_ms = FIXTURE_NOW + DAY;
    opts = before(f->now_ms);
    result.size--;
    assert_code(apitoken_purge(f->store, &opts, &result, NULL), APITOKEN_E_ABI);
    assert_int_equal(count_rows(f->store, "owner"), 1);
    assert_code(apitoken_purge(f->store, &opts, NULL, NULL), 0); /* the result is optional */
    assert_int_equal(count_rows(f->store, "owner"), 0);
}

static void only_an_administrator_purges(void **state) {
    struct fixture *f = *state;
    apitoken_store *verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY),
                   *plain = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    const apitoken_purge_opts opts = before(FIXTURE_NOW);
    assert_code(apitoken_purge(plain, &opts, NULL, NULL), APITOKEN_E_ADMIN);
    assert_code(apitoken_purge(verify, &opts, NULL, NULL), APITOKEN_E_VERIFY_ONLY);
    apitoken_store_close(verify);
    apitoken_store_close(plain);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE_ADMIN(what_is_purged_is_unknown_everywhere),
        CASE_ADMIN(an_end_is_the_earlier_of_revoke_and_expiry),
        CASE_ADMIN(a_revoke_that_can_be_undone_is_kept),
        CASE_ADMIN(a_policy_may_shorten_the_time_of_an_undo),
        CASE_ADMIN(a_suspended_or_blocked_token_goes_when_it_expired),
        CASE_ADMIN(many_are_removed_in_steps),
        CASE_ADMIN(one_token_has_a_record_with_its_id),
        CASE_ADMIN(a_dry_run_counts_and_changes_nothing),
        CASE_ADMIN(calls_at_the_same_time_remove_each_token_once),
        CASE_ADMIN(a_free_slot_goes_to_the_next_token_without_its_use),
        CASE_ADMIN(a_refused_create_takes_no_slot),
        cmocka_unit_test_setup_teardown(a_full_store_can_be_purged_and_filled_again, setup_small,
                                        fixture_teardown),
        CASE_ADMIN(a_backup_has_the_free_slots),
        CASE_ADMIN(a_damaged_record_keeps_no_other_token),
        CASE_ADMIN(a_damaged_row_keeps_no_other_token),
        CASE_ADMIN(bad_input_removes_nothing),
        CASE_ADMIN(only_an_administrator_purges),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
