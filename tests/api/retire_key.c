/* SPDX-License-Identifier: MIT */
/* apitoken_store_retire_key(): a store leaves a key behind, and what was made with it. */
#include "life.h"

#include <stdio.h>
#include <string.h>

#include "cases.h"

#define MANY 150 /* tokens: more than two steps take */

/* ---- keys ------------------------------------------------------------------------------------ */

static int retire(apitoken_store *store, uint32_t key_id, uint32_t flags,
                  apitoken_retire_result *ret, apitoken_error *err) {
    apitoken_retire_opts opts = APITOKEN_RETIRE_OPTS_INIT;
    opts.flags = flags;
    opts.reason_code = APITOKEN_REASON_EXPOSED;
    opts.actor = "root";
    opts.actor_len = 4;
    return apitoken_store_retire_key(store, key_id, &opts, ret, err);
}

static int end_key(apitoken_store *store, uint32_t key_id, apitoken_retire_result *ret) {
    return retire(store, key_id, APITOKEN_RETIRE_END_TOKENS, ret, NULL);
}

static void remove_key(struct fixture *f, uint32_t key_id) {
    assert_code(apitoken_keyring_remove_key(f->keys, NULL, key_id, NULL), 0);
}

static void assert_sound(const struct fixture *f) {
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

/* ---- a key in use ---------------------------------------------------------------------------- */

static void a_key_that_live_tokens_need_stays(void **state) {
    struct fixture *f = *state;
    apitoken_retire_result result = APITOKEN_RETIRE_RESULT_INIT;
    apitoken_error err = APITOKEN_ERROR_INIT;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    const struct made_token suspended = fixture_create(f->store, "owner", "name", NULL);
    assert_code(suspend_token(f->store, &suspended, 1), 0);
    go_over_to_new_key(f);
    const struct unchanged before = unchanged_of(f->store, &token);
    assert_code(retire(f->store, 1, 0, &result, &err), APITOKEN_E_KEY_USED);
    assert_field(&err, APITOKEN_E_KEY_USED, APITOKEN_FIELD_KEY, 0);
    assert_non_null(strstr(err.text, "2 live tokens need key 1"));
    assert_int_equal(result.tokens, 2);
    assert_int_equal(result.is_retired, 0);
    for (uint32_t flags = APITOKEN_RETIRE_DRY_RUN; flags <= 3; flags++) {
        result = (apitoken_retire_result)APITOKEN_RETIRE_RESULT_INIT;
        assert_code(retire(f->store, 1, flags, &result, NULL), 0);
        assert_int_equal(result.tokens, 2);
        assert_int_equal(result.ended + result.superseded + result.records, 0);
        assert_int_equal(result.is_retired, 0);
    }
    assert_unchanged(f->store, &token, &before);
    assert_code(check(f->store, &token), 0);
}

static void the_active_key_stays(void **state) {
    struct fixture *f = *state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    const struct unchanged before = unchanged_of(f->store, &token);
    assert_code(retire(f->store, 1, APITOKEN_RETIRE_END_TOKENS, NULL, &err), APITOKEN_E_KEY_USED);
    assert_field(&err, APITOKEN_E_KEY_USED, APITOKEN_FIELD_KEY, 0);
    assert_code(end_key(f->store, 2, NULL), APITOKEN_E_KEY_ID);
    assert_code(end_key(f->store, 0, NULL), APITOKEN_E_KEY_ID);
    assert_code(end_key(f->store, UINT32_MAX, NULL), APITOKEN_E_KEY_ID);
    assert_unchanged(f->store, &token, &before);
}

static void a_wrong_call_changes_nothing(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    go_over_to_new_key(f);
    const struct unchanged before = unchanged_of(f->store, &token);
    apitoken_retire_opts opts = APITOKEN_RETIRE_OPTS_INIT;
    opts.flags = APITOKEN_RETIRE_END_TOKENS;
    assert_code(apitoken_store_retire_key(f->store, 1, NULL, NULL, NULL), APITOKEN_E_ACTOR);
    assert_code(apitoken_store_retire_key(f->store, 1, &opts, NULL, NULL), APITOKEN_E_ACTOR);
    opts.actor = "root";
    opts.actor_len = 4;
    opts.reason_code = 5;
    assert_code(apitoken_store_retire_key(f->store, 1, &opts, NULL, NULL), APITOKEN_E_REASON_CODE);
    opts.reason_code = 0;
    opts.flags = 4;
    assert_code(apitoken_store_retire_key(f->store, 1, &opts, NULL, NULL), APITOKEN_E_ABI);
    opts.flags = APITOKEN_RETIRE_END_TOKENS;
    f->now_ms = -1;
    assert_code(apitoken_store_retire_key(f->store, 1, &opts, NULL, NULL), APITOKEN_E_CLOCK);
    f->now_ms = FIXTURE_NOW;
    apitoken_store *usual = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(apitoken_store_retire_key(usual, 1, &opts, NULL, NULL), APITOKEN_E_ADMIN);
    apitoken_store_close(usual);
    assert_unchanged(f->store, &token, &before);
}

/* ---- tokens that end ------------------------------------------------------------------------- */

static struct made_token make_for(apitoken_store *store, size_t i) {
    char owner[32];
    (void)snprintf(owner, sizeof owner, "owner-%zu", i % 7);
    return fixture_create(store, owner, "name", NULL);
}

static void the_tokens_of_the_key_end(void **state) {
    struct fixture *f = *state;
    static struct made_token old[MANY];
    apitoken_retire_result result = APITOKEN_RETIRE_RESULT_INIT;
    for (size_t i = 0; i < MANY; i++) old[i] = make_for(f->store, i);
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_copies(f->store, &token);
    go_over_to_new_key(f);
    const struct made_token fresh = fixture_create(f->store, "owner", "fresh", NULL);
    assert_code(end_key(f->store, 1, &result), 0);
    assert_int_equal(result.is_retired, 1);
    assert_int_equal(result.tokens, MANY + 1);
    assert_int_equal(result.ended, MANY + 1);
    assert_int_equal(result.superseded, 0);
    assert_true(result.records >= 2 * (MANY + 1));
    for (size_t i = 0; i < MANY; i++) assert_code(check(f->store, &old[i]), APITOKEN_E_UNKNOWN);
    assert_code(check(f->store, &fresh), 0);
    assert_copies(f->store, &fresh);
    const struct shown shown = shown_of(f->store, &token);
    assert_int_equal(shown.state, APITOKEN_STATE_REVOKED);
    assert_int_equal(shown.reason_code, APITOKEN_REASON_EXPOSED);
    assert_int_equal(shown.revoked_ms, FIXTURE_NOW);
    assert_int_equal(shown.is_copyable, 0);
    assert_code(apitoken_unrevoke(f->store, LIT("owner"), token.id, APITOKEN_ID_LEN, NULL, NULL),
                APITOKEN_E_UNDO);
    assert_sound(f);
}

/* The grace of a rotate: with the key of the older secret, that ends; the token goes on. */
static void an_older_secret_of_the_key_ends(void **state) {
    struct fixture *f = *state;
    apitoken_retire_result result = APITOKEN_RETIRE_RESULT_INIT;
    const struct made_token old = fixture_create(f->store, "owner", "name", NULL);
    go_over_to_new_key(f);
    const struct made_token fresh = rotate_for(f->store, &old, HOUR, 0);
    assert_code(check(f->store, &old), 0);
    assert_code(retire(f->store, 1, 0, &result, NULL), APITOKEN_E_KEY_USED);
    assert_int_equal(result.tokens, 1);
    assert_code(end_key(f->store, 1, &result), 0);
    assert_int_equal(result.tokens, 1);
    assert_int_equal(result.ended, 0);
    assert_int_equal(result.superseded, 1);
    assert_code(check(f->store, &old), APITOKEN_E_UNKNOWN);
    assert_code(check(f->store, &fresh), 0);
    assert_int_equal(shown_of(f->store, &fresh).superseded_until_ms, 0);
    remove_key(f, 1);
    assert_code(reload_keys_again(f), 0);
    assert_code(check(f->store, &fresh), 0);
    assert_sound(f);
}

static void a_secret_whose_grace_is_over_needs_no_key(void **state) {
    struct fixture *f = *state;
    apitoken_retire_result result = APITOKEN_RETIRE_RESULT_INIT;
    const struct made_token old = fixture_create(f->store, "owner", "name", NULL);
    go_over_to_new_key(f);
    const struct made_token fresh = rotate_for(f->store, &old, HOUR, 0);
    f->now_ms += HOUR;
    assert_code(retire(f->store, 1, 0, &result, NULL), 0);
    assert_int_equal(result.tokens, 0);
    assert_int_equal(result.superseded, 1);
    assert_code(check(f->store, &fresh), 0);
    assert_sound(f);
}

/* Nobody could use it again, whatever end it got. */
static void an_expired_token_is_revoked(void **state) {
    struct fixture *f = *state;
    apitoken_retire_result result = APITOKEN_RETIRE_RESULT_INIT;
    apitoken_update_opts revive = APITOKEN_UPDATE_OPTS_INIT;
    const struct made_token token = create_until(f->store, "owner", FIXTURE_NOW + HOUR);
    const struct made_token revoked = fixture_create(f->store, "owner", "name", NULL);
    assert_code(revoke_token(f->store, "owner", revoked.id), 0);
    go_over_to_new_key(f);
    f->now_ms += HOUR;
    assert_code(retire(f->store, 1, 0, &result, NULL), 0);
    assert_int_equal(result.tokens, 0);
    assert_int_equal(result.ended, 1);
    revive.flags = APITOKEN_UPDATE_REVIVE;
    revive.mask = APITOKEN_UPDATE_EXPIRY;
    revive.expiry_kind = APITOKEN_EXPIRY_NEVER;
    assert_code(update_token(f->store, &token, &revive, NULL), APITOKEN_E_CHANGE_REVOKED);
    assert_code(apitoken_unrevoke(f->store, LIT("owner"), revoked.id, APITOKEN_ID_LEN, NULL, NULL),
                APITOKEN_E_UNDO);
    assert_int_equal(shown_of(f->store, &revoked).revoked_ms, FIXTURE_NOW);
    assert_sound(f);
}

/* ---- without the key ------------------------------------------------------------------------- */

static uint64_t count_audit(apitoken_store *store) {
    apitoken_audit_page *page = NULL;
    assert_code(apitoken_audit(store, NULL, &page, NULL), 0);
    const size_t count = apitoken_audit_page_count(page);
    apitoken_audit_page_free(page);
    return count;
}

/* All kinds of records that were tagged under the old key. */
static void everything_is_there_without_the_key(void **state) {
    struct fixture *f = *state;
    apitoken_policy policy = APITOKEN_POLICY_INIT, got = APITOKEN_POLICY_INIT;
    apitoken_owner_info info = APITOKEN_OWNER_INFO_INIT;
    policy.max_live = 90;
    assert_code(set_policy(f->store, APITOKEN_POLICY_MAX_LIVE, &policy), 0);
    for (size_t i = 0; i < 7; i++) (void)make_for(f->store, i);
    assert_code(block_owner(f->store, "owner-1"), 0);
    go_over_to_new_key(f);
    assert_code(end_key(f->store, 1, NULL), 0);
    const uint64_t records = count_audit(f->store);
    remove_key(f, 1);
    load_keys_again(f);
    apitoken_store_close(f->store);
    f->store = open_admin(f);
    assert_int_equal(apitoken_keyring_count(f->keyring), 1);
    assert_code(apitoken_policy_get(f->store, NULL, &got, NULL), 0);
    assert_int_equal(got.max_live, 90);
    assert_code(apitoken_owner_stat(f->store, LIT("owner-1"), NULL, &info, NULL), 0);
    assert_int_equal(info.is_blocked, 1);
    assert_int_equal(count_rows(f->store, "owner-1"), 1);
    assert_int_equal(count_audit(f->store), records);
    assert_code(try_create(f->store, "owner-2", "name", NULL), 0);
    assert_code(try_create(f->store, "owner-1", "name", NULL), APITOKEN_E_OWNER_BLOCKED);
    assert_code(unblock_owner(f->store, "owner-1"), 0);
    assert_sound(f);
}

/* Slots of tokens that were purged under the old key are used again without it. */
static void free_slots_are_there_without_the_key(void **state) {
    struct fixture *f = *state;
    apitoken_purge_opts purge = APITOKEN_PURGE_OPTS_INIT;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    f->now_ms += DAY;
    purge.actor = "root";
    purge.actor_len = 4;
    purge.ended_before_ms = f->now_ms;
    assert_code(apitoken_purge(f->store, &purge, NULL, NULL), 0);
    assert_int_equal(info_of(f->store).tokens, 0);
    go_over_to_new_key(f);
    assert_code(end_key(f->store, 1, NULL), 0);
    remove_key(f, 1);
    load_keys_again(f);
    assert_sound(f);
    apitoken_store_close(f->store);
    f->store = open_admin(f);
    (void)fixture_create(f->store, "owner", "name", NULL);
    assert_sound(f);
}

static void a_retired_key_stays_retired(void **state) {
    struct fixture *f = *state;
    apitoken_retire_result result = APITOKEN_RETIRE_RESULT_INIT;
    go_over_to_new_key(f);
    assert_code(end_key(f->store, 1, NULL), 0);
    const uint64_t transaction = info_of(f->store).transaction;
    for (uint32_t flags = 0; flags < 4; flags++) {
        result = (apitoken_retire_result)APITOKEN_RETIRE_RESULT_INIT;
        assert_code(retire(f->store, 1, flags, &result, NULL), 0);
        assert_int_equal(result.is_retired, 1);
        assert_int_equal(result.tokens + result.ended + result.records, 0);
    }
    assert_int_equal(info_of(f->store).transaction, transaction);
    remove_key(f, 1);
    assert_code(reload_keys_again(f), 0);
    assert_code(retire(f->store, 1, 0, &result, NULL), 0); /* the store still knows it */
}

/* It was never used here, and never will be. */
static void a_key_that_was_never_used_is_retired(void **state) {
    struct fixture *f = *state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(apitoken_keyring_add_key(f->keys, NULL, NULL, NULL), 0);
    assert_code(apitoken_keyring_add_key(f->keys, NULL, NULL, NULL), 0);
    assert_code(reload_keys_again(f), 0);
    assert_code(retire(f->store, 2, 0, NULL, NULL), 0);
    assert_code(check(f->store, &token), 0);
    assert_code(apitoken_keyring_activate_key(f->keys, 2, NULL, NULL), 0);
    assert_code(reload_keys_again(f), 0);
    apitoken_secret *secret = NULL;
    assert_code(apitoken_create(f->store, LIT("owner"), LIT("name"), NULL, &secret, &err),
                APITOKEN_E_KEY_RETIRED);
    assert_int_equal(err.item, 2);
    assert_code(check(f->store, &token), 0);
}

/* ---- other hosts ----------------------------------------------------------------------------- */

/* It has both keys and makes tokens with the old one: no write of it goes through any more. */
static void a_host_that_is_left_behind_writes_nothing(void **state) {
    struct fixture *f = *state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_code(apitoken_keyring_add_key(f->keys, NULL, NULL, NULL), 0);
    load_keys_again(f);
    apitoken_store *other = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    const struct made_token old = fixture_create(other, "owner", "old", NULL);
    assert_code(apitoken_keyring_activate_key(f->keys, 2, NULL, NULL), 0);
    assert_code(reload_keys_again(f), 0);
    const struct made_token fresh = fixture_create(f->store, "owner", "fresh", NULL);
    assert_code(check(other, &old), 0);
    assert_code(check(other, &old), 0); /* it is remembered */
    assert_code(end_key(f->store, 1, NULL), 0);
    assert_code(check(other, &old), APITOKEN_E_UNKNOWN);
    assert_code(check(other, &fresh), 0);
    const uint64_t transaction = info_of(f->store).transaction;
    apitoken_secret *secret = NULL;
    assert_code(apitoken_create(other, LIT("owner"), LIT("name"), NULL, &secret, &err),
                APITOKEN_E_KEY_RETIRED);
    assert_int_equal(err.item, 1);
    assert_code(revoke_token(other, "owner", fresh.id), APITOKEN_E_KEY_RETIRED);
    assert_int_equal(info_of(f->store).transaction, transaction);
    assert_code(check(other, &fresh), 0);
    assert_code(apitoken_store_reload_keys(other, f->keyring, NULL, NULL), 0);
    assert_code(revoke_token(other, "owner", fresh.id), 0);
    apitoken_store_close(other);
}

/* A keyring whose active key is retired still validates. */
static void with_a_retired_active_key_a_store_only_validates(void **state) {
    struct fixture *f = *state;
    const char *behind = in_dir(f->dir, "behind");
    assert_code(apitoken_keyring_add_key(f->keys, NULL, NULL, NULL), 0);
    file_copy(f->keys, behind);
    assert_code(apitoken_keyring_activate_key(f->keys, 2, NULL, NULL), 0);
    assert_code(reload_keys_again(f), 0);
    const struct made_token fresh = fixture_create(f->store, "owner", "fresh", NULL);
    assert_code(end_key(f->store, 1, NULL), 0);
    apitoken_keyring *keyring = load_keys(behind);
    for (uint32_t mode = APITOKEN_MODE_READ_WRITE; mode <= APITOKEN_MODE_VERIFY_ONLY; mode++) {
        apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
        apitoken_store *store = NULL;
        opts.mode = mode;
        assert_code(apitoken_store_open(f->store_path, keyring, &opts, &store, NULL), 0);
        assert_code(check(store, &fresh), 0);
        struct made_token unknown = fresh;
        spoil_secret(&unknown);
        assert_code(check(store, &unknown), APITOKEN_E_UNKNOWN);
        memcpy(unknown.text + TOKEN_BODY + 1, "0123456789AB", APITOKEN_ID_LEN);
        token_put_checksum(unknown.text, unknown.len);
        assert_code(check(store, &unknown), APITOKEN_E_UNKNOWN);
        assert_code(try_create(store, "owner", "name", NULL), mode == APITOKEN_MODE_READ_WRITE
                                                                  ? APITOKEN_E_KEY_RETIRED
                                                                  : APITOKEN_E_VERIFY_ONLY);
        apitoken_store_close(store);
    }
    apitoken_keyring_free(keyring);
}

/* The handle was opened at key 1, with which it answered for an unknown id. */
static void an_unknown_id_stays_unknown(void **state) {
    struct fixture *f = *state;
    struct made_token unknown = fixture_create(f->store, "owner", "name", NULL);
    go_over_to_new_key(f);
    apitoken_store *v = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    memcpy(unknown.text + TOKEN_BODY + 1, "0123456789AB", APITOKEN_ID_LEN);
    token_put_checksum(unknown.text, unknown.len);
    assert_code(check(v, &unknown), APITOKEN_E_UNKNOWN);
    assert_code(end_key(f->store, 1, NULL), 0);
    remove_key(f, 1);
    load_keys_again(f);
    assert_code(apitoken_store_reload_keys(v, f->keyring, NULL, NULL), 0);
    assert_code(check(v, &unknown), APITOKEN_E_UNKNOWN);
    assert_code(check(f->store, &unknown), APITOKEN_E_UNKNOWN);
    apitoken_store_close(v);
}

/* ---- the 33rd key ---------------------------------------------------------------------------- */

static void there_is_room_for_another_key(void **state) {
    struct fixture *f = *state;
    uint32_t id = 0;
    for (int i = 1; i < 32; i++) {
        assert_code(apitoken_keyring_add_key(f->keys, NULL, &id, NULL), 0);
        assert_code(apitoken_keyring_activate_key(f->keys, id, NULL, NULL), 0);
        load_keys_again(f);
        apitoken_store_close(f->store);
        f->store = open_admin(f);
        (void)fixture_create(f->store, "owner", "name", NULL);
    }
    assert_code(apitoken_keyring_add_key(f->keys, NULL, &id, NULL), APITOKEN_E_KEY_LIMIT);
    for (uint32_t key_id = 1; key_id <= 3; key_id++) {
        assert_code(end_key(f->store, key_id, NULL), 0);
        remove_key(f, key_id);
    }
    assert_code(apitoken_keyring_add_key(f->keys, NULL, &id, NULL), 0);
    assert_int_equal(id, 33);
    assert_code(apitoken_keyring_activate_key(f->keys, id, NULL, NULL), 0);
    load_keys_again(f);
    apitoken_store_close(f->store);
    f->store = open_admin(f);
    const struct made_token fresh = fixture_create(f->store, "owner", "fresh", NULL);
    assert_code(check(f->store, &fresh), 0);
    assert_sound(f);
}

/* ---- the audit ------------------------------------------------------------------------------- */

static void the_audit_says_who_retired_it(void **state) {
    struct fixture *f = *state;
    apitoken_audit_page *page = NULL;
    apitoken_audit_opts opts = APITOKEN_AUDIT_OPTS_INIT;
    const struct made_token a = fixture_create(f->store, "owner", "a", NULL);
    const struct made_token b = fixture_create(f->store, "owner", "b", NULL);
    char ids[64];
    go_over_to_new_key(f);
    assert_code(end_key(f->store, 1, NULL), 0);
    assert_code(apitoken_audit(f->store, &opts, &page, NULL), 0);
    /* two creates, the key that is active now, begin, one step, end */
    static const int verbs[] = { APITOKEN_VERB_CREATE,     APITOKEN_VERB_CREATE,
                                 APITOKEN_VERB_ADD_KEY,    APITOKEN_VERB_RETIRE_KEY,
                                 APITOKEN_VERB_RETIRE_KEY, APITOKEN_VERB_RETIRE_KEY };
    assert_int_equal(apitoken_audit_page_count(page), COUNT(verbs));
    for (size_t i = 0; i < COUNT(verbs); i++)
        assert_int_equal(apitoken_audit_verb(apitoken_audit_page_at(page, i)), verbs[i]);
    const apitoken_audit_record *first = apitoken_audit_page_at(page, 3),
                                *step = apitoken_audit_page_at(page, 4);
    assert_string_equal(apitoken_audit_actor(first), "root");
    assert_int_equal(apitoken_audit_change_field(first, 0), APITOKEN_CHANGE_KEY);
    assert_string_equal(apitoken_audit_change_after(first, 0), "1");
    assert_string_equal(apitoken_audit_owner(step), "owner");
    assert_string_equal(apitoken_audit_actor(step), "root");
    (void)snprintf(ids, sizeof ids, "%s,%s", a.id, b.id);
    assert_string_equal(apitoken_audit_change_after(step, 0), ids);
    apitoken_audit_page_free(page);
}

/* ---- a backup from before -------------------------------------------------------------------- */

/* Its records name the key: the store is as if the retire had been interrupted. */
static void a_backup_from_before_is_to_be_retired_again(void **state) {
    struct fixture *f = *state;
    const char *backup = in_dir(f->dir, "backup");
    apitoken_restore_opts opts = APITOKEN_RESTORE_OPTS_INIT;
    apitoken_restore_result restored = APITOKEN_RESTORE_RESULT_INIT;
    apitoken_retire_result result = APITOKEN_RETIRE_RESULT_INIT;
    const struct made_token old = fixture_create(f->store, "owner", "old", NULL);
    go_over_to_new_key(f);
    assert_code(apitoken_store_backup(f->store, backup, NULL, NULL), 0);
    assert_code(end_key(f->store, 1, NULL), 0);
    apitoken_store_close(f->store);
    f->store = NULL;
    opts.actor = "root";
    opts.actor_len = 4;
    assert_code(apitoken_store_restore(backup, f->store_path, f->keyring, &opts, &restored, NULL),
                0);
    assert_int_equal(restored.carried_over, 1); /* the revocation is kept */
    f->store = open_admin(f);
    assert_int_equal(state_of(f->store, "owner", old.id), APITOKEN_STATE_REVOKED);
    assert_sound(f);
    assert_code(retire(f->store, 1, 0, &result, NULL), 0);
    assert_int_equal(result.is_retired, 1);
    assert_true(result.records > 0);
    remove_key(f, 1);
    load_keys_again(f);
    assert_sound(f);
}

static int setup_always_admin(void **state) {
    int rc = fixture_setup_always(state);
    struct fixture *f = *state;
    apitoken_store_close(f->store);
    f->store = open_admin(f);
    return rc;
}
#define CASE_ALWAYS_ADMIN(fn) \
    cmocka_unit_test_setup_teardown(fn, setup_always_admin, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE_ADMIN(a_key_that_live_tokens_need_stays),
        CASE_ADMIN(the_active_key_stays),
        CASE_ADMIN(a_wrong_call_changes_nothing),
        CASE_ALWAYS_ADMIN(the_tokens_of_the_key_end),
        CASE_ADMIN(an_older_secret_of_the_key_ends),
        CASE_ADMIN(a_secret_whose_grace_is_over_needs_no_key),
        CASE_ADMIN(an_expired_token_is_revoked),
        CASE_ADMIN(everything_is_there_without_the_key),
        CASE_ADMIN(free_slots_are_there_without_the_key),
        CASE_ADMIN(a_retired_key_stays_retired),
        CASE_ADMIN(a_key_that_was_never_used_is_retired),
        CASE_ADMIN(a_host_that_is_left_behind_writes_nothing),
        CASE_ADMIN(with_a_retired_active_key_a_store_only_validates),
        CASE_ADMIN(an_unknown_id_stays_unknown),
        CASE_ADMIN(there_is_room_for_another_key),
        CASE_ADMIN(the_audit_says_who_retired_it),
        CASE_ADMIN(a_backup_from_before_is_to_be_retired_again),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
