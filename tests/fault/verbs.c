/* SPDX-License-Identifier: MIT */
#include "verbs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "verbs_denials.h"

#define LAST_USE_NUMBER_AT 24 /* doc/store-format.md */

int faults_are_on;

static const char *fresh_path(struct world *w, const char *name) {
    static char path[160];
    (void)snprintf(path, sizeof path, "%s/%s-%u", w->f->dir, name, w->serial++);
    return path;
}

static int verb_keyring_create(struct world *w) {
    return apitoken_keyring_create(fresh_path(w, "keys"), NULL, NULL);
}

static int verb_keyring_load(struct world *w) {
    apitoken_keyring *keyring = UNTOUCHED;
    int rc = apitoken_keyring_load(w->f->keys, NULL, &keyring, NULL);
    if (rc == 0)
        apitoken_keyring_free(keyring);
    else
        assert_ptr_equal(keyring, UNTOUCHED);
    return rc;
}

static int verb_keyring_export(struct world *w) {
    return apitoken_keyring_export_verify(w->f->keys, fresh_path(w, "verify"), NULL, NULL);
}

static int verb_keyring_activate(struct world *w) {
    return apitoken_keyring_activate_key(w->f->keys, 1, NULL, NULL);
}

/* To a keyring of its own: one takes no more than 32. */
static int verb_keyring_add(struct world *w) {
    const char *path = fresh_path(w, "keys");
    int were_on = faults_are_on;
    faults_are_on = 0;
    assert_code(apitoken_keyring_create(path, NULL, NULL), 0);
    faults_are_on = were_on;
    return apitoken_keyring_add_key(path, NULL, NULL, NULL);
}

static int verb_store_create(struct world *w) {
    const char *path = fresh_path(w, "store");
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    opts.map_bytes = MAP_BYTES;
    int rc = apitoken_store_create(path, w->f->keyring, &opts, NULL);
    remove_tree(path);
    return rc;
}

static int open_mode(struct world *w, uint32_t mode) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = UNTOUCHED;
    opts.mode = mode;
    opts.timeout_ms = PATIENCE_MS;
    /* it would read every page of a store that grows from run to run */
    opts.check_max_bytes = APITOKEN_CHECK_OFF;
    int rc = apitoken_store_open(w->f->store_path, w->f->keyring, &opts, &store, NULL);
    if (rc == 0)
        apitoken_store_close(store);
    else
        assert_ptr_equal(store, UNTOUCHED);
    return rc;
}

/* The environment is opened, too: nobody else has it. */
static int verb_open_first(struct world *w) {
    int were_on = faults_are_on;
    faults_are_on = 0;
    apitoken_store_close(w->f->store);
    w->f->store = NULL;
    faults_are_on = were_on;
    int rc = open_mode(w, APITOKEN_MODE_READ_WRITE);
    faults_are_on = 0;
    w->f->store = world_open(w);
    faults_are_on = were_on;
    return rc;
}

static int verb_open_second(struct world *w) { return open_mode(w, APITOKEN_MODE_VERIFY_ONLY); }

static int verb_stat(struct world *w) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    return apitoken_store_stat(w->f->store, NULL, &info, NULL);
}

static int verb_counters(struct world *w) {
    apitoken_counters counters = APITOKEN_COUNTERS_INIT;
    return apitoken_store_counters(w->f->store, NULL, &counters, NULL);
}

static int verb_reload_keys(struct world *w) {
    return apitoken_store_reload_keys(w->f->store, w->f->keyring, NULL, NULL);
}

static uint64_t next_size(const struct world *w) {
    int were_on = faults_are_on;
    faults_are_on = 0;
    const uint64_t bytes = info_of(w->f->store).map_bytes + 4096;
    faults_are_on = were_on;
    return bytes;
}

static int grow(const struct world *w, uint64_t map_bytes) {
    apitoken_grow_opts opts = FIXTURE_GROW_OPTS;
    opts.timeout_ms = PATIENCE_MS;
    return apitoken_store_grow(w->f->store_path, w->f->keyring, map_bytes, &opts, NULL);
}

