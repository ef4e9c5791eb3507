/* SPDX-License-Identifier: MIT */
/*
 * An open store gets other keys while it is used: by threads of the same process, and by another
 * process that writes with a key that this one lacks.
 */
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "fixture.h"
#include "storage.h"
#include "thread.h"
#include "watch.h"

static apitoken_keyring *load_keys(const char *path) {
    apitoken_keyring *keyring = NULL;
    assert_code(apitoken_keyring_load(path, NULL, &keyring, NULL), 0);
    return keyring;
}

static int validate(apitoken_store *store, const struct made_token *made) {
    return apitoken_validate(store, made->text, made->len, NULL, NULL, NULL);
}

static int revoke_owned(apitoken_store *store, const struct made_token *made) {
    return apitoken_revoke(store, LIT("owner"), made->id, strlen(made->id), NULL, NULL);
}

/* ---- two processes --------------------------------------------------------------------------- */

enum { TOKENS = 20 };

/* What the other host makes, in shared memory. */
struct other_host {
    struct fixture *f;
    struct made_token made[TOKENS];
    uint32_t count;   /* of them */
    uint32_t revoked; /* of them, by this host */
};

/* Goes over to key 2, and sees what this host revokes. */
static int run_other_host(void *ctx) {
    struct other_host *other = ctx;
    struct fixture *f = other->f;
    apitoken_store *store = NULL;
    assert_code(apitoken_keyring_activate_key(f->keys, 2, NULL, NULL), 0);
    apitoken_keyring *keyring = load_keys(f->keys);
    assert_code(apitoken_store_open(f->store_path, keyring, NULL, &store, NULL), 0);
    for (uint32_t i = 0; i < TOKENS; i++) {
        other->made[i] = fixture_create(store, "owner", "name", NULL);
        assert_code(validate(store, &other->made[i]), 0);
        raise_to(&other->count, i + 1);
        assert_true(wait_for(&other->revoked, i));
        if (i > 0) assert_code(validate(store, &other->made[i - 1]), APITOKEN_E_REVOKED);
    }
    apitoken_store_close(store);
    apitoken_keyring_free(keyring);
    return 0;
}

/*
 * Until it has loaded the key it refuses what it cannot tell, and cannot write; no restart is
 * needed for either.
 */
static void a_host_goes_on_with_a_key_that_another_one_brought(void **state) {
    struct fixture *f = *state;
    struct other_host *other = shared_memory(sizeof *other);
    struct made_token old = fixture_create(f->store, "owner", "name", NULL);
    other->f = f;
    assert_code(apitoken_keyring_add_key(f->keys, NULL, NULL, NULL), 0);
    pid_t pid = child_start(run_other_host, other);
    assert_true(wait_for(&other->count, 1));
    assert_code(validate(f->store, &old), 0);
    assert_code(validate(f->store, &other->made[0]), APITOKEN_E_KEY_MISSING);
    assert_code(revoke_owned(f->store, &old), APITOKEN_E_KEY_MISSING);
    apitoken_keyring *keyring = load_keys(f->keys);
    assert_code(apitoken_store_reload_keys(f->store, keyring, NULL, NULL), 0);
    apitoken_keyring_free(keyring);
    assert_code(revoke_owned(f->store, &old), 0);
    for (uint32_t i = 0; i < TOKENS; i++) {
        assert_true(wait_for(&other->count, i + 1));
        assert_code(validate(f->store, &other->made[i]), 0);
        assert_code(revoke_owned(f->store, &other->made[i]), 0);
        raise_to(&other->revoked, i + 1);
    }
    child_join(pid);
}

/* ---- threads --------------------------------------------------------------------------------- */

enum { VALIDATORS = 4, CREATORS = 2, RELOADS = 60, KEYRINGS = 3 };

struct crowd {
    struct fixture *f;
    struct made_token token;
    uint32_t turns; /* of all validators and creators */
    uint32_t is_over;
};

static int validate_on(void *ctx) {
    struct crowd *crowd = ctx;
    struct made_token wrong = crowd->token;
    wrong.text[wrong.len - 1] ^= 1;
    while (!reads(&crowd->is_over)) {
        THREAD_DUE(validate(crowd->f->store, &crowd->token), 0);
        THREAD_DUE(validate(crowd->f->store, &wrong), APITOKEN_E_MALFORMED);
        raise_by_one(&crowd->turns);
    }
    return 0;
}

/* The token with a newer secret; both are valid. */
static int rotate(apitoken_store *store, const struct made_token *made,
                  struct made_token *ret_newest) {
    apitoken_rotate_opts opts = APITOKEN_ROTATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    opts.grace_ms = 60000;
    int rc = apitoken_rotate(store, LIT("owner"), made->id, strlen(made->id), &opts, &secret, NULL);
    if (rc != 0) return rc;
    *ret_newest = *made;
    rc = apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, ret_newest->text,
                                sizeof ret_newest->text, &ret_newest->len, NULL);
    apitoken_secret_free(secret);
    return rc;
}

