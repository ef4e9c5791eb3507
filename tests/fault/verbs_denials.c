/* SPDX-License-Identifier: MIT */
#include "verbs_denials.h"

#include <stdio.h>
#include <string.h>

#define ROOT .actor = "root", .actor_len = 4

/* Of an owner of whom nothing is counted. */
static struct made_token make_token(struct world *w) {
    const int were_on = faults_are_on;
    faults_are_on = 0;
    const struct made_token token = fixture_create(w->f->store, "gone", "name", NULL);
    faults_are_on = were_on;
    return token;
}

/* After another write, which settles a commit that failed. Returns `rc`. */
static int judge(apitoken_store *store, const struct made_token *token, int rc, int denial,
                 int is_one_step) {
    const int were_on = faults_are_on;
    faults_are_on = 0;
    if (rc != 0) (void)fixture_create(store, "healing", "n", NULL);
    const int now = check(store, token);
    if (rc == 0)
        assert_code(now, denial);
    else if (rc != APITOKEN_E_MAYBE && is_one_step)
        assert_code(now, 0);
    else
        assert_true(now == 0 || now == denial);
    faults_are_on = were_on;
    return rc;
}

/* It is judged a moment later, when an earlier end has come. */
static int update(struct world *w, const apitoken_update_opts *opts, int denial) {
    const struct made_token token = make_token(w);
    int rc =
        apitoken_update(w->f->store, LIT("gone"), token.id, strlen(token.id), opts, NULL, NULL);
    w->f->now_ms++;
    return judge(w->f->store, &token, rc, denial, 1);
}

int verb_suspend(struct world *w) {
    const apitoken_update_opts opts = { .size = sizeof opts,
                                        .mask = APITOKEN_UPDATE_SUSPENDED,
                                        .is_suspended = 1 };
    return update(w, &opts, APITOKEN_E_SUSPENDED);
}

int verb_end_earlier(struct world *w) {
    const apitoken_update_opts opts = { .size = sizeof opts,
                                        .mask = APITOKEN_UPDATE_EXPIRY,
                                        .expiry_kind = APITOKEN_EXPIRY_INSTANT,
                                        .expiry_ms = w->f->now_ms + 1 };
    return update(w, &opts, APITOKEN_E_EXPIRED);
}

int verb_restrict(struct world *w) {
    const apitoken_update_opts opts = { .size = sizeof opts,
                                        .mask = APITOKEN_UPDATE_NETWORKS,
                                        .networks = "192.0.2.0/24",
                                        .networks_len = 12 };
    return update(w, &opts, APITOKEN_E_WRONG_NETWORK);
}

int verb_rotate(struct world *w) {
    const struct made_token token = make_token(w);
    const apitoken_rotate_opts opts = { .size = sizeof opts };
    apitoken_secret *secret = UNTOUCHED;
    int rc =
        apitoken_rotate(w->f->store, LIT("gone"), token.id, strlen(token.id), &opts, &secret, NULL);
    if (rc == 0)
        apitoken_secret_free(secret);
    else
        assert_ptr_equal(secret, UNTOUCHED);
    return judge(w->f->store, &token, rc, APITOKEN_E_UNKNOWN, 1);
}

/*
 * A row that could not be read when its token was blocked does not agree with it: only a revoke
 * makes them agree again.
 */
static void unblock(struct world *w) {
    const apitoken_block_opts opts = { .size = sizeof opts, ROOT };
    const int were_on = faults_are_on;
    faults_are_on = 0;
    int rc = apitoken_owner_unblock(w->f->store, LIT("gone"), &opts, NULL);
    if (rc == APITOKEN_E_DAMAGED) {
        assert_code(apitoken_revoke_all(w->f->store, LIT("gone"), NULL, 0, NULL, NULL, NULL), 0);
        rc = apitoken_owner_unblock(w->f->store, LIT("gone"), &opts, NULL);
    }
    assert_code(rc, 0);
    faults_are_on = were_on;
}

int verb_block(struct world *w) {
    const apitoken_block_opts opts = { .size = sizeof opts, ROOT };
    unblock(w); /* who was killed may have left the owner blocked */
    const struct made_token token = make_token(w);
    int rc = apitoken_owner_block(w->f->store, LIT("gone"), &opts, NULL);
    rc = judge(w->f->store, &token, rc, APITOKEN_E_BLOCKED, 0);
    unblock(w);
    return rc;
}

int verb_revoke_all(struct world *w) {
    const struct made_token token = make_token(w);
    int rc = apitoken_revoke_all(w->f->store, LIT("gone"), NULL, 0, NULL, NULL, NULL);
    return judge(w->f->store, &token, rc, APITOKEN_E_REVOKED, 0);
}