static int verb_grow_in_use(struct world *w) { return grow(w, next_size(w)); }

static int verb_grow(struct world *w) {
    int were_on = faults_are_on;
    const uint64_t map_bytes = next_size(w);
    faults_are_on = 0;
    apitoken_store_close(w->f->store);
    w->f->store = NULL;
    faults_are_on = were_on;
    int rc = grow(w, map_bytes);
    faults_are_on = 0;
    w->f->store = world_open(w);
    faults_are_on = were_on;
    return rc;
}

static int verb_backup(struct world *w) {
    const char *path = fresh_path(w, "backup");
    int rc = apitoken_store_backup(w->f->store, path, NULL, NULL);
    remove_tree(path);
    return rc;
}

static int verb_check(struct world *w) {
    apitoken_check_opts opts = APITOKEN_CHECK_OPTS_INIT;
    opts.timeout_ms = PATIENCE_MS;
    return apitoken_store_check(w->f->store_path, w->f->keyring, &opts, NULL);
}

int world_accept_rollback(struct world *w) {
    apitoken_check_opts opts = APITOKEN_CHECK_OPTS_INIT;
    fixture_check_flags(&opts, APITOKEN_CHECK_ACCEPT_ROLLBACK);
    opts.timeout_ms = PATIENCE_MS;
    return apitoken_store_check(w->f->store_path, w->f->keyring, &opts, NULL);
}