/* With whatever key is active, and perhaps another one for the second secret: the token is good. */
static int create_on(void *ctx) {
    struct crowd *crowd = ctx;
    apitoken_store *store = crowd->f->store;
    while (!reads(&crowd->is_over)) {
        struct made_token made, newest;
        apitoken_page *page = NULL;
        THREAD_DUE(thread_create(store, "owner", "n", &made), 0);
        THREAD_DUE(validate(store, &made), 0);
        THREAD_DUE(rotate(store, &made, &newest), 0);
        THREAD_DUE(validate(store, &made), 0);
        THREAD_DUE(validate(store, &newest), 0);
        THREAD_DUE(apitoken_list(store, LIT("owner"), NULL, &page, NULL), 0);
        apitoken_page_free(page);
        THREAD_DUE(revoke_owned(store, &made), 0);
        THREAD_DUE(validate(store, &made), APITOKEN_E_UNKNOWN);
        THREAD_DUE(validate(store, &newest), APITOKEN_E_REVOKED);
        raise_by_one(&crowd->turns);
    }
    return 0;
}

/* Keys 1 and 2, one of them active; then key 3 as well, which is never active. */
static void make_keyrings(const struct fixture *f, apitoken_keyring *keyrings[KEYRINGS]) {
    assert_code(apitoken_keyring_add_key(f->keys, NULL, NULL, NULL), 0);
    keyrings[0] = load_keys(f->keys);
    assert_code(apitoken_keyring_activate_key(f->keys, 2, NULL, NULL), 0);
    keyrings[1] = load_keys(f->keys);
    assert_code(apitoken_keyring_add_key(f->keys, NULL, NULL, NULL), 0);
    keyrings[2] = load_keys(f->keys);
}

static void keys_are_replaced_beside_all_verbs(void **state) {
    static struct crowd crowd;
    struct fixture *f = *state;
    struct thread threads[VALIDATORS + CREATORS];
    apitoken_keyring *keyrings[KEYRINGS];
    make_keyrings(f, keyrings);
    crowd = (struct crowd){ .f = f, .token = fixture_create(f->store, "other", "n", NULL) };
    for (int i = 0; i < VALIDATORS + CREATORS; i++)
        thread_start(&threads[i], i < VALIDATORS ? validate_on : create_on, &crowd);
    for (uint32_t i = 0; i < RELOADS; i++) {
        assert_code(apitoken_store_reload_keys(f->store, keyrings[i % KEYRINGS], NULL, NULL), 0);
        assert_code(validate(f->store, &crowd.token), 0);
        assert_true(wait_for(&crowd.turns, reads(&crowd.turns) + 1));
    }
    raise_to(&crowd.is_over, 1);
    for (int i = 0; i < VALIDATORS + CREATORS; i++) thread_join(&threads[i]);
    /* no record was made with a key that the store does not list */
    assert_code(apitoken_store_check(f->store_path, keyrings[1], NULL, NULL), 0);
    for (int i = 0; i < KEYRINGS; i++) apitoken_keyring_free(keyrings[i]);
}

/* ---- a writer that has to wait --------------------------------------------------------------- */

static int create_patiently(void *ctx) {
    const struct fixture *f = ctx;
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    opts.timeout_ms = CHILD_LIMIT_S * 1000;
    THREAD_DUE(apitoken_create(f->store, LIT("owner"), LIT("n"), &opts, &secret, NULL), 0);
    apitoken_secret_free(secret);
    return 0;
}

/* The keys of a transaction stay as they are until it is done. */
static void a_reload_waits_for_a_writer_until_its_timeout(void **state) {
    struct fixture *f = *state;
    struct thread thread;
    apitoken_reload_opts opts = APITOKEN_RELOAD_OPTS_INIT;
    opts.timeout_ms = 30;
    int fd = watch_open(f);
    assert_true(watch_take(fd, BYTE_WRITE));
    thread_start(&thread, create_patiently, f);
    assert_true(watch_wait_held(fd, BYTE_GATE)); /* it leads, and is next to write */
    assert_code(apitoken_store_reload_keys(f->store, f->keyring, &opts, NULL), APITOKEN_E_BUSY);
    assert_int_equal(close(fd), 0);
    assert_code(apitoken_store_reload_keys(f->store, f->keyring, NULL, NULL), 0);
    thread_join(&thread);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_host_goes_on_with_a_key_that_another_one_brought,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(keys_are_replaced_beside_all_verbs, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_reload_waits_for_a_writer_until_its_timeout,
                                        fixture_setup, fixture_teardown),
    };
    storage_in_memory(STORAGE_USUAL);
    return run_cases(argc, argv, tests, NULL, NULL);
}