int verb_unrevoke(struct world *w) {
    const struct made_token token = make_token(w);
    const int were_on = faults_are_on;
    faults_are_on = 0;
    assert_code(revoke_token(w->f->store, "gone", token.id), 0);
    faults_are_on = were_on;
    int rc = apitoken_unrevoke(w->f->store, LIT("gone"), token.id, strlen(token.id), NULL, NULL);
    faults_are_on = 0;
    if (rc != 0) (void)fixture_create(w->f->store, "healing", "n", NULL);
    const int now = check(w->f->store, &token);
    if (rc == 0) assert_code(now, 0);
    if (rc != 0 && rc != APITOKEN_E_MAYBE) assert_code(now, APITOKEN_E_REVOKED);
    faults_are_on = were_on;
    return rc;
}

int verb_policy_set(struct world *w) {
    const apitoken_policy_opts opts = { .size = sizeof opts,
                                        .mask = APITOKEN_POLICY_MAX_LIVE,
                                        ROOT };
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    policy.max_live = 1000000 + w->serial++;
    return apitoken_policy_set(w->f->store, &policy, &opts, NULL);
}

int verb_audit(struct world *w) {
    apitoken_audit_page *page = UNTOUCHED;
    int rc = apitoken_audit(w->f->store, NULL, &page, NULL);
    if (rc == 0)
        apitoken_audit_page_free(page);
    else
        assert_ptr_equal(page, UNTOUCHED);
    return rc;
}

/* ---- keys ------------------------------------------------------------------------------------ */

/* A keyring with two keys, of which the second is the active one; removed by the caller. */
static void make_keys(struct world *w, char path[160]) {
    (void)snprintf(path, 160, "%s/two-keys-%u", w->f->dir, w->serial++);
    assert_code(apitoken_keyring_create(path, NULL, NULL), 0);
}

static void go_over(const char *path) {
    uint32_t id;
    assert_code(apitoken_keyring_add_key(path, NULL, &id, NULL), 0);
    assert_code(apitoken_keyring_activate_key(path, id, NULL, NULL), 0);
}

int verb_keyring_remove(struct world *w) {
    char path[160];
    const int were_on = faults_are_on;
    faults_are_on = 0;
    make_keys(w, path);
    go_over(path);
    faults_are_on = were_on;
    int rc = apitoken_keyring_remove_key(path, NULL, 1, NULL);
    remove_tree(path);
    return rc;
}

static apitoken_store *open_as_admin(const char *path, const char *keys) {
    apitoken_keyring *keyring = load_keys(keys);
    const apitoken_open_opts opts = { .size = sizeof opts, .flags = APITOKEN_OPEN_ADMIN };
    apitoken_store *store = NULL;
    assert_code(apitoken_store_open(path, keyring, &opts, &store, NULL), 0);
    apitoken_keyring_free(keyring);
    return store;
}

/* A store whose tokens were made with key 1, opened with key 2 active. */
static apitoken_store *make_store(const char *path, const char *keys,
                                  struct made_token *ret_token) {
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    apitoken_keyring *keyring = load_keys(keys);
    opts.map_bytes = MAP_BYTES;
    assert_code(apitoken_store_create(path, keyring, &opts, NULL), 0);
    apitoken_keyring_free(keyring);
    apitoken_store *store = open_as_admin(path, keys);
    *ret_token = fixture_create(store, "owner", "name", NULL);
    apitoken_store_close(store);
    go_over(keys);
    return open_as_admin(path, keys);
}

int verb_retire_key(struct world *w) {
    const apitoken_retire_opts opts = { .size = sizeof opts,
                                        .flags = APITOKEN_RETIRE_END_TOKENS,
                                        ROOT };
    const int were_on = faults_are_on;
    char keys[160], path[170];
    struct made_token token;
    faults_are_on = 0;
    make_keys(w, keys);
    (void)snprintf(path, sizeof path, "%s-store", keys);
    apitoken_store *store = make_store(path, keys, &token);
    faults_are_on = were_on;
    int rc = apitoken_store_retire_key(store, 1, &opts, NULL, NULL);
    faults_are_on = 0;
    if (rc != 0) (void)fixture_create(store, "healing", "n", NULL);
    const int now = check(store, &token);
    if (rc == 0)
        assert_code(now, APITOKEN_E_UNKNOWN); /* nothing can tell its secret any more */
    else
        assert_true(now == 0 || now == APITOKEN_E_REVOKED || now == APITOKEN_E_UNKNOWN);
    apitoken_store_close(store);
    remove_tree(path);
    remove_tree(keys);
    faults_are_on = were_on;
    return rc;
}