/* The number in the head of last-use goes up, as if data.mdb had been put back. */
static void roll_back(const struct world *w) {
    char path[128];
    uint64_t number;
    (void)snprintf(path, sizeof path, "%s/last-use", w->f->store_path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(pread(fd, &number, sizeof number, LAST_USE_NUMBER_AT), sizeof number);
    number += 2;
    assert_int_equal(pwrite(fd, &number, sizeof number, LAST_USE_NUMBER_AT), sizeof number);
    (void)close(fd);
}

int verb_accept_rollback(struct world *w) {
    int were_on = faults_are_on;
    faults_are_on = 0;
    apitoken_store_close(w->f->store);
    w->f->store = NULL;
    roll_back(w);
    faults_are_on = were_on;
    int rc = world_accept_rollback(w);
    faults_are_on = 0;
    if (rc != 0) assert_code(world_accept_rollback(w), 0);
    w->f->store = world_open(w);
    faults_are_on = were_on;
    return rc;
}

/*
 * A backup of this very moment, in the place of the store: whether it succeeds or not, all is as it
 * was.
 */
static int verb_restore(struct world *w) {
    char backup[160], aside[128];
    int were_on = faults_are_on;
    apitoken_restore_opts opts = FIXTURE_RESTORE_OPTS;
    faults_are_on = 0;
    opts.timeout_ms = PATIENCE_MS;
    (void)snprintf(backup, sizeof backup, "%s", fresh_path(w, "backup"));
    (void)snprintf(aside, sizeof aside, "%s.replaced", w->f->store_path);
    remove_tree(aside); /* who was killed may have left it */
    assert_code(apitoken_store_backup(w->f->store, backup, NULL, NULL), 0);
    apitoken_store_close(w->f->store);
    w->f->store = NULL;
    faults_are_on = were_on;
    int rc = apitoken_store_restore(backup, w->f->store_path, w->f->keyring, &opts, NULL, NULL);
    faults_are_on = 0;
    remove_tree(backup);
    remove_tree(aside);
    w->f->store = world_open(w);
    faults_are_on = were_on;
    return rc;
}

/* The same where no store is that could prove anything. */
static int verb_restore_anew(struct world *w) {
    char backup[160];
    int were_on = faults_are_on;
    apitoken_restore_opts opts = FIXTURE_RESTORE_OPTS;
    opts.flags = APITOKEN_RESTORE_REVOKE_ALL;
    opts.timeout_ms = PATIENCE_MS;
    faults_are_on = 0;
    (void)snprintf(backup, sizeof backup, "%s", fresh_path(w, "backup"));
    assert_code(apitoken_store_backup(w->f->store, backup, NULL, NULL), 0);
    faults_are_on = were_on;
    const char *path = fresh_path(w, "store");
    int rc = apitoken_store_restore(backup, path, w->f->keyring, &opts, NULL, NULL);
    remove_tree(backup);
    remove_tree(path);
    return rc;
}

/* Whether it succeeds or not, all is as it was. */
static int verb_compact(struct world *w) {
    int were_on = faults_are_on;
    apitoken_compact_opts opts = FIXTURE_COMPACT_OPTS;
    faults_are_on = 0;
    opts.timeout_ms = PATIENCE_MS;
    apitoken_store_close(w->f->store);
    w->f->store = NULL;
    faults_are_on = were_on;
    int rc = apitoken_store_compact(w->f->store_path, w->f->keyring, &opts, NULL);
    faults_are_on = 0;
    w->f->store = world_open(w);
    faults_are_on = were_on;
    return rc;
}

int verb_create(struct world *w) {
    apitoken_secret *secret = UNTOUCHED;
    int rc = apitoken_create(w->f->store, LIT("other"), LIT("name"), NULL, &secret, NULL);
    if (rc == 0)
        apitoken_secret_free(secret);
    else
        assert_ptr_equal(secret, UNTOUCHED);
    return rc;
}

int verb_create_batch(struct world *w) {
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    const apitoken_batch_item *items[] = { &item, &item, &item };
    apitoken_batch *batch = UNTOUCHED;
    item.owner = "other";
    item.name = "name";
    item.owner_len = 5;
    item.name_len = 4;
    int rc = apitoken_create_batch(w->f->store, items, COUNT(items), NULL, &batch, NULL);
    if (rc == 0)
        apitoken_batch_free(batch);
    else
        assert_ptr_equal(batch, UNTOUCHED);
    return rc;
}

static int verb_list(struct world *w) {
    apitoken_page *page = UNTOUCHED;
    int rc = apitoken_list(w->f->store, LIT("owner"), NULL, &page, NULL);
    if (rc == 0) {
        assert_int_equal(apitoken_page_count(page), 2);
        apitoken_page_free(page);
    } else {
        assert_ptr_equal(page, UNTOUCHED);
    }
    return rc;
}

static int verb_list_all(struct world *w) {
    apitoken_page *page = UNTOUCHED;
    int rc = apitoken_list_all(w->f->store, NULL, &page, NULL);
    if (rc == 0) {
        assert_true(apitoken_page_count(page) >= 2);
        apitoken_page_free(page);
    } else {
        assert_ptr_equal(page, UNTOUCHED);
    }
    return rc;
}

static int verb_show(struct world *w) {
    apitoken_token *row = UNTOUCHED;
    int rc =
        apitoken_show(w->f->store, LIT("owner"), w->good.id, strlen(w->good.id), NULL, &row, NULL);
    if (rc == 0)
        apitoken_token_free(row);
    else
        assert_ptr_equal(row, UNTOUCHED);
    return rc;
}

int verb_revoke(struct world *w) {
    return apitoken_revoke(w->f->store, LIT("other"), w->next.id, strlen(w->next.id), NULL, NULL);
}

/* A token that may go, of an owner of its own. */
static void make_ended(struct world *w) {
    int were_on = faults_are_on;
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.flags = APITOKEN_REVOKE_FINAL;
    faults_are_on = 0;
    const struct made_token token = fixture_create(w->f->store, "gone", "name", NULL);
    assert_code(apitoken_revoke(w->f->store, LIT("gone"), token.id, strlen(token.id), &opts, NULL),
                0);
    w->f->now_ms++;
    faults_are_on = were_on;
}

static int verb_purge(struct world *w) {
    apitoken_purge_opts opts = APITOKEN_PURGE_OPTS_INIT;
    apitoken_purge_result result = APITOKEN_PURGE_RESULT_INIT;
    make_ended(w);
    opts.ended_before_ms = w->f->now_ms;
    opts.actor = "root";
    opts.actor_len = 4;
    int rc = apitoken_purge(w->f->store, &opts, &result, NULL);
    assert_true(rc == 0 ? result.tokens > 0 : result.tokens == 0);
    return rc;
}

static int verb_owner_erase(struct world *w) {
    apitoken_erase_opts opts = APITOKEN_ERASE_OPTS_INIT;
    apitoken_purge_result result = APITOKEN_PURGE_RESULT_INIT;
    make_ended(w);
    opts.actor = "root";
    opts.actor_len = 4;
    int rc = apitoken_owner_erase(w->f->store, LIT("gone"), &opts, &result, NULL);
    assert_true(rc == 0 ? result.tokens > 0 : result.tokens == 0);
    return rc;
}

/* What it could not do, its item says. */
int verb_revoke_texts(struct world *w) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    apitoken_revoke_item item = APITOKEN_REVOKE_ITEM_INIT, *items = &item;
    opts.actor = "root";
    opts.actor_len = 4;
    item.text = w->next.text;
    item.text_len = (uint32_t)w->next.len;
    int rc = apitoken_revoke_texts(w->f->store, &items, 1, &opts, NULL);
    assert_int_equal(item.code, rc);
    assert_int_equal(item.ended != APITOKEN_ENDED_NOTHING, rc == 0);
    return rc;
}

