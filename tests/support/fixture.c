/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "temp_dir.h"

void fixture_assert_code(int got, int due, const char *what, const char *file, int line) {
    if (got == due) return;
    print_error("%s gave %s, not %s\n", what, apitoken_error_name(got), apitoken_error_name(due));
    _fail(file, line);
}

int fixture_clock(int64_t *ret_now_ms, void *ctx) {
    const struct fixture *f = ctx;
    *ret_now_ms = f->now_ms;
    return f->now_ms < 0;
}

void fixture_make_dir(struct fixture *f) {
    memset(f, 0, sizeof *f);
    f->now_ms = FIXTURE_NOW;
    temp_dir_make(f->dir, sizeof f->dir);
    (void)snprintf(f->keys, sizeof f->keys, "%s/keys", f->dir);
    (void)snprintf(f->verify_keys, sizeof f->verify_keys, "%s/verify-keys", f->dir);
    (void)snprintf(f->store_path, sizeof f->store_path, "%s/store", f->dir);
}

void fixture_make_keys(struct fixture *f) {
    assert_code(apitoken_keyring_create(f->keys, NULL, NULL), 0);
    assert_code(apitoken_keyring_export_verify(f->keys, f->verify_keys, NULL, NULL), 0);
    assert_code(apitoken_keyring_load(f->keys, NULL, &f->keyring, NULL), 0);
    assert_code(apitoken_keyring_load(f->verify_keys, NULL, &f->verify_keyring, NULL), 0);
}

void fixture_make_store(struct fixture *f, const apitoken_store_create_opts *opts) {
    apitoken_store_create_opts full = APITOKEN_STORE_CREATE_OPTS_INIT;
    if (opts) full = *opts;
    if (!full.clock) {
        full.clock = fixture_clock;
        full.clock_ctx = f;
    }
    assert_code(apitoken_store_create(f->store_path, f->keyring, &full, NULL), 0);
}

static apitoken_store *open_with(struct fixture *f, uint32_t mode, uint32_t flags) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    const apitoken_keyring *keyring =
        mode == APITOKEN_MODE_VERIFY_ONLY ? f->verify_keyring : f->keyring;
    opts.mode = mode;
    opts.flags = flags;
    opts.clock = fixture_clock;
    opts.clock_ctx = f;
    assert_code(apitoken_store_open(f->store_path, keyring, &opts, &store, NULL), 0);
    return store;
}

apitoken_store *fixture_open(struct fixture *f, uint32_t mode) { return open_with(f, mode, 0); }

apitoken_store *fixture_open_admin(struct fixture *f) {
    return open_with(f, APITOKEN_MODE_READ_WRITE, APITOKEN_OPEN_ADMIN);
}

static int setup(void **state, uint32_t policy) {
    struct fixture *f = malloc(sizeof *f);
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    opts.copy_policy = policy;
    fixture_make_dir(f);
    fixture_make_keys(f);
    fixture_make_store(f, &opts);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    *state = f;
    return 0;
}

int fixture_setup(void **state) { return setup(state, APITOKEN_COPY_ONCE); }

int fixture_setup_always(void **state) { return setup(state, APITOKEN_COPY_ALWAYS); }

void fixture_remove(struct fixture *f) {
    apitoken_store_close(f->store);
    apitoken_keyring_free(f->keyring);
    apitoken_keyring_free(f->verify_keyring);
    temp_dir_remove(f->dir);
}

int fixture_teardown(void **state) {
    fixture_remove(*state);
    free(*state);
    return 0;
}

struct made_token fixture_create(apitoken_store *store, const char *owner, const char *name,
                                 const apitoken_create_opts *opts) {
    struct made_token made;
    apitoken_secret *secret = NULL;
    memset(&made, 0, sizeof made);
    assert_code(
        apitoken_create(store, owner, strlen(owner), name, strlen(name), opts, &secret, NULL), 0);
    assert_code(apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, made.text,
                                       sizeof made.text, &made.len, NULL),
                0);
    (void)snprintf(made.id, sizeof made.id, "%s", apitoken_secret_id(secret));
    apitoken_secret_free(secret);
    return made;
}
