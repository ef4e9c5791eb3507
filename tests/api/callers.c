/* SPDX-License-Identifier: MIT */
/*
 * Callers that a host may not think of: threads that are being cancelled, and children that
 * inherited an open store.
 */
#include "api.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"

/* ---- every call that takes time -------------------------------------------------------------- */

struct caller {
    struct fixture *f;
    struct made_token token;
    char path[96], backup[96];
};

static int call_keyring_create(struct caller *c) {
    return apitoken_keyring_create(c->path, NULL, NULL);
}

static int call_keyring_load(struct caller *c) {
    apitoken_keyring *keyring = NULL;
    int rc = apitoken_keyring_load(c->f->keys, NULL, &keyring, NULL);
    apitoken_keyring_free(keyring);
    return rc;
}

static int call_keyring_add_key(struct caller *c) {
    return apitoken_keyring_add_key(c->f->keys, NULL, NULL, NULL);
}

static int call_keyring_activate_key(struct caller *c) {
    return apitoken_keyring_activate_key(c->f->keys, 2, NULL, NULL);
}

static int call_keyring_export_verify(struct caller *c) {
    return apitoken_keyring_export_verify(c->f->keys, c->path, NULL, NULL);
}

static int call_store_create(struct caller *c) {
    return apitoken_store_create(c->path, c->f->keyring, NULL, NULL);
}

static int call_store_open(struct caller *c) {
    apitoken_store *store = NULL;
    int rc = apitoken_store_open(c->f->store_path, c->f->keyring, NULL, &store, NULL);
    apitoken_store_close(store);
    return rc;
}

static int call_store_check(struct caller *c) {
    return apitoken_store_check(c->f->store_path, c->f->keyring, NULL, NULL);
}

static int call_store_restore(struct caller *c) {
    apitoken_restore_opts opts = FIXTURE_RESTORE_OPTS;
    apitoken_restore_result result = APITOKEN_RESTORE_RESULT_INIT;
    opts.flags = APITOKEN_RESTORE_REVOKE_ALL;
    return apitoken_store_restore(c->backup, c->path, c->f->keyring, &opts, &result, NULL);
}

static int call_store_grow(struct caller *c) {
    return apitoken_store_grow(c->backup, c->f->keyring, UINT64_C(1) << 31, FIXTURE_GROW, NULL);
}

static int call_store_compact(struct caller *c) {
    return apitoken_store_compact(c->backup, c->f->keyring, FIXTURE_COMPACT, NULL);
}

static int call_store_stat(struct caller *c) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    return apitoken_store_stat(c->f->store, NULL, &info, NULL);
}

static int call_store_counters(struct caller *c) {
    apitoken_counters counters = APITOKEN_COUNTERS_INIT;
    return apitoken_store_counters(c->f->store, NULL, &counters, NULL);
}

static int call_store_reload_keys(struct caller *c) {
    return apitoken_store_reload_keys(c->f->store, c->f->keyring, NULL, NULL);
}

/* The active one: it is looked for, and refused. */
static int call_store_retire_key(struct caller *c) {
    apitoken_retire_opts opts = APITOKEN_RETIRE_OPTS_INIT;
    opts.actor = "root";
    opts.actor_len = 4;
    int rc = apitoken_store_retire_key(c->f->store, 1, &opts, NULL, NULL);
    return rc == APITOKEN_E_KEY_USED || rc == APITOKEN_E_KEY_ID ? 0 : rc;
}

static int call_store_backup(struct caller *c) {
    return apitoken_store_backup(c->f->store, c->backup, NULL, NULL);
}

static int call_create(struct caller *c) { return try_create(c->f->store, "owner", "name", NULL); }

static int call_create_batch(struct caller *c) {
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    const apitoken_batch_item *items = &item;
    apitoken_batch *batch = NULL;
    item.owner = item.name = "x";
    item.owner_len = item.name_len = 1;
    int rc = apitoken_create_batch(c->f->store, &items, 1, NULL, &batch, NULL);
    apitoken_batch_free(batch);
    return rc;
}

