/* SPDX-License-Identifier: MIT */
/* apitoken_store_reload_keys(): an open store gets other keys. */
#include "api.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"

#define RW APITOKEN_MODE_READ_WRITE
#define VERIFY APITOKEN_MODE_VERIFY_ONLY

/* ---- keyrings -------------------------------------------------------------------------------- */

/* A copy of the keyring file as it is now. */
static const char *copy_keys(const struct fixture *f, const char *name) {
    const char *path = in_dir(f->dir, name);
    file_copy(f->keys, path);
    return path;
}

static void add_key(const char *path) {
    assert_code(apitoken_keyring_add_key(path, NULL, NULL, NULL), 0);
}

static void activate_key(const char *path, uint32_t id) {
    assert_code(apitoken_keyring_activate_key(path, id, NULL, NULL), 0);
}

static int reload_from(apitoken_store *store, const char *path) {
    apitoken_keyring *keyring = load_keys(path);
    int rc = apitoken_store_reload_keys(store, keyring, NULL, NULL);
    apitoken_keyring_free(keyring); /* the store has a copy */
    return rc;
}

static apitoken_store *open_from(const struct fixture *f, const char *path) {
    apitoken_store *store = NULL;
    apitoken_keyring *keyring = load_keys(path);
    assert_code(apitoken_store_open(f->store_path, keyring, NULL, &store, NULL), 0);
    apitoken_keyring_free(keyring);
    return store;
}

/* Another host goes over to key 2 and makes a token with it. */
static struct made_token rotate_elsewhere(const struct fixture *f) {
    add_key(f->keys);
    activate_key(f->keys, 2);
    apitoken_store *other = open_from(f, f->keys);
    struct made_token fresh = fixture_create(other, "owner", "fresh", NULL);
    apitoken_store_close(other);
    return fresh;
}

/* ---- cases ----------------------------------------------------------------------------------- */

static void new_keys_are_used_from_then_on(void **state) {
    struct fixture *f = *state;
    struct made_token old = fixture_create(f->store, "owner", "old", NULL);
    add_key(f->keys);
    activate_key(f->keys, 2);
    assert_code(reload_from(f->store, f->keys), 0);
    assert_int_equal(info_of(f->store).active_key, 2);
    struct made_token fresh = fixture_create(f->store, "owner", "fresh", NULL);
    for (int i = 0; i < 3; i++) {
        assert_code(check(f->store, &old), 0);
        assert_code(check(f->store, &fresh), 0);
    }
    assert_copies(f->store, &old);
    assert_copies(f->store, &fresh);
    /* the store lists key 2 now */
    assert_code(try_open(f, RW), APITOKEN_E_KEY_MISSING);
    apitoken_store_close(open_from(f, f->keys));
}

static void a_verify_only_handle_takes_either_keyring(void **state) {
    struct fixture *f = *state;
    apitoken_store *v = fixture_open(f, VERIFY);
    struct made_token fresh = rotate_elsewhere(f);
    const char *verify_keys = in_dir(f->dir, "verify-2");
    assert_code(apitoken_keyring_export_verify(f->keys, verify_keys, NULL, NULL), 0);
    assert_code(check(v, &fresh), APITOKEN_E_KEY_MISSING);
    assert_code(reload_from(v, verify_keys), 0);
    assert_code(check(v, &fresh), 0);
    assert_int_equal(count_rows(v, "owner"), 1);
    for (int i = 0; i < 40; i++) /* the same keys, so none is added */
        assert_code(reload_from(v, i % 2 ? verify_keys : f->keys), 0);
    assert_code(check(v, &fresh), 0);
    assert_code(try_create(v, "owner", "name", NULL), APITOKEN_E_VERIFY_ONLY);
    apitoken_store_close(v);
}

static void assert_backs_up(const struct fixture *f, apitoken_store *store, const char *name) {
    const char *path = in_dir(f->dir, name);
    apitoken_keyring *keyring = load_keys(f->keys);
    assert_code(apitoken_store_backup(store, path, NULL, NULL), 0);
    assert_code(apitoken_store_check(path, keyring, NULL, NULL), 0);
    apitoken_keyring_free(keyring);
}

