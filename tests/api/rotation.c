/* SPDX-License-Identifier: MIT */
/*
 * Keys rotate without invalidating tokens: add the new key everywhere, then activate it. Also,
 * which error a keyring without the new key leads to.
 */
#include "api.h"

#include <stdio.h>
#include <string.h>

#include "cases.h"

#define RW APITOKEN_MODE_READ_WRITE
#define VERIFY APITOKEN_MODE_VERIFY_ONLY

/* Loads the keyring file anew, and exports and loads the verify-only one. */
static void reload(struct fixture *f) {
    assert_int_equal(remove(f->verify_keys), 0);
    assert_code(apitoken_keyring_export_verify(f->keys, f->verify_keys, NULL, NULL), 0);
    apitoken_keyring_free(f->keyring);
    apitoken_keyring_free(f->verify_keyring);
    assert_code(apitoken_keyring_load(f->keys, NULL, &f->keyring, NULL), 0);
    assert_code(apitoken_keyring_load(f->verify_keys, NULL, &f->verify_keyring, NULL), 0);
}

static void add(const struct fixture *f, uint32_t due_id) {
    uint32_t id = 0;
    assert_code(apitoken_keyring_add_key(f->keys, NULL, &id, NULL), 0);
    assert_int_equal(id, due_id);
}

static void activate(const struct fixture *f, uint32_t id) {
    assert_code(apitoken_keyring_activate_key(f->keys, id, NULL, NULL), 0);
}

static void reopen(struct fixture *f) {
    apitoken_store_close(f->store);
    f->store = fixture_open(f, RW);
}

/* Makes this key the active one, and has the fixture's keyrings and handle follow. */
static void rotate_to(struct fixture *f, uint32_t id) {
    activate(f, id);
    reload(f);
    reopen(f);
}

static void old_tokens_live_on_under_their_key(void **state) {
    struct fixture *f = *state;
    struct made_token old = fixture_create(f->store, "owner", "old", NULL),
                      gone = fixture_create(f->store, "owner", "gone", NULL);
    assert_int_equal(info_of(f->store).active_key, 1);
    add(f, 2);
    rotate_to(f, 2);
    assert_int_equal(info_of(f->store).active_key, 2);
    struct made_token fresh = fixture_create(f->store, "owner", "fresh", NULL);
    apitoken_store *v = fixture_open(f, VERIFY);
    for (int round = 0; round < 2; round++) {
        apitoken_store *store = round ? v : f->store;
        assert_code(check(store, &old), 0);
        assert_code(check(store, &fresh), 0);
        assert_int_equal(count_rows(store, "owner"), 3);
    }
    assert_copies(f->store, &old);
    assert_copies(f->store, &fresh);
    assert_code(revoke_token(f->store, "owner", gone.id), 0);
    assert_code(check(v, &gone), APITOKEN_E_REVOKED);
    apitoken_store_close(v);
}

/* Whoever has the added key already verifies what is made under it later. */
static void an_added_key_verifies_before_it_is_active(void **state) {
    struct fixture *f = *state;
    add(f, 2);
    reload(f);
    reopen(f);
    apitoken_store *early = fixture_open(f, VERIFY);
    assert_int_equal(info_of(f->store).active_key, 1);
    struct made_token old = fixture_create(f->store, "owner", "old", NULL);
    rotate_to(f, 2);
    struct made_token fresh = fixture_create(f->store, "owner", "fresh", NULL);
    assert_code(check(early, &old), 0);
    assert_code(check(early, &fresh), 0);
    assert_int_equal(count_rows(early, "owner"), 2);
    apitoken_store_close(early);
}

/*
 * Opened before the key was added: what was made under it cannot be told, and is denied; the rest
 * goes on.
 */
static void a_handle_left_behind_says_so(void **state) {
    struct fixture *f = *state;
    apitoken_store *v = fixture_open(f, VERIFY), *rw = fixture_open(f, RW);
    struct made_token old = fixture_create(f->store, "owner", "old", NULL);
    add(f, 2);
    rotate_to(f, 2);
    struct made_token fresh = fixture_create(f->store, "owner", "fresh", NULL);
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    apitoken_page *page = UNTOUCHED;
    verdict.code = 0;
    assert_code(check(v, &old), 0);
    /* what this one remembers is no help to the others */
    for (int i = 0; i < 4; i++) assert_code(check(f->store, &fresh), 0);
    assert_code(check(rw, &fresh), APITOKEN_E_KEY_MISSING);
    assert_code(apitoken_validate(v, fresh.text, fresh.len, NULL, &verdict, NULL),
                APITOKEN_E_KEY_MISSING);
    assert_code(verdict.code, APITOKEN_E_KEY_MISSING);
    assert_string_equal(verdict.id, fresh.id);
    assert_string_equal(verdict.owner, "");
    /* no denial: the token may be good */
    assert_int_equal(apitoken_public_status(verdict.code), 503);
    assert_code(apitoken_list(v, LIT("owner"), NULL, &page, NULL), APITOKEN_E_KEY_MISSING);
    assert_ptr_equal(page, UNTOUCHED);
    assert_code(try_create(rw, "owner", "name", NULL), APITOKEN_E_KEY_MISSING);
    assert_code(revoke_token(rw, "owner", fresh.id), APITOKEN_E_KEY_MISSING);
    assert_code(check(f->store, &fresh), 0);
    assert_int_equal(count_rows(f->store, "owner"), 2);
    apitoken_store_close(rw);
    apitoken_store_close(v);
}