static int call_list(struct caller *c) {
    apitoken_page *page = NULL;
    int rc = apitoken_list(c->f->store, LIT("owner"), NULL, &page, NULL);
    apitoken_page_free(page);
    return rc;
}

static int call_list_all(struct caller *c) {
    apitoken_page *page = NULL;
    int rc = apitoken_list_all(c->f->store, NULL, &page, NULL);
    apitoken_page_free(page);
    return rc;
}

static int call_show(struct caller *c) {
    apitoken_token *row = NULL;
    int rc = apitoken_show(c->f->store, LIT("owner"), c->token.id, strlen(c->token.id), NULL, &row,
                           NULL);
    apitoken_token_free(row);
    return rc;
}

static int call_copy(struct caller *c) {
    char buf[APITOKEN_FORMAT_MAX];
    size_t len;
    return apitoken_copy(c->f->store, LIT("owner"), c->token.id, strlen(c->token.id),
                         APITOKEN_FORMAT_PLAIN, NULL, buf, sizeof buf, &len, NULL);
}

static int call_validate(struct caller *c) { return check(c->f->store, &c->token); }

static int call_validate_header(struct caller *c) {
    char header[APITOKEN_FORMAT_MAX + 8];
    int len = snprintf(header, sizeof header, "Bearer %s", c->token.text);
    return apitoken_validate_header(c->f->store, header, (size_t)len, NULL, NULL, NULL);
}

static int call_update(struct caller *c) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    opts.mask = APITOKEN_UPDATE_NAME;
    opts.name = "another";
    opts.name_len = 7;
    return apitoken_update(c->f->store, LIT("owner"), c->token.id, strlen(c->token.id), &opts, NULL,
                           NULL);
}

static int call_rotate(struct caller *c) {
    apitoken_rotate_opts opts = APITOKEN_ROTATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    int rc = apitoken_rotate(c->f->store, LIT("owner"), c->token.id, strlen(c->token.id), &opts,
                             &secret, NULL);
    apitoken_secret_free(secret);
    return rc;
}

static int call_purge(struct caller *c) {
    apitoken_purge_opts opts = APITOKEN_PURGE_OPTS_INIT;
    opts.actor = "root";
    opts.actor_len = 4;
    return apitoken_purge(c->f->store, &opts, NULL, NULL);
}

static int call_owner_erase(struct caller *c) {
    apitoken_erase_opts opts = APITOKEN_ERASE_OPTS_INIT;
    opts.actor = "root";
    opts.actor_len = 4;
    return apitoken_owner_erase(c->f->store, LIT("nobody"), &opts, NULL, NULL);
}

static int call_revoke(struct caller *c) { return revoke_token(c->f->store, "owner", c->token.id); }

static int call_revoke_texts(struct caller *c) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    apitoken_revoke_item item = APITOKEN_REVOKE_ITEM_INIT, *items = &item;
    opts.actor = "root";
    opts.actor_len = 4;
    item.text = c->token.text;
    item.text_len = (uint32_t)c->token.len;
    return apitoken_revoke_texts(c->f->store, &items, 1, &opts, NULL);
}