/* Key 1 it has in full, and key 2, which the store lists by then, only to verify. */
static void a_verify_only_handle_backs_up_with_either_keyring(void **state) {
    struct fixture *f = *state;
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *v = NULL;
    opts.mode = VERIFY;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &v, NULL), 0);
    struct made_token fresh = rotate_elsewhere(f);
    const char *verify_keys = in_dir(f->dir, "verify-2");
    assert_code(apitoken_keyring_export_verify(f->keys, verify_keys, NULL, NULL), 0);
    assert_code(reload_from(v, verify_keys), 0);
    assert_backs_up(f, v, "backup-1");
    assert_code(reload_from(v, f->keys), 0);
    assert_backs_up(f, v, "backup-2");
    assert_code(check(v, &fresh), 0);
    apitoken_store_close(v);
}

/* What it lacks, and what to do, is in the detail. */
static void a_handle_left_behind_goes_on_after_a_reload(void **state) {
    struct fixture *f = *state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    struct made_token old = fixture_create(f->store, "owner", "old", NULL);
    struct made_token fresh = rotate_elsewhere(f);
    const struct made_token *const tokens[] = { &old, &fresh };
    for (size_t i = 0; i < COUNT(tokens); i++) {
        assert_code(
            apitoken_revoke(f->store, LIT("owner"), tokens[i]->id, APITOKEN_ID_LEN, NULL, &err),
            APITOKEN_E_KEY_MISSING);
        assert_int_equal(err.item, 2);
        assert_non_null(strstr(err.text, "load it again"));
    }
    assert_code(reload_from(f->store, f->keys), 0);
    assert_code(check(f->store, &fresh), 0);
    for (size_t i = 0; i < COUNT(tokens); i++) {
        assert_code(revoke_token(f->store, "owner", tokens[i]->id), 0);
        assert_code(check(f->store, tokens[i]), APITOKEN_E_REVOKED);
    }
    assert_code(try_create(f->store, "owner", "name", NULL), 0);
}

static void assert_refused(apitoken_store *store, const char *path, int code, uint32_t item) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_keyring *keyring = load_keys(path);
    assert_code(apitoken_store_reload_keys(store, keyring, NULL, &err), code);
    assert_int_equal(err.code, code);
    assert_int_equal(err.item, item);
    apitoken_keyring_free(keyring);
}

static void a_keyring_that_does_not_fit_changes_nothing(void **state) {
    struct fixture *f = *state;
    const char *before = copy_keys(f, "before"), *strayed = copy_keys(f, "strayed"),
               *foreign = in_dir(f->dir, "foreign");
    assert_code(apitoken_keyring_create(foreign, NULL, NULL), 0);
    add_key(strayed);
    apitoken_store *v = fixture_open(f, VERIFY);
    struct made_token fresh = rotate_elsewhere(f);
    assert_code(reload_from(f->store, f->keys), 0);
    apitoken_store *const stores[] = { f->store, v };
    for (size_t i = 0; i < COUNT(stores); i++) {
        assert_refused(stores[i], before, APITOKEN_E_KEY_MISSING, 2);
        assert_refused(stores[i], strayed, APITOKEN_E_KEY_WRONG, 2);
        assert_refused(stores[i], foreign, APITOKEN_E_KEY_WRONG, 1);
    }
    assert_refused(f->store, f->verify_keys, APITOKEN_E_KEYS_VERIFY, UINT32_MAX);
    assert_code(check(f->store, &fresh), 0);
    assert_int_equal(info_of(f->store).active_key, 2);
    assert_code(try_create(f->store, "owner", "name", NULL), 0);
    assert_code(check(v, &fresh), APITOKEN_E_KEY_MISSING);
    apitoken_store_close(v);
}

/*
 * Key 2 was never used when the handle lost it. What another host makes with it afterwards is
 * refused, until the handle has the key again.
 */
static void a_key_that_is_gone_validates_nothing(void **state) {
    struct fixture *f = *state;
    const char *without = copy_keys(f, "without");
    add_key(f->keys);
    assert_code(reload_from(f->store, f->keys), 0);
    assert_code(reload_from(f->store, without), 0);
    activate_key(f->keys, 2);
    apitoken_store *other = open_from(f, f->keys);
    struct made_token fresh = fixture_create(other, "owner", "fresh", NULL);
    assert_code(check(other, &fresh), 0);
    for (int i = 0; i < 3; i++) assert_code(check(f->store, &fresh), APITOKEN_E_KEY_MISSING);
    assert_code(reload_from(f->store, without), APITOKEN_E_KEY_MISSING);
    assert_code(reload_from(f->store, f->keys), 0);
    for (int i = 0; i < 3; i++) assert_code(check(f->store, &fresh), 0);
    apitoken_store_close(other);
}