int verb_revokes(verb_fn call) { return call == verb_revoke || call == verb_revoke_texts; }

static int verb_copy(struct world *w) {
    char text[APITOKEN_FORMAT_MAX];
    size_t len;
    return apitoken_copy(w->f->store, LIT("owner"), w->good.id, strlen(w->good.id),
                         APITOKEN_FORMAT_HEADER, NULL, text, sizeof text, &len, NULL);
}

static int verb_validate(struct world *w) { return check(w->f->store, &w->good); }

static int verb_validate_header(struct world *w) {
    char value[APITOKEN_FORMAT_MAX + 8];
    int len = snprintf(value, sizeof value, "Bearer %s", w->good.text);
    return apitoken_validate_header(w->f->store, value, (size_t)len, NULL, NULL, NULL);
}

const struct verb verbs[] = {
    { "keyring_create", verb_keyring_create },
    { "keyring_load", verb_keyring_load },
    { "keyring_export_verify", verb_keyring_export },
    { "keyring_add_key", verb_keyring_add },
    { "keyring_activate_key", verb_keyring_activate },
    { "store_create", verb_store_create },
    { "store_open", verb_open_first },
    { "store_open, a second handle", verb_open_second },
    { "store_stat", verb_stat },
    { "store_counters", verb_counters },
    { "store_reload_keys", verb_reload_keys },
    { "store_grow", verb_grow },
    { "store_grow, in use", verb_grow_in_use },
    { "store_backup", verb_backup },
    { "store_check", verb_check },
    { "store_check, a rollback accepted", verb_accept_rollback },
    { "store_restore", verb_restore },
    { "store_restore, all revoked", verb_restore_anew },
    { "store_compact", verb_compact },
    { "create", verb_create },
    { "create_batch", verb_create_batch },
    { "list", verb_list },
    { "list_all", verb_list_all },
    { "show", verb_show },
    { "revoke", verb_revoke },
    { "purge", verb_purge },
    { "owner_erase", verb_owner_erase },
    { "revoke_texts", verb_revoke_texts },
    { "update, suspended", verb_suspend },
    { "update, an earlier end", verb_end_earlier },
    { "update, a network", verb_restrict },
    { "rotate", verb_rotate },
    { "owner_block", verb_block },
    { "revoke_all", verb_revoke_all },
    { "unrevoke", verb_unrevoke },
    { "policy_set", verb_policy_set },
    { "audit", verb_audit },
    { "store_retire_key", verb_retire_key },
    { "keyring_remove_key", verb_keyring_remove },
    { "copy", verb_copy },
    { "validate", verb_validate },
    { "validate_header", verb_validate_header },
};
const size_t verb_count = COUNT(verbs);