/* In an order in which each can be made; `path` is free before each. */
static const struct {
    const char *name;
    int (*call)(struct caller *c);
    int has_store; /* the handle's */
} calls[] = {
    { "keyring_create", call_keyring_create, 0 },
    { "keyring_load", call_keyring_load, 0 },
    { "keyring_add_key", call_keyring_add_key, 0 },
    { "keyring_activate_key", call_keyring_activate_key, 0 },
    { "keyring_export_verify", call_keyring_export_verify, 0 },
    { "store_create", call_store_create, 0 },
    { "store_open", call_store_open, 0 },
    { "store_check", call_store_check, 0 },
    { "store_stat", call_store_stat, 1 },
    { "store_counters", call_store_counters, 1 },
    { "store_reload_keys", call_store_reload_keys, 1 },
    { "store_retire_key", call_store_retire_key, 1 },
    { "store_backup", call_store_backup, 1 },
    { "store_restore", call_store_restore, 0 },
    { "store_grow", call_store_grow, 0 },
    { "store_compact", call_store_compact, 0 },
    { "create", call_create, 1 },
    { "create_batch", call_create_batch, 1 },
    { "list", call_list, 1 },
    { "list_all", call_list_all, 1 },
    { "show", call_show, 1 },
    { "copy", call_copy, 1 },
    { "validate", call_validate, 1 },
    { "validate_header", call_validate_header, 1 },
    { "update", call_update, 1 },
    { "rotate", call_rotate, 1 },
    { "revoke", call_revoke, 1 },
    { "purge", call_purge, 1 },
    { "owner_erase", call_owner_erase, 1 },
    { "revoke_texts", call_revoke_texts, 1 },
};

static struct caller caller_of(struct fixture *f) {
    apitoken_store_close(f->store);
    f->store = fixture_open_admin(f); /* or some calls would be refused at once */
    struct caller c = { .f = f, .token = fixture_create(f->store, "owner", "name", NULL) };
    (void)snprintf(c.backup, sizeof c.backup, "%s", in_dir(f->dir, "backup"));
    return c;
}

/* ---- threads that are being cancelled -------------------------------------------------------- */

struct cancelled {
    struct caller *caller;
    int (*call)(struct caller *c);
    int rc, is_done, can_be_cancelled;
};

/*
 * Asked to end before its call, which has many places where a thread would end: it ends behind it.
 */
static void *run_cancelled(void *arg) {
    struct cancelled *c = arg;
    (void)pthread_cancel(pthread_self());
    c->rc = c->call(c->caller);
    c->is_done = 1;
    pthread_testcancel();
    c->can_be_cancelled = 0;
    return NULL;
}

/* Or it would take locks with it, and leave half a file. */
static void a_thread_that_is_cancelled_ends_behind_its_call(void **state) {
    struct caller c = caller_of(*state);
    for (size_t i = 0; i < COUNT(calls); i++) {
        struct cancelled cancelled = { &c, calls[i].call, 1, 0, 1 };
        pthread_t thread;
        (void)snprintf(c.path, sizeof c.path, "%s/made-%zu", c.f->dir, i);
        assert_int_equal(pthread_create(&thread, NULL, run_cancelled, &cancelled), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        if (!cancelled.is_done) fail_msg("%s was not ended", calls[i].name);
        if (cancelled.rc != 0) fail_msg("%s: %s", calls[i].name, apitoken_error_name(cancelled.rc));
        if (!cancelled.can_be_cancelled)
            fail_msg("%s keeps its thread from being cancelled", calls[i].name);
    }
}

/* ---- children -------------------------------------------------------------------------------- */

static int call_all_in_child(void *ctx) {
    struct caller *c = ctx;
    for (size_t i = 0; i < COUNT(calls); i++)
        if (calls[i].has_store && calls[i].call(c) != APITOKEN_E_FORKED) return (int)i + 1;
    apitoken_store_close(c->f->store);
    return 0;
}

/* The store in it is the parent's: the child may close it, which changes nothing for the parent. */
static void a_child_cannot_use_the_store_it_was_born_with(void **state) {
    struct caller c = caller_of(*state);
    int first = in_child(call_all_in_child, &c);
    if (first != 0)
        fail_msg("%s in a child",
                 first > 0 && first <= (int)COUNT(calls) ? calls[first - 1].name : "close");
    assert_code(check(c.f->store, &c.token), 0);
    assert_int_equal(count_rows(c.f->store, "owner"), 1);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE_ALWAYS(a_thread_that_is_cancelled_ends_behind_its_call),
        CASE_ALWAYS(a_child_cannot_use_the_store_it_was_born_with),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