/* The handle was opened with an active key that was never used. */
static void an_unknown_id_stays_unknown_when_the_active_key_goes(void **state) {
    struct fixture *f = *state;
    const char *without = copy_keys(f, "without");
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    add_key(f->keys);
    activate_key(f->keys, 2);
    apitoken_store *store = open_from(f, f->keys);
    assert_code(reload_from(store, without), 0);
    assert_int_equal(info_of(store).active_key, 1);
    char *last = &token.text[TOKEN_BODY + APITOKEN_ID_LEN]; /* of the id */
    *last = *last == 'x' ? 'y' : 'x';
    token_put_checksum(token.text, token.len);
    assert_code(check(store, &token), APITOKEN_E_UNKNOWN);
    struct made_token made = fixture_create(store, "owner", "name", NULL);
    assert_code(check(f->store, &made), 0); /* made with key 1 */
    apitoken_store_close(store);
}

/* Two copies of one keyring, a key added to each: the handle has had both, and uses the first. */
static void keys_of_one_id_are_told_apart(void **state) {
    struct fixture *f = *state;
    const char *strayed = copy_keys(f, "strayed");
    const char *const paths[] = { f->keys, strayed, f->keys };
    add_key(strayed);
    activate_key(strayed, 2);
    add_key(f->keys);
    activate_key(f->keys, 2);
    for (size_t i = 0; i < COUNT(paths); i++) assert_code(reload_from(f->store, paths[i]), 0);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(check(f->store, &token), 0);
    assert_code(reload_from(f->store, strayed), APITOKEN_E_KEY_WRONG);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL),
                APITOKEN_E_KEY_MISSING);
    apitoken_store *other = open_from(f, f->keys);
    assert_code(check(other, &token), 0);
    apitoken_store_close(other);
}

/* Copies of one keyring, a key added to each: all of them have another key 2. */
static void a_handle_has_had_at_most_32_keys(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    const char *before = copy_keys(f, "before");
    char strayed[96];
    (void)snprintf(strayed, sizeof strayed, "%s", in_dir(f->dir, "strayed"));
    for (int held = 1; held < 32; held++) {
        (void)unlink(strayed);
        file_copy(before, strayed);
        add_key(strayed);
        activate_key(strayed, 2);
        assert_code(reload_from(f->store, strayed), 0);
        assert_int_equal(info_of(f->store).active_key, 2);
    }
    assert_code(reload_from(f->store, before), 0);
    add_key(f->keys);
    assert_refused(f->store, f->keys, APITOKEN_E_KEY_LIMIT, UINT32_MAX);
    assert_code(reload_from(f->store, strayed), 0); /* the last one is there already */
    assert_code(reload_from(f->store, before), 0);
    assert_code(check(f->store, &token), 0);
    assert_code(try_create(f->store, "owner", "name", NULL), 0);
    apitoken_store_close(open_from(f, f->keys));
}

static void a_store_that_was_replaced_gets_no_keys(void **state) {
    struct fixture *f = *state;
    assert_int_equal(rename(f->store_path, in_dir(f->dir, "aside")), 0);
    assert_code(reload_from(f->store, f->keys), APITOKEN_E_REPLACED);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE_ALWAYS(new_keys_are_used_from_then_on),
        CASE(a_verify_only_handle_takes_either_keyring),
        CASE(a_verify_only_handle_backs_up_with_either_keyring),
        CASE(a_handle_left_behind_goes_on_after_a_reload),
        CASE(a_keyring_that_does_not_fit_changes_nothing),
        CASE(a_key_that_is_gone_validates_nothing),
        CASE(an_unknown_id_stays_unknown_when_the_active_key_goes),
        CASE(keys_of_one_id_are_told_apart),
        CASE(a_handle_has_had_at_most_32_keys),
        CASE(a_store_that_was_replaced_gets_no_keys),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