static void assert_open(const struct fixture *f, const apitoken_keyring *keyring, uint32_t mode,
                        int code, uint32_t item) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_store *store = UNTOUCHED;
    opts.mode = mode;
    assert_code(apitoken_store_open(f->store_path, keyring, &opts, &store, &err), code);
    assert_ptr_equal(store, UNTOUCHED);
    assert_int_equal(err.item, item);
}

static void a_keyring_left_behind_opens_no_store(void **state) {
    struct fixture *f = *state;
    apitoken_keyring *old = NULL, *old_verify = NULL;
    assert_code(apitoken_keyring_load(f->keys, NULL, &old, NULL), 0);
    assert_code(apitoken_keyring_load(f->verify_keys, NULL, &old_verify, NULL), 0);
    add(f, 2);
    rotate_to(f, 2);
    /* from now on the store knows of key 2 */
    (void)fixture_create(f->store, "owner", "fresh", NULL);
    assert_open(f, old, RW, APITOKEN_E_KEY_MISSING, 2);
    assert_open(f, old, VERIFY, APITOKEN_E_KEY_MISSING, 2);
    assert_open(f, old_verify, VERIFY, APITOKEN_E_KEY_MISSING, 2);
    apitoken_keyring_free(old);
    apitoken_keyring_free(old_verify);
}

/* Two copies of one keyring file, a key added to each: the same number, different keys. */
static void a_keyring_that_went_another_way_is_wrong(void **state) {
    struct fixture *f = *state;
    const char *other = in_dir(f->dir, "other");
    apitoken_keyring *strayed = NULL;
    file_copy(f->keys, other);
    assert_code(apitoken_keyring_add_key(other, NULL, NULL, NULL), 0);
    assert_code(apitoken_keyring_load(other, NULL, &strayed, NULL), 0);
    add(f, 2);
    rotate_to(f, 2);
    (void)fixture_create(f->store, "owner", "fresh", NULL);
    assert_open(f, strayed, RW, APITOKEN_E_KEY_WRONG, 2);
    assert_open(f, strayed, VERIFY, APITOKEN_E_KEY_WRONG, 2);
    apitoken_keyring_free(strayed);
}

static void the_first_key_can_be_active_again(void **state) {
    struct fixture *f = *state;
    add(f, 2);
    rotate_to(f, 2);
    struct made_token second = fixture_create(f->store, "owner", "second", NULL);
    rotate_to(f, 1);
    struct made_token first = fixture_create(f->store, "owner", "first", NULL);
    assert_int_equal(info_of(f->store).active_key, 1);
    assert_code(check(f->store, &first), 0);
    assert_code(check(f->store, &second), 0);
}

static void tokens_of_all_keys_a_keyring_can_hold_are_good(void **state) {
    struct fixture *f = *state;
    enum { KEYS = 32 };
    struct made_token made[KEYS];
    made[0] = fixture_create(f->store, "owner", "name", NULL);
    for (uint32_t id = 2; id <= KEYS; id++) {
        add(f, id);
        rotate_to(f, id);
        made[id - 1] = fixture_create(f->store, "owner", "name", NULL);
    }
    apitoken_store *v = fixture_open(f, VERIFY);
    for (size_t i = 0; i < KEYS; i++) {
        assert_code(check(v, &made[i]), 0);
        assert_copies(f->store, &made[i]);
    }
    apitoken_store_close(v);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE_ALWAYS(old_tokens_live_on_under_their_key),
        CASE(an_added_key_verifies_before_it_is_active),
        CASE(a_handle_left_behind_says_so),
        CASE(a_keyring_left_behind_opens_no_store),
        CASE(a_keyring_that_went_another_way_is_wrong),
        CASE(the_first_key_can_be_active_again),
        CASE_ALWAYS(tokens_of_all_keys_a_keyring_can_hold_are_good),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
